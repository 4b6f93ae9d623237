/* SPDX-License-Identifier: MIT */
/*
 * Turns a picture in a window gray, in place: binary PPM (P6) with up to 255 levels. The
 * arguments are the window's offset and the size of the file in bytes. Returns the number
 * of pixels, or 0 if the window does not have such a picture.
 */
#include <ringfence/plugin.h>

PLUGIN("gray", "1.0", "makes the PPM picture in a window gray: main WINDOW LENGTH");
PLUGIN_WINDOW_BYTES(4 << 20);
PLUGIN_BUDGET_US(2000000);

static const uint8_t *at, *end;

static int is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Reads the next number of the PPM header; 0: there is none, or it exceeds 65535. */
static uint32_t number(void)
{
	uint32_t value = 0;

	while (at < end && (is_space(*at) || *at == '#'))
		if (*at++ == '#')
			while (at < end && *at != '\n')
				at++;
	while (at < end && *at >= '0' && *at <= '9' && value < 65536)
		value = value * 10 + *at++ - '0';
	return value < 65536 ? value : 0;
}

PLUGIN_ENTRY(main, uint8_t *file, uint32_t length)
{
	uint32_t width, height, levels, i;
	uint8_t *pixel;

	at = file;
	end = file + length;
	if (length < 2 || *at++ != 'P' || *at++ != '6')
		return 0;
	width = number();
	height = number();
	levels = number();
	if (!width || !height || !levels || levels > 255 || at >= end || !is_space(*at++))
		return 0;
	if ((uint64_t)width * height * 3 > (uint32_t)(end - at))
		return 0;
	pixel = file + (at - file);
	for (i = 0; i < width * height; i++, pixel += 3) {
		/* Luma of ITU-R BT.601 in 256ths. */
		uint8_t luma = (pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8;

		pixel[0] = pixel[1] = pixel[2] = luma;
	}
	return width * height;
}

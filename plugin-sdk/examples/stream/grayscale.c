/* SPDX-License-Identifier: MIT */
/*
 * Processes read pictures in gray: binary PPM (P6) with up to 255 levels, whose pixels have
 * the same luma in all three colors. Size and header of the file stay, so any part of it can be read. Other files,
 * and files that are open to write, are not filtered.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("grayscale", "1.0", "shows PPM pictures in gray to those who read them");

struct header {
	const uint8_t *at, *end;
};

static int is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The next number of the header, 1 to 65535; 0: there is none. */
static uint32_t number(struct header *header)
{
	uint32_t value = 0;

	while (header->at < header->end && (is_space(*header->at) || *header->at == '#'))
		if (*header->at++ == '#')
			while (header->at < header->end && *header->at != '\n')
				header->at++;
	while (header->at < header->end && *header->at >= '0' && *header->at <= '9' &&
	       value < 65536)
		value = value * 10 + *header->at++ - '0';
	return value < 65536 ? value : 0;
}

/* state[0], state[1]: the end of the pixels in the file. */
static uint32_t open_picture(struct stream_window *window, uint32_t length)
{
	struct header header = { window->in, window->in + length };
	uint32_t width, height, levels;
	uint64_t end;

	if (length < 2 || *header.at++ != 'P' || *header.at++ != '6')
		return STREAM_PASS;
	width = number(&header);
	height = number(&header);
	levels = number(&header);
	if (!width || !height || !levels || levels > 255 || header.at >= header.end ||
	    !is_space(*header.at++))
		return STREAM_PASS;
	window->head = (uint32_t)(header.at - window->in);
	window->unit = 3;
	end = window->head + (uint64_t)width * height * 3;
	window->state[0] = (uint32_t)end;
	window->state[1] = (uint32_t)(end >> 32);
	return STREAM_KEEPS;
}

PLUGIN_GRAFT(stream)
{
	const uint8_t *in = window->in;
	uint8_t *out = window->out;
	uint64_t end;
	uint32_t i;

	(void)stream, (void)file;
	if (request == STREAM_OPEN)
		return flags & STREAM_WRITES ? STREAM_PASS : open_picture(window, length);
	end = window->state[0] | (uint64_t)window->state[1] << 32;
	for (i = 0; i + 3 <= length && window->position + i < end; i += 3) {
		/* Luma of ITU-R BT.601 in 256ths. */
		uint8_t luma = (in[i] * 77 + in[i + 1] * 150 + in[i + 2] * 29) >> 8;

		out[i] = out[i + 1] = out[i + 2] = luma;
	}
	memcpy(out + i, in + i, length - i); /* what is behind the picture */
	return length;
}

// SPDX-License-Identifier: MIT
/* Owns the text of random plugins, in four styles. */
#include "random.h"

extern const u8 start_stub[];

/* Opcodes that lead somewhere, each followed by random bytes. */
static const u8 openings[] = {
	0x8b, 0x89, 0xa1, 0xa3, 0xff, 0xcd, 0x8e, 0x0f, 0xea, 0x9a, 0xcf, 0xcb, 0xc2, 0x9d, 0xd9,
	0xf0, 0xf3, 0x66, 0x67, 0x2e, 0x36, 0x64, 0x65, 0xe8, 0xe9, 0xeb, 0x60, 0x61, 0xc8, 0xc9,
	0xaa, 0xa4, 0xab, 0xa5, 0x17, 0x07, 0x1f, 0xc4, 0xc5, 0x62, 0xce, 0xcc, 0xdb, 0xdd,
};

/*
 * Instructions as hexadecimal bytes, with placeholders: R a random byte, M a ModRM byte
 * (mostly of an operand in data through EBX), D a word (mostly an offset in data), W a word
 * (an offset in a window), S a selector, J a short distance forward, K one backward.
 */
static const char *const plain[] = {
	"8bM",
	"89M",
	"8aM",
	"88M",
	"01M",
	"29M",
	"31M",
	"11M",
	"39M",
	"85M",
	"b8D",
	"b9D",
	"baD",
	"beD",
	"bfD",
	"a1D",
	"a3D",
	"50",
	"51",
	"58",
	"5a",
	"6aR",
	"68D",
	"9c",
	"9d",
	"68RRRR9d",
	"60",
	"40",
	"49",
	"f7M",
	"ffM",
	"fcabad",
	"f3aa",
	"b903000000f3a5",
	"0fbaM",
	"0fa2",
	"0f31",
	"98",
	"99",
	"d9ee",
	"d9ebdec1",
	"d9M",
	"ddM",
	"dbe3",
	"0f10M",
	"0f11M",
	"660fefM",
	"0f57c0",
	"f00fb1M",
	"87M",
	"90",
	"f390",
	"8cM",
	"ebJ",
	"74J",
	"75J",
	"9b",
	"a1W",
	"a3W",
	"b801000000cd81",
	"b802000000cd81",
	"b900RR0000e2fe",
};
/* Instructions that usually end the call. */
static const char *const hostile[] = {
	"b8S8ed8",
	"b8S8ec0",
	"b8S8ee0",
	"b8S8ee8",
	"b8S8ed0",
	"06",
	"1e1f",
	"0fb2M",
	"c4M",
	"0f02M",
	"0f03M",
	"0f00M",
	"0f01M",
	"e2J",
	"e8J000000",
	"c3",
	"cb",
	"cf",
	"cdR",
	"cc",
	"ce",
	"62M",
	"68050200009d",
	"27",
	"d4R",
	"d7",
	"c8R0000",
	"c9",
	"648bM",
	"662e8bM",
	"678bM",
	"eaDS",
	"9aDS",
	"0f20R",
	"0f22R",
	"0f23R",
	"0f30",
	"0f32",
	"0f33",
	"0f34",
	"0f35",
	"0f05",
	"0f06",
	"0f08",
	"0f09",
	"ecR",
	"eeR",
	"e4R",
	"6c",
	"6f",
	"f4",
	"fa",
	"fb",
	"16",
	"17",
	"07",
	"e671",
	"e621",
	"66ba7100ee",
	"66ba2100ee",
	"66ba4000ee",
	"b8RR0000cd81",
	"ebK",
	"b800000000cd81",
	"b800000000cd81",
	"b800000000cd81",
	"e2K",
	"0fa1",
	"0fa9",
	"f1",
	"61",
	"0faeM",
	"0fc7M",
	"fda4",
};

static u32 nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static u8 *put_word(u8 *at, u32 v, u32 bytes)
{
	for (; bytes--; v >>= 8)
		*at++ = (u8)v;
	return at;
}

static u8 *put_instruction(u8 *at)
{
	const char *p = rnd() % 16 ? plain[rnd() % ARRAY_SIZE(plain)] :
				     hostile[rnd() % ARRAY_SIZE(hostile)];
	u32 odd = rnd() % 40 == 0;

	for (; *p; p++) {
		switch (*p) {
		case 'R':
			*at++ = (u8)rnd();
			break;
		case 'M': /* [EBX + byte] or a register */
			*at++ = odd ? (u8)rnd() : (u8)((rnd() & 0x38) | (rnd() & 1 ? 0x43 : 0xc0));
			if ((at[-1] & 0xc7) == 0x43)
				*at++ = (u8)rnd();
			else if (at[-1] >= 0xc0)
				at[-1] |= (u8)(rnd() & 7) == 3 ? 0 : (u8)(rnd() & 2);
			break;
		case 'D':
			at = put_word(at, odd ? rnd() : 0x3080 + (rnd() & 0xeff), 4);
			break;
		case 'W':
			at = put_word(at, 0x7000 + (rnd() & 0x1ffc), 4);
			break;
		case 'S':
			at = put_word(at, odd ? rnd() & 0xffff : 0xe000 + (rnd() & 0x7f),
				      at[-1] == 0xb8 ? 4 : 2);
			break;
		case 'J':
			*at++ = (u8)(rnd() % 20);
			break;
		case 'K':
			*at++ = (u8)(0xee + rnd() % 16);
			break;
		default:
			*at++ = (u8)(nibble(p[0]) << 4 | nibble(p[1]));
			p++;
		}
	}
	return at;
}

static void fill_instructions(u8 *text)
{
	u8 *at = text + 0x40, *end = text + PAGE_SIZE - 64;

	/* The text begins with a load of EBX, which then points into data. */
	memcpy(text, start_stub, 0x40);
	*at++ = 0xbb;
	at = put_word(at, 0x3800, 4);
	while (at < end)
		at = put_instruction(at);
}

void fill_text(u8 *text)
{
	u32 i, style = rnd() % 4;

	if (style == 3)
		fill_instructions(text);
	else
		for (i = 0; i < PAGE_SIZE / 4; i++)
			((u32 *)text)[i] = rnd();
	if (style == 1 || style == 2)
		for (i = 0; i < PAGE_SIZE; i += 2 + rnd() % 8)
			text[i] = openings[rnd() % sizeof(openings)];
}

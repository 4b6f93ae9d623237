// SPDX-License-Identifier: MIT
/*
 * Claim: whatever bytes a plugin is made of, the guest lives on, its memory,
 * registers and FPU are what they were, and so is another plugin.
 *
 * Provoked by: text of random bytes, of bytes behind opcodes that lead somewhere,
 * and of whole instructions that mostly run; "count=N seed=N" on the command
 * line say how many and which.
 *
 * Cannot tell: what no seed has tried.
 */
#include <lib/plugin.h>
#include <lib/test.h>

extern const u8 start_stub[];

PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");

static struct test_plugin bad, bystander;
static u32 canary[PAGE_SIZE / 4] PAGE_BUFFER;
static u32 state;

static u32 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static u32 option(const char *name, u32 value)
{
	const char *at = strstr((const char *)start_info->cmd_line, name);

	if (!at)
		return value;
	for (value = 0, at += strlen(name); *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (u32)(*at - '0');
	return value;
}

/* Opcodes that lead somewhere, each followed by random bytes. */
static const u8 openings[] = {
	0x8b, 0x89, 0xa1, 0xa3, 0xff, 0xcd, 0x8e, 0x0f, 0xea, 0x9a, 0xcf, 0xcb, 0xc2, 0x9d, 0xd9,
	0xf0, 0xf3, 0x66, 0x67, 0x2e, 0x36, 0x64, 0x65, 0xe8, 0xe9, 0xeb, 0x60, 0x61, 0xc8, 0xc9,
	0xaa, 0xa4, 0xab, 0xa5, 0x17, 0x07, 0x1f, 0xc4, 0xc5, 0x62, 0xce, 0xcc, 0xdb, 0xdd,
};

/*
 * Instructions: bytes, of which R is a random byte, M a ModRM byte (mostly of
 * the form that names data through EBX), D a word that is mostly an offset of
 * data, S a selector, J a short distance ahead. The zero ends it.
 */
static const char *const plain[] = {
	"8bM",	    "89M",
	"8aM",	    "88M",
	"01M",	    "29M",
	"31M",	    "11M",
	"39M",	    "85M",
	"b8D",	    "b9D",
	"baD",	    "beD",
	"bfD",	    "a1D",
	"a3D",	    "50",
	"51",	    "58",
	"5a",	    "6aR",
	"68D",	    "9c",
	"9d",	    "68RRRR9d",
	"60",	    "40",
	"49",	    "f7M",
	"ffM",	    "fcabad",
	"f3aa",	    "b903000000f3a5",
	"0fbaM",    "0fa2",
	"0f31",	    "98",
	"99",	    "d9ee",
	"d9ebdec1", "d9M",
	"ddM",	    "dbe3",
	"0f10M",    "0f11M",
	"660fefM",  "0f57c0",
	"f00fb1M",  "87M",
	"90",	    "f390",
	"8cM",	    "ebJ",
	"74J",	    "75J",
	"9b",
};
/* Those that mostly end it. */
static const char *const hostile[] = {
	"b8S8ed8", "b8S8ec0", "b8S8ee0", "b8S8ee8", "b8S8ed0", "06",	  "1e1f",	  "0fb2M",
	"c4M",	   "0f02M",   "0f03M",	 "0f00M",   "0f01M",   "e2J",	  "e8J000000",	  "c3",
	"cb",	   "cf",      "cdR",	 "cc",	    "ce",      "62M",	  "68050200009d", "27",
	"d4R",	   "d7",      "c8R0000", "c9",	    "648bM",   "662e8bM", "678bM",	  "eaDS",
	"9aDS",	   "0f20R",   "0f22R",	 "0f23R",   "0f30",    "0f32",	  "0f33",	  "0f34",
	"0f35",	   "0f05",    "0f06",	 "0f08",    "0f09",    "ecR",	  "eeR",	  "e4R",
	"6c",	   "6f",      "f4",	 "fa",	    "fb",      "16",	  "17",		  "07",
	"0fa1",	   "0fa9",    "f1",	 "61",	    "0faeM",   "0fc7M",	  "fda4",
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
		case 'S':
			at = put_word(at, odd ? rnd() & 0xffff : 0xe000 + (rnd() & 0x7f),
				      at[-1] == 0xb8 ? 4 : 2);
			break;
		case 'J':
			*at++ = (u8)(rnd() % 20);
			break;
		default:
			*at++ = (u8)(nibble(p[0]) << 4 | nibble(p[1]));
			p++;
		}
	}
	return at;
}

static void fill_instructions(void)
{
	u8 *at = bad.text + 0x40, *end = bad.text + PAGE_SIZE - 64;

	/* EBX points into data, whatever else happens. */
	memcpy(bad.text, start_stub, 0x40);
	*at++ = 0xbb;
	at = put_word(at, 0x3800, 4);
	while (at < end)
		at = put_instruction(at);
}

static void fill(void)
{
	u32 i, style = rnd() % 4;

	if (style == 3) {
		fill_instructions();
		return;
	}

	for (i = 0; i < PAGE_SIZE / 4; i++)
		((u32 *)bad.text)[i] = rnd();
	for (i = 0; style && i < PAGE_SIZE; i += 2 + rnd() % 8)
		bad.text[i] = openings[rnd() % sizeof(openings)];
}

void test_main(void)
{
	u32 n, nr = option("count=", 2000), seed = option("seed=", 1), i, value, turns = 0;
	u32 ended[8] = { 0 }, fs, gs, ds, es, eflags;
	long status;

	state = seed * 2654435761u + 1;
	plugin_make(&bystander, count, count_end);
	plugin_make(&bad, count, count_end);
	for (i = 0; i < ARRAY_SIZE(canary); i++)
		canary[i] = i * 77;
	for (n = 0; n < nr && !report_failed(); n++) {
		u32 regs[6];

		require(!plugin_destroy(bad.handle), "destroy");
		fill();
		require(plugin_create(&bad, 2000) > 0, "create: %ld", bad.handle);
		for (i = 0; i < 6; i++)
			regs[i] = rnd() & 1 ? rnd() : 0x3000 + (rnd() & 0xfff);
		status = plugin_invoke(bad.handle, PLUGIN_ENTRY, regs, 6, &value);
		asm volatile(
			"movl %%fs, %0; movl %%gs, %1; movl %%ds, %2; movl %%es, %3; pushfl; popl %4"
			: "=r"(fs), "=r"(gs), "=r"(ds), "=r"(es), "=r"(eflags));
		check(status >= 0 && status <= 4, "%u: status %ld", n, status);
		ended[status & 7]++;
		check_eq(ds & 0xffff, FLAT_RING1_DS, "%u: ds", n);
		check_eq(es & 0xffff, FLAT_RING1_DS, "%u: es", n);
		/* VIF and VIP aside, which iret does not take back on TCG. */
		check_eq(eflags & 0x7fe45400, 0, "%u: flags", n);
		for (i = 0; i < ARRAY_SIZE(canary); i++)
			if (canary[i] != i * 77)
				check_eq(canary[i], i * 77, "%u: canary %u", n, i);
		check_eq(plugin_call(&bystander, 0, 0, &value), 0, "%u: other plugin", n);
		check_eq(value, ++turns, "%u: its value", n);
	}
	print("seed %u: %u random plugins: %u returned, %u faults, %u time-outs, %u forbidden\n",
	      seed, n, ended[0], ended[1], ended[2], ended[4]);
	report_success();
}

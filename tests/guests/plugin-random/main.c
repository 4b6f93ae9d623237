// SPDX-License-Identifier: MIT
/*
 * Claim: whatever bytes a plugin is made of, the guest lives on, its memory,
 * registers and FPU are what they were, and so is another plugin.
 *
 * Provoked by: text of random bytes, and of bytes that more often make memory
 * accesses; "count=N seed=N" on the command line say how many and which.
 *
 * Cannot tell: what no seed has tried.
 */
#include <lib/plugin.h>
#include <lib/test.h>

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

static void fill(void)
{
	u32 i, style = rnd() % 3;

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

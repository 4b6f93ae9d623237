// SPDX-License-Identifier: MIT
/*
 * Claim: no sequence of plugin_op commands, valid or not, crashes the monitor or makes
 * it lose a reference, also when event handlers issue them in the middle of calls,
 * interruptible or not. When all plugins are gone, every frame that they had can get any
 * type.
 *
 * Provoked by: random commands with arguments that are valid, almost valid and random;
 * "count=N seed=N" on the command line.
 *
 * Cannot tell: what no seed has tried.
 */
#include <lib/chance.h>
#include <lib/plugin.h>
#include <lib/test.h>

/*
 * Entries at 1004: return; 1008: fault; 100c: spin; 1010: use the FPU and ask
 * for a service, until the answer is 0; 1024: read and write where EBX points;
 * 102c: use the FPU for a while.
 */
PLUGIN_CODE(parts, "jmp *%eax\n.balign 4\n"
		   "xorl %eax, %eax; int $0x81\n.balign 4\n"
		   "hlt\n.balign 4\n"
		   "1: jmp 1b\n.balign 4\n"
		   "1: fld1; fstp %st(0); movl $1, %eax; int $0x81; testl %edx, %edx; jnz 1b\n"
		   "xorl %eax, %eax; int $0x81\n.balign 4\n"
		   "movl (%ebx), %eax; movl %eax, (%ebx); xorl %eax, %eax; int $0x81\n.balign 4\n"
		   "fld1; movups %xmm0, %xmm1; 1: incl %ecx; cmpl $0x20000, %ecx; jne 1b\n"
		   "fstp %st(0); xorl %eax, %eax; int $0x81");
static const u32 entries[] = { 0x1004, 0x1008, 0x100c, 0x1010, 0x1010, 0x1024, 0x102c };

#define PAGES	 16
#define COMMANDS 15
static u8 *pages;
static u32 held[64];				 /* handles, live or not */
static u32 window_of, window_at, asking, paused; /* the last valid ones */
static u32 depth, done[COMMANDS], good[COMMANDS], ends[8];

static u32 handle(void)
{
	static const u32 odd[] = { 0, 1, 0x800, 0x7fffffff, 0x80000000, 0xffffffff };

	if (one_in(20))
		return one_in(2) ? rnd() : odd[rnd() % ARRAY_SIZE(odd)];
	return held[rnd() % ARRAY_SIZE(held)];
}

static u32 pointer(void *valid)
{
	static const u32 odd[] = { 0,	       1,	   0x1000,     0xf57ffffc, 0xf5800000,
				   0xf6000000, 0xff000000, 0xfffffffc, 0xf57fffff };

	if (one_in(10))
		return one_in(3) ? rnd() : odd[rnd() % ARRAY_SIZE(odd)];
	return (u32)valid;
}

static u32 small(u32 most)
{
	return one_in(30) ? rnd() : rnd() % (most + 1);
}

static void any_frames(u32 frames[PAGES])
{
	u32 i;

	for (i = 0; i < PAGES; i++) {
		frames[i] = frame_of(pages + (1 + rnd() % (PAGES - 1)) * PAGE_SIZE);
		if (one_in(200))
			frames[i] = one_in(2) ? rnd() : rnd() % 0x8000;
		if (one_in(200))
			frames[i] = frame_of((void *)start_info->pt_base);
	}
}

static long grant(void)
{
	u32 frames[PAGES];
	struct plugin_window w = {
		.frames = pointer(frames),
		.nr = one_in(30) ? small(20) : 1 + rnd() % 3,
		.flags = one_in(30) ? rnd() : rnd() & 1,
	};

	u32 h = handle();
	long r;

	any_frames(frames);
	r = hypercall(plugin_op, PLUGINOP_grant, h, pointer(&w));
	if (!r) {
		window_of = h;
		window_at = w.offset;
	}
	return r;
}

static long services(u32 h)
{
	struct plugin_services s = {
		.allowed = { one_in(10) ? rnd() : 2 },
		.strikes = small(3),
	};

	return hypercall(plugin_op, PLUGINOP_services, h, pointer(&s));
}

/* An offset in the room for windows, which most of the plugins have. */
static u32 place(void)
{
	return one_in(10) ? rnd() : (4 + rnd() % 14) * PAGE_SIZE;
}

static long create(void)
{
	u32 frames[PAGES];
	struct plugin_create c = {
		.abi = one_in(30) ? rnd() : PLUGIN_ABI,
		.start = one_in(30) ? rnd() : PLUGIN_TEXT_BASE,
		.nr_text = one_in(30) ? rnd() : 1,
		.nr_rodata = small(2),
		.nr_data = small(3),
		.nr_stack = one_in(30) ? small(4) : 1 + rnd() % 2,
		.budget_us = one_in(3) ? 0 : small(20000),
		.flags = one_in(30) ? rnd() : 0,
		.frames = pointer(frames),
		.nr_window = small(5),
	};
	long h;

	any_frames(frames);
	frames[0] = frame_of(pages); /* text: has the code */
	h = hypercall(plugin_op, PLUGINOP_create, pointer(&c));
	if (h > 0) {
		held[rnd() % ARRAY_SIZE(held)] = h;
		if (one_in(2))
			services(h);
	}
	return h;
}

static void end(long status)
{
	if (status < 0)
		return;
	if (check(status <= PLUGIN_STATUS_INTERRUPTED, "status %ld", status))
		ends[status]++;
}

static bool all_ends(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (!ends[i])
			return false;
	return true;
}

static void paused_is(u32 h, long status)
{
	if (status == PLUGIN_STATUS_SERVICE)
		asking = h;
	else if (status == PLUGIN_STATUS_INTERRUPTED)
		paused = h;
}

static void step(void)
{
	u32 args[6] = { place(), rnd(), rnd(), rnd(), rnd(), rnd() };
	u32 value, command = rnd() % COMMANDS, h;
	struct plugin_query q = { .size = sizeof(q) };
	struct plugin_info i = { .size = sizeof(i) };
	long r = -1;

	plugin_interruptible = one_in(2) ? PLUGINOP_INTERRUPTIBLE : 0;
	switch (command) {
	case 0:
		r = hypercall(plugin_op, PLUGINOP_info, pointer(&i));
		break;
	case 1:
		r = create();
		break;
	case 2:
		/* `asking` may be a plugin that has no entry in the guest's list any more. */
		r = plugin_destroy(one_in(8) ? asking : handle());
		break;
	case 3:
	case 7:
		if (one_in(2))
			set_timer(clock_ns() + 100000);
		h = handle();
		value = one_in(20) ? rnd() : entries[rnd() % ARRAY_SIZE(entries)];
		r = plugin_invoke(h, value, (u32 *)pointer(args), small(6), &value);
		paused_is(h, r);
		end(r);
		break;
	case 8:
		r = grant();
		break;
	case 9:
		if (one_in(2))
			r = hypercall(plugin_op, PLUGINOP_revoke, handle(), place());
		else
			r = hypercall(plugin_op, PLUGINOP_revoke, window_of, window_at);
		break;
	case 10:
		r = services(handle());
		break;
	case 11:
		h = one_in(4) ? handle() : asking;
		r = plugin_reply(h, rnd() & 1, rnd(), &value);
		paused_is(h, r);
		end(r);
		break;
	case 14:
		/* Resume in any order, whatever other calls are paused. */
		h = one_in(4) ? handle() : paused;
		r = plugin_resume(h, &value);
		paused_is(h, r);
		end(r);
		break;
	case 12:
		/* Kill often a plugin whose call waits or is suspended. */
		r = hypercall(plugin_op, PLUGINOP_kill,
			      one_in(3) ? (one_in(2) ? asking : paused) : handle());
		break;
	case 13:
		/* Replace a plugin by another, maybe in the same slot. */
		if (!plugin_destroy(handle()))
			r = create();
		break;
	case 4:
		r = hypercall(plugin_op, one_in(8) ? PLUGINOP_resume : rnd(), handle());
		break;
	case 5:
		r = hypercall(plugin_op, PLUGINOP_query, handle(), pointer(&q));
		break;
	case 6:
		r = hypercall(plugin_op, PLUGINOP_budget, handle(), small(20000));
		break;
	}
	done[command]++;
	good[command] += r >= 0;
}

static void on_timer(u32 port, struct regs *regs)
{
	u32 i;

	(void)port;
	(void)regs;
	if (depth >= 3)
		return;
	depth++;
	for (i = rnd() % 20; i; i--)
		step();
	if (one_in(2)) {
		upcalls_on();
		for (i = rnd() % 20; i; i--)
			step();
		upcalls_off();
	}
	depth--;
}

/* Destroy all plugins: try the handles of every slot and generation. */
static void destroy_all(void)
{
	u32 slot, generation;

	for (slot = 0; slot < 2048 && plugin_info().plugins; slot++)
		for (generation = 1; generation < 4000 && plugin_info().plugins; generation++)
			if (plugin_destroy(generation << 11 | slot) == 0)
				break;
}

void test_main(void)
{
	u32 n, nr = option("count=", 20000), seed = option("seed=", 1), i;
	struct plugin_info before = plugin_info();
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	upcalls_on();
	chance_seed(seed, 0);
	pages = pages_alloc(PAGES);
	memcpy(pages, parts, parts_end - parts);
	/* At least NR, and on until calls have ended in every way. */
	for (n = 0; (n < nr || (n < 50 * nr && !all_ends())) && !report_failed(); n++)
		step();
	upcalls_off();
	set_timer(0);
	for (i = 0; i <= PLUGIN_STATUS_INTERRUPTED; i++) {
		print("status %u: %u\n", i, ends[i]);
		check(ends[i], "no call ended with status %u", i);
	}
	for (i = 0; i < COMMANDS; i++)
		print("command %u: %u, %u of them good\n", i, done[i], good[i]);
	print("seed %u, %u plugins left\n", seed, plugin_info().plugins);
	for (i = 0; i < ARRAY_SIZE(held); i++)
		plugin_destroy(held[i]);
	destroy_all();
	check_eq(plugin_info().plugins, 0, "plugins at last");
	check_eq(plugin_info().pages_free, before.pages_free, "pages at last");
	/* No reference is left: each frame can be a page table and back. */
	for (i = 0; i < PAGES; i++) {
		u8 *page = pages + i * PAGE_SIZE;

		memset(page, 0, PAGE_SIZE);
		check_errno(page_rights(page, PTE_READONLY), 0, "page %u read-only", i);
		check_errno(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(page), 0), 0, "pin page %u", i);
		check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(page), 0), 0, "unpin page %u", i);
	}
	report_success();
}

// SPDX-License-Identifier: MIT
/*
 * Claim: every invalid argument of every plugin_op command returns the errno that the
 * ABI names, leaves no reference held, and leaves the monitor as it was.
 *
 * Provoked by: each field invalid by itself, at its first invalid value.
 *
 * Cannot tell: errors of a monitor that has run out of memory.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(nothing, "movl $7, %eax; ret");

static struct test_plugin good;
static u32 frames[8];

static struct plugin_create sane(void)
{
	u32 i;

	for (i = 0; i < 4; i++)
		frames[i] = frame_of(good.text + i * PAGE_SIZE);
	return (struct plugin_create){
		.abi = PLUGIN_ABI,
		.start = PLUGIN_TEXT_BASE,
		.nr_text = 1,
		.nr_rodata = 1,
		.nr_data = 1,
		.nr_stack = 1,
		.frames = (u32)frames,
	};
}

static long create(const struct plugin_create *c)
{
	return hypercall(plugin_op, PLUGINOP_create, c);
}

#define REFUSED(errno, change, what)                  \
	do {                                          \
		struct plugin_create c = sane();      \
		change;                               \
		check_errno(create(&c), errno, what); \
	} while (0)

/* Callers that were built for less. */
static void older(void)
{
	u32 minor;
	long h;

	for (minor = 0; minor <= PLUGIN_ABI_MINOR; minor++) {
		struct plugin_create c = sane();

		c.abi = PLUGIN_ABI_MAJOR << 16 | minor;
		h = create(&c);
		check(h > 0, "minor %u: %ld", minor, h);
		check_errno(plugin_destroy(h), 0, "destroy of minor %u", minor);
	}
}

static void create_errors(void)
{
	struct plugin_info before = plugin_info(), after;
	u32 *table = (u32 *)start_info->pt_base;
	long h;

	REFUSED(XEN_ENOEXEC, c.abi = 0, "abi 0");
	REFUSED(XEN_ENOEXEC, c.abi = PLUGIN_ABI + 0x10000, "next major");
	REFUSED(XEN_ENOEXEC, c.abi = PLUGIN_ABI + 1, "next minor");
	REFUSED(XEN_EINVAL, c.nr_text = 0, "no text");
	REFUSED(XEN_EINVAL, c.nr_stack = 0, "no stack");
	REFUSED(XEN_EINVAL, c.nr_data = PLUGIN_PAGES_MAX - 2, "too many pages");
	REFUSED(XEN_EINVAL, c.nr_data = 0xffffffff, "count that wraps");
	REFUSED(XEN_EINVAL, c.nr_rodata = 0x80000000; c.nr_data = 0x80000000, "sum that wraps");
	REFUSED(XEN_EINVAL, c.start = 0, "start in page 0");
	REFUSED(XEN_EINVAL, c.start = PLUGIN_TEXT_BASE - 1, "start before text");
	REFUSED(XEN_EINVAL, c.start = PLUGIN_TEXT_BASE + PAGE_SIZE, "start behind text");
	REFUSED(XEN_EINVAL, c.budget_us = 10000001, "budget");
	REFUSED(XEN_EINVAL, c.flags = 1, "flags");
	REFUSED(XEN_EFAULT, c.frames = 0, "frames at 0");
	REFUSED(XEN_EFAULT, c.frames = 0xfffffffc, "frames at the end");
	REFUSED(XEN_EFAULT, c.frames = 0xff000000, "frames in the monitor");
	REFUSED(XEN_EPERM, frames[0] = 0x100, "text is the monitor's");
	REFUSED(XEN_EPERM, frames[2] = 0x100, "data is the monitor's");
	REFUSED(XEN_EPERM, frames[1] = 0xb8, "rodata is a device's");
	REFUSED(XEN_EPERM, frames[3] = 0xffffffff, "stack is no frame");
	REFUSED(XEN_EPERM, frames[2] = frame_of(table), "data is a page table");
	check_errno(create(NULL), XEN_EFAULT, "struct at 0");
	check_errno(hypercall(plugin_op, PLUGINOP_create, 0xfffffff0), XEN_EFAULT,
		    "struct at the end");
	after = plugin_info();
	check_eq(after.plugins, before.plugins, "plugins");
	check_eq(after.pages_free, before.pages_free, "pages");

	/* A page table may be read by a plugin, and still be a page table. */
	{
		struct plugin_create c = sane();

		frames[1] = frame_of(table);
		h = create(&c);
		check(h > 0, "a page table as rodata: %ld", h);
		check_errno(page_rights(table, PTE_WRITABLE), XEN_EBUSY, "table made writable");
		check_errno(plugin_destroy(h), 0, "destroy");
	}
}

static void handles(void)
{
	/* A handle is a slot and, above it, a generation from 1 on; slots_nr is a power of two. */
	u32 slots_nr = plugin_info().plugins_max;
	/* slots_nr + 2 is the handle that the first plugin of slot 2 will have. */
	const u32 wrong[] = {
		0, 1, slots_nr + 2, slots_nr - 1, 0x7fffffff, 0x80000000, 0xffffffff
	};
	struct plugin_query q;
	long old = good.handle;
	u32 i, h;

	for (i = 0; i <= ARRAY_SIZE(wrong); i++) {
		h = i < ARRAY_SIZE(wrong) ? wrong[i] : (u32)old + 2 * slots_nr;
		check_errno(plugin_invoke(h, PLUGIN_ENTRY, NULL, 0, NULL), XEN_ENOENT, "invoke %x",
			    h);
		check_errno(hypercall(plugin_op, PLUGINOP_resume, h), XEN_ENOENT, "resume %x", h);
		check_errno(hypercall(plugin_op, PLUGINOP_query, h, &q), XEN_ENOENT, "query %x", h);
		check_errno(hypercall(plugin_op, PLUGINOP_budget, h, 100), XEN_ENOENT, "budget %x",
			    h);
		check_errno(plugin_destroy(h), XEN_ENOENT, "destroy %x", h);
	}
	check_errno(plugin_destroy(old), 0, "destroy");
	check_errno(plugin_destroy(old), XEN_ENOENT, "destroy again");
	check(plugin_create(&good, 0) > 0, "create again: %ld", good.handle);
	check(good.handle != old, "a handle is used twice");
	check_errno(plugin_invoke(old, PLUGIN_ENTRY, NULL, 0, NULL), XEN_ENOENT, "stale handle");
	check_errno(plugin_destroy(old), XEN_ENOENT, "destroy by a stale handle");
}

static void invoke_errors(void)
{
	u32 h = good.handle, value = 0;
	u32 *unmapped = page_alloc();

	check_errno(plugin_invoke(h, 0, NULL, 0, NULL), XEN_EINVAL, "entry 0");
	check_errno(plugin_invoke(h, 0xfff, NULL, 0, NULL), XEN_EINVAL, "entry before text");
	check_errno(plugin_invoke(h, 0x2000, NULL, 0, NULL), XEN_EINVAL, "entry behind text");
	check_errno(plugin_invoke(h, 0xffffffff, NULL, 0, NULL), XEN_EINVAL, "entry at the end");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, &h, 7, NULL), XEN_EINVAL, "7 arguments");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, &h, 0xffffffff, NULL), XEN_EINVAL,
		    "-1 arguments");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, NULL, 1, NULL), XEN_EFAULT, "list at 0");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, (u32 *)0xf57ffffc, 2, NULL), XEN_EFAULT,
		    "list into the monitor");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, (u32 *)0xff000000, 1, NULL), XEN_EFAULT,
		    "list in the monitor");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, (u32 *)0xfffffffc, 6, NULL), XEN_EFAULT,
		    "list that wraps");
	check_errno(page_map(unmapped + 0, 0, 0), 0, "unmap");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, unmapped, 1, NULL), XEN_EFAULT,
		    "list not mapped");
	check_errno(plugin_invoke(h, PLUGIN_ENTRY, unmapped - 1, 6, NULL), XEN_EFAULT,
		    "list half mapped");
	check_eq(plugin_query(h).calls, 0, "refused calls count");
	check_eq(plugin_invoke(h, PLUGIN_ENTRY, NULL, 0, &value), 0, "a good call");
	check_eq(value, 7, "its value");
	check_eq(plugin_query(h).calls, 1, "calls");
	check_errno(hypercall(plugin_op, PLUGINOP_resume, h), XEN_EINVAL,
		    "resume of what does not wait");
}

/* An answer is never longer than the caller has room for. */
static void sizes(u32 h)
{
	struct plugin_query q;
	u32 size;

	for (size = 0; size <= sizeof(q) + 8; size += 4) {
		memset(&q, 0x5a, sizeof(q));
		q.size = size;
		check_errno(hypercall(plugin_op, PLUGINOP_query, h, &q), size < 8 ? XEN_EINVAL : 0,
			    "query with room for %u", size);
		if (size < 8)
			continue;
		check_eq(q.size, size < sizeof(q) ? size : sizeof(q), "size of the answer");
		if (size < sizeof(q))
			check_eq(((u32 *)&q)[size / 4], 0x5a5a5a5a, "word behind %u", size);
	}
}

static void other_errors(void)
{
	struct multicall_entry m = { .op = __HYPERVISOR_plugin_op };
	u32 h = good.handle, i;

	check_errno(hypercall(plugin_op, PLUGINOP_budget, h, 0), XEN_EINVAL, "budget 0");
	check_errno(hypercall(plugin_op, PLUGINOP_budget, h, 10000001), XEN_EINVAL, "budget");
	sizes(h);
	check_errno(hypercall(plugin_op, PLUGINOP_query, h, NULL), XEN_EFAULT, "query to 0");
	check_errno(hypercall(plugin_op, PLUGINOP_query, h, 0xff000000), XEN_EFAULT,
		    "query to the monitor");
	check_errno(hypercall(plugin_op, PLUGINOP_info, NULL), XEN_EFAULT, "info to 0");
	check_errno(hypercall(plugin_op, PLUGINOP_info, start_info->pt_base + 24), XEN_EFAULT,
		    "info to a page table");
	for (i = PLUGINOP_kill + 1; i < 40; i++)
		check_errno(hypercall(plugin_op, i, h), XEN_ENOSYS, "command %u", i);
	check_errno(hypercall(plugin_op, 0xffffffff, h), XEN_ENOSYS, "command -1");
	m.args[0] = PLUGINOP_invoke;
	m.args[1] = h;
	m.args[2] = PLUGIN_ENTRY;
	check_errno(hypercall(multicall, &m, 1), 0, "multicall");
	check_errno((long)m.result, XEN_EINVAL, "plugin_op in a multicall");
}

/* The frames are held until destroy: no page table can be made of them. */
static void frames_held(void)
{
	u32 data = frame_of(good.data);

	check_errno(page_rights(good.data, PTE_READONLY), 0, "read-only");
	check_errno(mmuext(MMUEXT_PIN_L1_TABLE, data, 0), XEN_EBUSY, "data as a page table");
	memset(good.stack, 0, PAGE_SIZE);
	check_errno(plugin_destroy(good.handle), 0, "destroy");
	check_errno(mmuext(MMUEXT_PIN_L1_TABLE, data, 0), 0, "pin after destroy");
	check_errno(mmuext(MMUEXT_UNPIN_TABLE, data, 0), 0, "unpin");
	check_errno(page_rights(good.data, PTE_WRITABLE), 0, "writable");
}

/* In each mode, int $0x81 of rings 1 and 3 is #GP. */
static void gate_from_outside(void)
{
	check_eq(PROBE("int $0x81", "a"(0)), FAULT(X86_GP, 0x81 << 3 | 2), "int 0x81 of ring 1");
}

void test_main(void)
{
	plugin_make(&good, nothing, nothing_end);
	older();
	create_errors();
	handles();
	invoke_errors();
	other_errors();
	gate_from_outside();
	frames_held();
	report_success();
}

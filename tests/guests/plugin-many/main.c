// SPDX-License-Identifier: MIT
/*
 * Claim: more than a thousand plugins can exist in the memory that the monitor keeps for
 * them at boot, and more than ten thousand when the guest releases memory for them. Each is
 * the one that its handle says, and all pages that they used are free afterwards. Without memory
 * create is refused, until the guest releases some.
 *
 * Provoked by: creating until refused, calling all, destroying in an order that leaves
 * holes, creating in the holes.
 *
 * Cannot tell: anything about speed.
 */
#include <lib/paging.h>
#include <lib/plugin.h>
#include <lib/test.h>

#define MANY	  1024
#define MANY_MORE 10000

PLUGIN_CODE(own, "movl 0x2000, %eax; movl 0x3000, %ecx; addl %ecx, %eax; incl 0x3000; ret");

/* All plugins share text and stack; plugins n and n + 8 share a data page. */
static struct test_plugin p;
static u8 *data[8];
static long handle[16384 + 1];
static u32 frames[4];

static long create(u32 n)
{
	struct plugin_create c = {
		.abi = PLUGIN_ABI,
		.start = PLUGIN_TEXT_BASE,
		.nr_text = 1,
		.nr_rodata = 1,
		.nr_data = 1,
		.nr_stack = 1,
		.frames = (u32)frames,
	};

	frames[0] = frame_of(p.text);
	frames[1] = frame_of(p.rodata);
	frames[2] = frame_of(data[n % 8]);
	frames[3] = frame_of(p.stack);
	return hypercall(plugin_op, PLUGINOP_create, &c);
}

static void call_all(u32 nr, u32 step)
{
	u32 i, value, turn[8], j;

	for (j = 0; j < 8; j++)
		turn[j] = *(u32 *)data[j];
	for (i = 0; i < nr; i += step) {
		check_eq(plugin_invoke(handle[i], PLUGIN_ENTRY, NULL, 0, &value), 0, "%u: status",
			 i);
		check_eq(value, 5000 + turn[i % 8]++, "%u: value", i);
	}
}

/*
 * Creates plugins from number `nr` on until there is no memory, or every slot is used.
 * Returns the next number.
 */
static u32 create_all(u32 nr)
{
	for (; nr < ARRAY_SIZE(handle); nr++) {
		handle[nr] = create(nr);
		if (handle[nr] < 0)
			break;
	}
	require(nr < ARRAY_SIZE(handle), "all %u were created", nr);
	check_errno(handle[nr], nr < plugin_info().plugins_max ? XEN_ENOMEM : XEN_ENOSPC,
		    "one more than %u", nr);
	check_eq(plugin_info().plugins, nr, "plugins as info says");
	return nr;
}

void test_main(void)
{
	struct plugin_info before = plugin_info(), now;
	u32 i, nr, more;

	plugin_make(&p, own, own_end);
	plugin_destroy(p.handle);
	*(u32 *)p.rodata = 5000;
	for (i = 0; i < 8; i++) {
		data[i] = page_alloc();
		*(u32 *)data[i] = i << 16;
	}
	nr = create_all(0);
	print("%u plugins, then no memory\n", nr);
	check(nr >= MANY, "only %u plugins", nr);
	call_all(nr, 1);
	frames_release(1);
	more = create_all(nr);
	check(more > nr && more < nr + PAGE_SIZE / 64, "%u plugins in one page more", more - nr);
	while (more > nr) {
		nr = more;
		frames_release(32);
		more = create_all(nr);
	}
	print("%u plugins in all the memory that the monitor takes\n", nr);
	check(nr >= MANY_MORE, "only %u plugins", nr);
	check(nr <= before.plugins_max, "%u plugins of %u", nr, before.plugins_max);
	call_all(nr, 1);
	call_all(nr, 7);

	for (i = 0; i < nr; i += 3)
		check_errno(plugin_destroy(handle[i]), 0, "destroy %u", i);
	for (i = 0; i < nr; i += 3) {
		long old = handle[i];

		check_errno(plugin_invoke(old, PLUGIN_ENTRY, NULL, 0, NULL), XEN_ENOENT, "stale %u",
			    i);
		handle[i] = create(i);
		check(handle[i] > 0 && handle[i] != old, "create %u again: %ld", i, handle[i]);
	}
	call_all(nr, 1);
	for (i = nr; i--;)
		check_errno(plugin_destroy(handle[i]), 0, "destroy %u", i);
	now = plugin_info();
	check_eq(now.plugins, before.plugins, "plugins at last");
	check_eq(now.pages_free, before.pages_free, "pages at last");
	report_success();
}

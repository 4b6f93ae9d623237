// SPDX-License-Identifier: MIT
/*
 * Claim: a thousand plugins can exist, each is the one that its handle says,
 * and all they took comes back; running out is an errno.
 *
 * Provoked by: creating until refused, calling all, destroying in an order
 * that leaves holes, creating in the holes.
 *
 * Cannot tell: anything about speed.
 */
#include <lib/plugin.h>
#include <lib/test.h>

#define MANY 1024

PLUGIN_CODE(own, "movl 0x2000, %eax; movl 0x3000, %ecx; addl %ecx, %eax; incl 0x3000; ret");

/* All plugins share text and stack; plugins n and n + 8 share a data page. */
static struct test_plugin p;
static u8 *data[8];
static long handle[4096];
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

void test_main(void)
{
	struct plugin_info before = plugin_info(), now;
	u32 i, nr;

	plugin_make(&p, own, own_end);
	plugin_destroy(p.handle);
	*(u32 *)p.rodata = 5000;
	for (i = 0; i < 8; i++) {
		data[i] = page_alloc();
		*(u32 *)data[i] = i << 16;
	}
	for (nr = 0; nr < ARRAY_SIZE(handle); nr++) {
		handle[nr] = create(nr);
		if (handle[nr] < 0)
			break;
	}
	print("%u plugins, then %ld\n", nr, nr < ARRAY_SIZE(handle) ? handle[nr] : 0);
	check(nr >= MANY, "only %u plugins", nr);
	check_eq(nr, before.plugins_max, "plugins");
	check_errno(handle[nr], XEN_ENOSPC, "one more");
	check_eq(plugin_info().plugins, nr, "plugins as info says");
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

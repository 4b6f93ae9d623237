// SPDX-License-Identifier: MIT
/*
 * Claim: when the monitor has no memory to keep the FPU registers of one more
 * paused call, no paused call suffers. Page mode: a call that would need the memory
 * is refused with -ENOMEM before it begins. Segment mode: the plugin that asks for a
 * service is answered with -ENOMEM. In both modes every paused call goes on with its
 * own registers, in any order, and pauses again; memory of a call that ended or was
 * killed is there for the next one.
 *
 * Provoked by: more plugins than there is memory for, each of which waits for a service with
 * its number in XMM0 and EBX.
 *
 * Cannot tell: an event that finds no memory in segment mode.
 */
#include <lib/plugin.h>
#include <lib/test.h>

/*
 * Requests service 9 as long as the answer is 1. Then returns twice the argument, once from
 * XMM0 and once from EBX. If the service fails, returns the error. All plugins share one
 * stack, so the code does not read the stack after a service.
 */
PLUGIN_CODE(hold, "movl 4(%esp), %ebx; movd %ebx, %xmm0\n"
		  "1: movl $9, %eax; int $0x81; testl %eax, %eax; jne 2f\n"
		  "cmpl $1, %edx; je 1b; movd %xmm0, %eax; addl %ebx, %eax\n"
		  "2: movl %eax, %edx; xorl %eax, %eax; int $0x81");

#define PLUGINS	  2000u
#define NUMBER(n) (0x12340000 + (n))

static struct test_plugin p;
static long handle[PLUGINS];
static u32 frames[2], nr;
static bool page_mode;

static long create(void)
{
	struct plugin_services s = { .allowed = { 1u << 9 }, .strikes = 1 };
	struct plugin_create c = {
		.abi = PLUGIN_ABI,
		.start = PLUGIN_TEXT_BASE,
		.nr_text = 1,
		.nr_stack = 1,
		.frames = (u32)frames,
	};
	long h = hypercall(plugin_op, PLUGINOP_create, &c);

	if (h > 0)
		check_errno(hypercall(plugin_op, PLUGINOP_services, h, &s), 0, "services");
	return h;
}

/* Begins a call of plugin n. True: the call waits for its service. False: no memory. */
static bool begin(u32 n)
{
	u32 arg = NUMBER(n), value = 0;
	long status = plugin_invoke(handle[n], PLUGIN_ENTRY, &arg, 1, &value);

	if (status == PLUGIN_STATUS_SERVICE)
		return true;
	if (page_mode) {
		check_errno(status, XEN_ENOMEM, "%u: call without memory", n);
		check_eq(plugin_query(handle[n]).calls, 0, "%u: calls", n);
	} else {
		check_eq(status, 0, "%u: status without memory", n);
		check_eq((int)value, -XEN_ENOMEM, "%u: answer without memory", n);
	}
	check_eq(plugin_query(handle[n]).state, PLUGIN_STATE_IDLE, "%u: state", n);
	return false;
}

static void go_on(u32 n)
{
	check_eq(plugin_reply(handle[n], 1, 0, NULL), PLUGIN_STATUS_SERVICE, "%u: reply", n);
}

static void end(u32 n)
{
	u32 value = 0;

	check_eq(plugin_reply(handle[n], 0, 0, &value), 0, "%u: last reply", n);
	check_eq(value, 2 * NUMBER(n), "%u: its registers", n);
}

/* Begins calls from plugin n on. Returns the first plugin for which there is no memory. */
static u32 begin_all(u32 n)
{
	while (n < nr && begin(n))
		n++;
	require(n < nr, "memory for all %u calls", nr);
	check(!begin(n), "%u: the same again", n);
	return n;
}

static void exhaust(void)
{
	u32 paused = begin_all(0), i, at = 0;

	print("%u calls are paused, then no memory\n", paused);
	require(paused > 16, "only %u calls", paused);
	/* Continue the calls in ascending, in descending and in mixed order. */
	for (i = 0; i < paused; i++)
		go_on(i);
	for (i = paused; i--;)
		go_on(i);
	for (i = 0; i < 2 * paused; i++, at = (at * 5 + 3) % paused)
		go_on(at);

	/* The end of one call gives memory for one other. */
	end(3);
	check(begin(paused), "after one has ended");
	check(!begin(paused + 1), "and then another");
	/* The kill of a call that did not run last gives memory for one other too. */
	check_errno(hypercall(plugin_op, PLUGINOP_kill, handle[5]), 0, "kill");
	check(begin(paused + 1), "after one was killed");
	check(!begin(paused + 2), "and then another");
	check_eq(plugin_reply(handle[5], 0, 0, NULL), PLUGIN_STATUS_KILLED, "the killed one");

	for (i = 0; i < paused + 2; i++)
		if (i != 3 && i != 5)
			end(i);
}

void test_main(void)
{
	struct plugin_info before = plugin_info(), now;
	u32 i, first;

	page_mode = before.mode == PLUGIN_MODE_PAGE;
	plugin_make(&p, hold, hold_end);
	check_errno(plugin_destroy(p.handle), 0, "destroy");
	frames[0] = frame_of(p.text);
	frames[1] = frame_of(p.stack);
	for (nr = 0; nr < PLUGINS; nr++) {
		handle[nr] = create();
		require(handle[nr] > 0, "create %u: %ld", nr, handle[nr]);
	}
	exhaust();
	/* All memory was freed: as many calls of other plugins can be begun. */
	first = begin_all(8);
	for (i = 8; i < first; i++)
		end(i);
	for (i = nr; i--;)
		check_errno(plugin_destroy(handle[i]), 0, "destroy %u", i);
	now = plugin_info();
	check_eq(now.plugins, before.plugins, "plugins at last");
	check_eq(now.pages_free, before.pages_free, "pages at last");
	report_success();
}

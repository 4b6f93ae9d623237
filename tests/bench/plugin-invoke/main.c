// SPDX-License-Identifier: MIT
/*
 * Measures a call of an empty plugin, with the stubs of guest kernel and plugin: without
 * arguments, with six arguments, and with another plugin at each call.
 * The mode is the monitor's (page or, for segments on a
 * machine without limits, plugin_mode=unguarded, which is the same path).
 */
#include <lib/bench.h>
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(nothing, "ret");

static const u32 args[6];

static inline __attribute__((always_inline)) void call(u32 handle, u32 nr)
{
	u32 op = PLUGINOP_invoke, entry = PLUGIN_ENTRY, list = (u32)args;
	long status;

	asm volatile("call hypercall_page + %c[at]"
		     : "=a"(status), "+b"(op), "+c"(handle), "+d"(entry), "+S"(list), "+D"(nr)
		     : [at] "i"(__HYPERVISOR_plugin_op * HYPERCALL_SLOT)
		     : "memory", "cc");
}

void test_main(void)
{
	u32 mode = plugin_info().mode;
	const char *suffix = mode == PLUGIN_MODE_PAGE ? "page" : "segment";
	struct test_plugin p, q;
	u32 i = 0;
	char name[40];

	plugin_make(&p, nothing, nothing_end);
	plugin_make(&q, nothing, nothing_end);
	upcalls_off();
#define MEASURE(what, code)                                            \
	do {                                                           \
		format_string(name, sizeof(name), what "_%s", suffix); \
		bench_line(name, BENCH(, code), 4);                    \
	} while (0)
	MEASURE("plugin_call", call(p.handle, 0));
	MEASURE("plugin_call_6_args", call(p.handle, 6));
	MEASURE("plugin_call_alternating", (i ^= 1, call(i ? q.handle : p.handle, 0)));
	report_success();
}

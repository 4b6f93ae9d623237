// SPDX-License-Identifier: MIT
/*
 * Claim: where the CPU has SMEP, ring 1 cannot execute a page of ring 3; ring 3 can, and
 * plugins run as without SMEP.
 *
 * Provoked by: calls of one function from ring 1 and from ring 3, on a CPU model that
 * has SMEP.
 *
 * Cannot tell: ring 2, whose segment contains no page of ring 3.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(answer, "movl $42, %eax; ret");

USER_TEXT static u32 twice(u32 argument)
{
	return 2 * argument;
}

static bool has_smep(void)
{
	u32 a = 0, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a < 7)
		return false;
	a = 7;
	c = 0;
	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> 7 & 1;
}

void test_main(void)
{
	static struct test_plugin p;
	u32 value = 0;

	require(has_smep(), "this CPU model has no SMEP");
	check_eq(probe_call((void *)twice), 0, "ring 1, the page is its own: fault");
	user_init();
	check_eq(probe_call((void *)twice), FAULT(X86_PF, PF_PRESENT | PF_FETCH),
		 "ring 1, the page is of ring 3: fault");
	check_eq(last_cr2, (u32)twice, "CR2");
	check_eq(user_call(twice, 21), 42, "ring 3");
	plugin_make(&p, answer, answer_end);
	check_eq(plugin_call(&p, 0, 0, &value), PLUGIN_STATUS_OK, "a plugin's status");
	check_eq(value, 42, "its value");
	report_success();
}

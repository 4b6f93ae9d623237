// SPDX-License-Identifier: MIT
/*
 * Claim: whatever bytes are a plugin's text, and whatever windows and services it has,
 * the guest survives, and everything that harm.c checks is unchanged; also when events
 * arrive during the call.
 *
 * Provoked by: text of random bytes, of random bytes behind opcodes that leave the
 * plugin, and of whole instructions most of which run. "count=N seed=N" on the command
 * line say how many plugins and which. Each plugin follows from the seed and its number
 * alone: "first=N count=1" repeats one.
 *
 * Cannot tell: what no seed has tried. At which instruction an event arrives depends on
 * the machine, except with TCG's icount.
 */
#include "random.h"

/* Prints the end and the text of turn n. Seed and number reproduce the turn. */
static void describe(u32 n)
{
	struct plugin_query q = plugin_query((u32)bad.handle);
	u32 i;

	print("%u: ", n);
	plugin_fault_print(&q.fault);
	print("its text:");
	for (i = 0; i < PAGE_SIZE; i++)
		print("%s%02x", i % 32 ? " " : "\n", bad.text[i]);
	print("\n");
}

void test_main(void)
{
	u32 nr = option("count=", 2000), seed = option("seed=", 1), first = option("first=", 0);
	u32 ended[PLUGIN_STATUS_SERVICE + 1] = { 0 }, n, value;
	long status;

	one_init();
	harm_init();
	for (n = first; n - first < nr && !report_failed(); n++) {
		chance_seed(seed, n);
		one_make();
		status = one_call();
		if (check(status >= 0 && status < (long)ARRAY_SIZE(ended) &&
				  status != PLUGIN_STATUS_DEAD,
			  "%u: status %ld", n, status))
			ended[status]++;
		harm_after(n, status);
		check_eq(plugin_call(&bystander, 0, 0, &value), 0, "%u: other plugin", n);
		check_eq(value, ++counted, "%u: its value", n);
		if (report_failed())
			describe(n);
		require(!plugin_destroy((u32)bad.handle), "destroy");
	}
	print("seed %u: %u random plugins: %u returned, %u faults, %u time-outs, %u forbidden, "
	      "%u left waiting; %u events, %u in the middle\n",
	      seed, n - first, ended[0], ended[1], ended[2], ended[4], ended[6], events,
	      interrupted);
	report_success();
}

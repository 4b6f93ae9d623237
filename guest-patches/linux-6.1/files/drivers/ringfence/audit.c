// SPDX-License-Identifier: GPL-2.0-only
/* See audit.h. */
#define pr_fmt(fmt) "ringfence: audit: " fmt

#include <linux/crc32.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <asm/sections.h>

#include "audit.h"

bool audit_on;
module_param_named(audit, audit_on, bool, 0600);

static unsigned long aborts, moved, differences;
module_param_named(audit_aborts, aborts, ulong, 0400);
module_param_named(audit_moved, moved, ulong, 0400);
module_param_named(audit_differences, differences, ulong, 0400);

static int hash_text(char *buffer, const struct kernel_param *param)
{
	u32 hash = crc32_le(~0, (const u8 *)_stext, _etext - _stext);

	hash = crc32_le(hash, (const u8 *)__start_rodata, __end_rodata - __start_rodata);
	return sprintf(buffer, "%08x\n", hash);
}

static const struct kernel_param_ops text_ops = { .get = hash_text };
module_param_cb(audit_text, &text_ops, NULL, 0400);

static void differs(const char *what, const char *how)
{
	differences++;
	pr_err("%s was aborted, and %s\n", what, how);
}

void audit_begin(struct audit *audit)
{
	port_lock();
	audit->maps = core_maps_state();
	port_unlock();
}

void audit_end(const struct audit *audit, bool aborted, const char *what)
{
	struct core_maps_state now;
	const char *fault;

	if (!aborted)
		return;
	port_lock();
	now = core_maps_state();
	fault = core_maps_fault();
	if (now.changes == audit->maps.changes)
		aborts++;
	else
		moved++;
	if (now.changes == audit->maps.changes && now.hash != audit->maps.hash)
		differs(what, "maps are not what they were");
	if (fault)
		differs(what, fault);
	port_unlock();
}

static u64 aborted_at(const struct core_point *point)
{
	u64 nr;

	port_lock();
	nr = point->asked.aborted;
	port_unlock();
	return nr;
}

/* Not every question without an answer is an abort: most have no graft that fits. */
bool audit_ask(const struct core_question *question, u32 id, u32 (*state)(const void *what))
{
	u64 aborted = aborted_at(question->point);
	const char *name = question->point->name;
	struct audit audit;
	u32 before;
	bool taken;

	audit_begin(&audit);
	before = state ? state(question->what) : 0;
	taken = id ? core_ask_graft(question, id) : core_ask(question);
	if (!taken && state && state(question->what) != before)
		differs(name, "what it was asked about is not what it was");
	audit_end(&audit, !taken && aborted_at(question->point) != aborted, name);
	return taken;
}

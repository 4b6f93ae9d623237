// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall plugin_op (public/plugin_op.h): dispatch, info, query and budget. At
 * boot, the choice of the mode that plugins run in.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/string.h>

u32 plugin_mode;

extern u8 entry_plugin_gate[], entry_plugin_gate_page[];

static void choose_mode(void)
{
	bool limits = machine_enforces & PLUGIN_ENFORCES_LIMIT;

	plugin_mode = limits ? PLUGIN_MODE_SEGMENT : PLUGIN_MODE_PAGE;
	switch (option_plugin_mode) {
	case MODE_AUTO:
		break;
	case MODE_SEGMENT:
		if (!limits)
			log_warn(
				"plugin_mode=segment: this machine does not enforce segment limits, so page mode is used; plugin_mode=unguarded runs plugins in ring 2 without protection");
		break;
	case MODE_PAGE:
		plugin_mode = PLUGIN_MODE_PAGE;
		break;
	case MODE_UNGUARDED:
		if (!limits)
			plugin_mode = PLUGIN_MODE_UNGUARDED;
		break;
	}
}

void plugin_init(void)
{
	static const char *const names[] = {
		[PLUGIN_MODE_SEGMENT] = "segment mode (ring 2)",
		[PLUGIN_MODE_PAGE] = "page mode (ring 3)",
		[PLUGIN_MODE_UNGUARDED] = "unguarded (ring 2): plugins can write all memory",
	};

	choose_mode();
	store_init((void *)HV_PLUGIN_STORE);
	store_add(plugin_store_bytes);
	registry_init();
	region_init();
	page_dir_init();
	world_init();
	fpu_init();
	if (plugin_mode == PLUGIN_MODE_PAGE)
		idt_gate(VEC_PLUGIN, entry_plugin_gate_page, 3);
	else
		idt_gate(VEC_PLUGIN, entry_plugin_gate, 2);
	log_info("plugins: %s", names[plugin_mode]);
}

/*
 * Copy `answer`, a structure of `size` bytes, to the guest's structure at `at`. The
 * first word of both is a size in bytes: the guest's own on the way in, the number of
 * bytes copied on the way out.
 */
static long put_answer(u32 at, u32 *answer, u32 size)
{
	u32 room;

	if (get_guest_u32(&room, at))
		return -EFAULT;
	if (room < 2 * sizeof(room))
		return -EINVAL;
	*answer = MIN(room, size);
	return copy_to_guest(at, answer, *answer) ? -EFAULT : 0;
}

static long info(u32 at)
{
	struct plugin_info i = {
		.abi = PLUGIN_ABI,
		.mode = plugin_mode,
		.enforces = machine_enforces,
		.tick_us = tick_us,
		.budget_us = PLUGIN_BUDGET_DEFAULT,
		.plugins = plugins_nr,
		.plugins_max = PLUGINS_MAX,
		.pages_free = PLUGIN_STORE_MAX / sizeof(pte_t) - plugins_pages,
	};

	return put_answer(at, &i.size, sizeof(i));
}

static u32 public_state(const struct plugin *p)
{
	switch (p->state) {
	case PLUGIN_READY:
		return PLUGIN_STATE_IDLE;
	case PLUGIN_DEAD:
		return PLUGIN_STATE_DEAD;
	default:
		return PLUGIN_STATE_BUSY;
	}
}

static long query(u32 handle, u32 at)
{
	const struct plugin *p = plugin_find(handle);
	struct plugin_query q;

	if (!p)
		return -ENOENT;
	memset(&q, 0, sizeof(q));
	q.mode = plugin_mode;
	q.state = public_state(p);
	q.text_limit = PLUGIN_TEXT_BASE + p->text_size - 1;
	q.data_limit = p->end - 1;
	q.rodata = PLUGIN_TEXT_BASE + p->text_size;
	q.data = q.rodata + p->nr_rodata * PAGE_SIZE;
	q.stack = p->stack_end - p->nr_stack * PAGE_SIZE;
	q.budget_us = p->budget_us;
	q.calls = p->calls;
	q.faults = p->faults;
	if (p->nr_window)
		q.window = p->stack_end + PAGE_SIZE;
	q.windows = p->windows;
	q.services = p->services;
	q.refused = p->refused;
	q.fault = p->fault;
	return put_answer(at, &q.size, sizeof(q));
}

static long set_budget(u32 handle, u32 us)
{
	struct plugin *p = plugin_find(handle);

	if (!p)
		return -ENOENT;
	if (!us || us > PLUGIN_BUDGET_MAX)
		return -EINVAL;
	p->left -= (s64)p->budget; /* a call under way keeps what it has used */
	p->budget_us = us;
	p->budget = us_to_cycles(us);
	p->left += (s64)p->budget;
	return 0;
}

/*
 * suspend() reads PLUGINOP_INTERRUPTIBLE from guest_regs again. Nothing else
 * writes guest_regs->ebx before.
 */
long do_plugin_op(struct regs *r)
{
	debug_plugin_op();
	if (likely(hcall_arg0(r) == PLUGINOP_invoke))
		return plugin_invoke(r);
	if (likely(hcall_arg0(r) == PLUGINOP_reply))
		return plugin_reply(r);
	if (likely(hcall_arg0(r) == (PLUGINOP_invoke | PLUGINOP_INTERRUPTIBLE)))
		return plugin_invoke(r);
	if (likely(hcall_arg0(r) == (PLUGINOP_reply | PLUGINOP_INTERRUPTIBLE)))
		return plugin_reply(r);
	switch (hcall_arg0(r)) {
	case PLUGINOP_resume:
	case PLUGINOP_resume | PLUGINOP_INTERRUPTIBLE:
		return plugin_resume(r);
	case PLUGINOP_info:
		return info(hcall_arg1(r));
	case PLUGINOP_create:
		return plugin_create(hcall_arg1(r));
	case PLUGINOP_destroy:
		return plugin_destroy(hcall_arg1(r));
	case PLUGINOP_query:
		return query(hcall_arg1(r), hcall_arg2(r));
	case PLUGINOP_budget:
		return set_budget(hcall_arg1(r), hcall_arg2(r));
	case PLUGINOP_grant:
		return plugin_grant(hcall_arg1(r), hcall_arg2(r));
	case PLUGINOP_revoke:
		return plugin_revoke(hcall_arg1(r), hcall_arg2(r));
	case PLUGINOP_services:
		return plugin_services(hcall_arg1(r), hcall_arg2(r));
	case PLUGINOP_kill:
		return plugin_kill(hcall_arg1(r));
	}
	return -ENOSYS;
}

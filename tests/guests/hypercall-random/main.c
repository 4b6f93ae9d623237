// SPDX-License-Identifier: MIT
/*
 * Claim: no hypercall, whatever its number and arguments, and nothing else that ring 1
 * does makes the monitor crash, hang, answer wrongly, give out one of its frames, allow
 * a write to a page table or lose a reference to a frame. At worst the monitor kills
 * this guest and logs one reason.
 *
 * Provoked by: random calls, attacks and sequences with page tables. "style=survive"
 * leaves out what would end this guest, and audits now and then; "style=deadly" leaves
 * nothing out. "seed=N count=N" choose the random sequence and its length; "first=N"
 * begins with turn N, "log=1" prints each turn before it is made.
 *
 * Cannot tell: what no seed has tried. Left out on purpose: waiting for ever, shutdown,
 * resets of the machine, and under TCG what is possible only because TCG has no segment
 * limits and enters virtual-8086 mode.
 */
#include "game.h"

bool deadly, limits_enforced;
u32 repairs;

#define EPOCH	    4096 /* turns between two looks around */
#define NR_CANARIES 4

static u32 *canary[NR_CANARIES];
static struct call current;
static u32 turn, calls, attacks, traps, upcalls, log_all;
static u32 deadly_in; /* one turn in so many is deadly; 0: none */
static u8 user_trap_stack[PAGE_SIZE] PAGE_BUFFER;

static void describe(void)
{
	const struct call *c = &current;

	if (c->entry == fire_hypercall)
		print("turn %u: hypercall %u (%x %x %x %x %x %x) flags %x ds %x es %x fs %x gs %x\n",
		      turn, c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5],
		      c->eflags, c->ds, c->es, c->fs, c->gs);
	else
		print("turn %u: attack %02x %02x %02x %02x %02x %02x %02x %02x eax %x ebx %x edx %x flags %x\n",
		      turn, attack_code[0], attack_code[1], attack_code[2], attack_code[3],
		      attack_code[4], attack_code[5], attack_code[6], attack_code[7], c->nr,
		      c->arg[0], c->arg[2], c->eflags);
}

/* Back from wherever a call or an attack has led. */
static bool on_trap(struct regs *regs)
{
	if (regs->vector == X86_DB) {
		regs->eflags = (regs->eflags | EFLAGS_RF) & ~EFLAGS_TF;
		return true;
	}
	if (!fire_esp)
		return false;
	traps++;
	if (deadly_in && traps > 200000)
		panic("it goes in circles");
	if (current.entry == fire_hypercall && !deadly)
		report_failure("turn %u: trap %u at %x from a hypercall", turn, regs->vector,
			       regs->eip);
	regs->cs = FLAT_RING1_CS;
	regs->eip = (u32)fire_done;
	regs->eflags = (regs->eflags & EFLAGS_IF) | EFLAGS_ONE;
	regs->ds = regs->es = FLAT_RING1_DS;
	regs->fs = regs->gs = 0;
	return true;
}

static void forget_events(void)
{
	u32 i;

	vcpu0.evtchn_upcall_pending = 0;
	vcpu0.evtchn_pending_sel = 0;
	for (i = 0; i < 32; i++)
		shared_info.evtchn_pending[i] = 0;
}

static bool on_upcall(struct regs *regs)
{
	(void)regs;
	upcalls++;
	forget_events();
	return true;
}

static void repair(void)
{
	if (repairs & REPAIR_TRAPS) {
		check_errno(hypercall(set_trap_table, 0), 0, "no traps");
		check_errno(trap_init(), 0, "the trap table");
	}
	if (repairs & REPAIR_CALLBACKS)
		check_errno(event_init(), 0, "the callbacks");
	if (repairs & (REPAIR_STACK | REPAIR_TRAPS))
		check_errno(hypercall(stack_switch, FLAT_RING1_DS, user_trap_stack + PAGE_SIZE), 0,
			    "the kernel stack");
	repairs = 0;
}

static void one_call(void)
{
	any_call(&current);
	/* Nothing may be delivered through a trap table or stack that is not repaired yet. */
	if (!deadly)
		ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = repairs != 0;
	if (!deadly && (repairs & REPAIR_TRAPS)) {
		hypercall(set_debugreg, 7, 0);
		current.eflags &= ~EFLAGS_TF;
	}
	if (log_all)
		describe();
	fire(&current);
	calls++;
	if (!deadly)
		repair();
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 0;
	if (!check(!current.drift, "turn %u: ESP is wrong by %d", turn, (int)current.drift) ||
	    !check(answer_ok(&current), "turn %u: hypercall %u gave %d", turn, current.nr,
		   (int)current.result))
		describe();
	if (current.nr == __HYPERVISOR_plugin_op && current.arg[0] == PLUGINOP_create &&
	    (int)current.result > 0) {
		u32 *slot = &PICK(handles);

		if (*slot)
			plugin_destroy(*slot);
		*slot = current.result;
	}
}

static void one_attack(void)
{
	u32 before;

	any_attack(&current);
	if (log_all)
		describe();
	before = traps;
	fire(&current);
	attacks++;
	/* mov (%ebx), %ecx, through DS or SS, both flat */
	if (limits_enforced && !deadly_in &&
	    (attack_code[0] == 0x8b || (attack_code[0] == 0x36 && attack_code[1] == 0x8b)) &&
	    current.arg[0] >= 0xf6800000 &&
	    !check(traps != before, "turn %u: memory of the monitor could be read", turn))
		describe();
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 0;
}

/* Overwrites random parts of shared_info, except the version of the time. */
static void scribble(void)
{
	u32 i = below(32);

	switch (below(6)) {
	case 0:
		shared_info.evtchn_pending[i] = rnd();
		break;
	case 1:
		shared_info.evtchn_mask[i] = rnd();
		break;
	case 2:
		vcpu0.evtchn_pending_sel = rnd();
		break;
	case 3:
		vcpu0.evtchn_upcall_pending = (u8)rnd();
		break;
	case 4:
		vcpu0.time.tsc_timestamp = rnd();
		vcpu0.time.system_time = rnd();
		vcpu0.time.tsc_to_system_mul = rnd();
		vcpu0.time.tsc_shift = (signed char)rnd();
		break;
	default:
		((u32 *)&shared_info)[sizeof(struct vcpu_info) / 4 + below(500)] = 0;
	}
}

static void event_check(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	u32 before = upcalls, i;
	long port;

	check_errno(event_op(EVTCHNOP_reset, &reset), 0, "reset of the ports");
	forget_events();
	for (i = 0; i < 32; i++)
		shared_info.evtchn_mask[i] = 0;
	port = event_bind_ipi();
	if (!check(port > 0, "bind_ipi: %ld", port))
		return;
	upcalls_on();
	before = upcalls;
	check_errno(event_send((u32)port), 0, "send");
	check_eq(upcalls, before + 1, "upcalls after an event");
}

static void timer_check(void)
{
	u32 before;

	check_errno(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0, "periodic timer");
	check(event_bind_virq(VIRQ_TIMER) > 0, "the timer cannot be bound");
	upcalls_off();
	before = upcalls;
	set_timer(1); /* at once */
	check_errno(hypercall(sched_op, SCHEDOP_block, 0), 0, "block");
	check(upcalls != before, "no upcall for the timer");
	set_timer(0);
}

static void look_around(void)
{
	u32 i, k, selectors[4];

	asm volatile("movl %%ds, %0; movl %%es, %1; movl %%ss, %2; movl %%cs, %3"
		     : "=r"(selectors[0]), "=r"(selectors[1]), "=r"(selectors[2]),
		       "=r"(selectors[3]));
	check(selectors[0] == FLAT_RING1_DS && selectors[1] == FLAT_RING1_DS &&
		      selectors[2] == FLAT_RING1_DS && selectors[3] == FLAT_RING1_CS,
	      "selectors %x %x %x %x", selectors[0], selectors[1], selectors[2], selectors[3]);
	known_answers();
	event_check();
	if (turn / EPOCH % 16 == 0)
		timer_check();
	audit();
	audit_gdt();
	arena_reset();
	plugins_check();
	for (k = 0; k < NR_CANARIES; k++)
		for (i = 0; i < PAGE_SIZE / 4; i++)
			if (canary[k][i] != i * 77 + k)
				check_eq(canary[k][i], i * 77 + k, "canary %u, word %u", k, i);
}

static void one_turn(u32 seed)
{
	u32 what;

	chance_seed(seed, turn);
	deadly = deadly_in && one_in(deadly_in);
	what = below(1000);
	if (what < 40)
		one_attack();
	else if (what < 70)
		fill_some_page();
	else if (what < 110)
		build_table();
	else if (what < 111)
		plugin_game();
	else if (what < 114)
		build_gdt();
	else if (what < 120)
		scribble();
	else
		one_call();
}

static void set_up(void)
{
	u32 i, k, v;

	limits_enforced = plugin_info().enforces & PLUGIN_ENFORCES_LIMIT;
	user_init();
	for (v = 0; v < 32; v++)
		trap_handle(v, on_trap);
	trap_handle(VECTOR_SYSCALL, on_trap);
	trap_handle(VECTOR_FAILSAFE, on_trap);
	trap_handle(VECTOR_UPCALL, on_upcall);
	plugins_init();
	arena_init();
	page_rights(user_code, PTE_WRITABLE | PTE_US);
	for (k = 0; k < NR_CANARIES; k++) {
		canary[k] = page_alloc();
		for (i = 0; i < PAGE_SIZE / 4; i++)
			canary[k][i] = i * 77 + k;
	}
	repairs = REPAIR_STACK;
	repair();
}

void test_main(void)
{
	u32 nr = option("count=", 20000), seed = option("seed=", 1), told = 0;

	/* Turns with nothing kept out: the fewer, the more has come together by then. */
	if (option_has("style=deadly"))
		deadly_in = 1u << (seed % 12);
	log_all = option("log=", 0);
	set_up();
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 0;
	for (turn = option("first=", 0); calls < nr && !report_failed(); turn++) {
		one_turn(seed);
		if (!deadly_in && turn % EPOCH == EPOCH - 1)
			look_around();
		/* Print the progress: a guest that is killed cannot print it any more. */
		if (deadly_in && calls - told >= 64) {
			print("\ndone %u\n", calls - told);
			told = calls;
		}
	}
	if (!deadly_in)
		look_around();
	if (report_failed())
		describe();
	print("\nseed %u: %u turns, %u attacks, %u traps, %u upcalls\ndone %u\n", seed, turn,
	      attacks, traps, upcalls, calls - told);
	report_success();
}

// SPDX-License-Identifier: MIT
/*
 * Claim: the figures of crossings between guest and monitor: how many
 * instructions each takes, the guest's own stub included.
 *
 * Provoked by: 201 of each under `-icount shift=0`, where a TSC tick is an
 * instruction; the median, less the empty measurement.
 *
 * In page mode only what is then different.
 *
 * Cannot tell: cycles. An instruction that changes ring counts as one here.
 */
#include <lib/bench.h>
#include <lib/paging.h>
#include <lib/plugin.h>
#include <lib/test.h>

#define BATCH 32

extern char bench_int3[], bench_fault[], bench_upcall[], bench_timer[], bench_syscall[];

/* A hypercall whose arguments are in registers already, as a stub would issue it. */
#define CALL(name, ...) hypercall_at(__HYPERVISOR_##name, __VA_ARGS__)
#define hypercall_at(nr, a, b, c, d)                                            \
	({                                                                      \
		u32 a_ = (u32)(a), b_ = (u32)(b), c_ = (u32)(c), d_ = (u32)(d); \
		long r_;                                                        \
		asm volatile("call hypercall_page + %c[slot]"                   \
			     : "=a"(r_), "+b"(a_), "+c"(b_), "+d"(c_), "+S"(d_) \
			     : [slot] "i"((nr)*HYPERCALL_SLOT)                  \
			     : "edi", "memory", "cc");                          \
		r_;                                                             \
	})

static struct mmu_update batch[BATCH];
static u8 *window;

/* One function for each figure; inlined, so that the figure has no call and return. */

static ALWAYS_INLINE void do_xen_version(void)
{
	long result;

	asm volatile("xorl %%ebx, %%ebx; call hypercall_page + 17 * 32"
		     : "=a"(result)
		     :
		     : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
}

static ALWAYS_INLINE void do_iret(void)
{
	asm volatile("pushl $0x202; pushl %[cs]; pushl $1f; jmp hypercall_page + 23 * 32\n1:"
		     :
		     : [cs] "i"(FLAT_RING1_CS)
		     : "memory", "cc");
}

static ALWAYS_INLINE void do_int3(void)
{
	asm volatile("int3" ::: "memory");
}

/* Two bytes, which bench_fault skips. */
static ALWAYS_INLINE void do_fault(volatile u32 *nothing)
{
	asm volatile("movb (%0), %%al" : : "r"(nothing) : "eax", "memory");
}

static ALWAYS_INLINE u32 do_plugin(u32 handle)
{
	u32 status, ebx = PLUGINOP_invoke, edx = PLUGIN_TEXT_BASE, arguments = 0;

	asm volatile("call hypercall_page + 55 * 32"
		     : "=a"(status), "+b"(ebx), "+c"(handle), "+d"(edx), "+D"(arguments)
		     :
		     : "esi", "memory", "cc");
	return status;
}

static void traps(void)
{
	volatile u32 *nothing = page_alloc();

	trap_set(X86_BP, 3, FLAT_RING1_CS, (u32)bench_int3);
	bench_line("int3_round_trip", BENCH(, do_int3()), 4);
	page_map(nothing, 0, 0);
	trap_set(X86_PF, 0, FLAT_RING1_CS, (u32)bench_fault);
	bench_line("page_fault_round_trip", BENCH(, do_fault(nothing)), 4);
	trap_init();
}

static void unmap(u32 pages)
{
	u32 i;

	for (i = 0; i < pages; i++)
		page_map(window + i * PAGE_SIZE, 0, 0);
}

static void mappings(void)
{
	u64 entry = pte(frame_of(window), PTE_WRITABLE);
	u32 i, ticks;

	for (i = 0; i < BATCH; i++) {
		batch[i].ptr = machine_of(l1_entry(window + i * PAGE_SIZE));
		batch[i].val = pte(frame_of(window + i * PAGE_SIZE), PTE_WRITABLE);
	}
	ticks = BENCH(unmap(1), CALL(mmu_update, batch, 1, 0, DOMID_SELF));
	bench_line("mmu_update_map", ticks, 2);
	ticks = BENCH(unmap(BATCH), CALL(mmu_update, batch, BATCH, 0, DOMID_SELF));
	bench_line("mmu_update_map_batch_32_each", ticks / BATCH, 2);
	ticks = BENCH(unmap(1), CALL(update_va_mapping, window, entry, entry >> 32, UVMF_INVLPG));
	bench_line("update_va_mapping_map", ticks, 2);
}

static void event(void)
{
	u32 port = event_bind_ipi(), ticks;
	struct evtchn_send send = { .port = port };

	require((int)port > 0 && port < 32, "port %d", port);
	event_unmask(port);
	hypercall(set_callbacks, FLAT_RING1_CS, bench_upcall, FLAT_RING1_CS, failsafe_entry);
	upcalls_on();
	ticks = BENCH(, CALL(event_channel_op, EVTCHNOP_send, &send, 0, 0));
	bench_line("event_to_self", ticks, 4);
	event_init();
	event_close(port);
}

/* plugin_op(reply) with value and status 0, as a stub would issue it. */
static ALWAYS_INLINE u32 do_reply(u32 handle)
{
	u32 status, ebx = PLUGINOP_reply, edx = 0, esi = 0;

	asm volatile("call hypercall_page + 55 * 32"
		     : "=a"(status), "+b"(ebx), "+c"(handle), "+d"(edx), "+S"(esi)
		     :
		     : "edi", "memory", "cc");
	return status;
}

static long bare_plugin(const u8 *code, u32 size)
{
	struct test_plugin p = { 0 };

	plugin_pages(&p, 1, 0, 0, 1);
	memcpy(p.text, code, size);
	require(plugin_create(&p, 0) > 0, "plugin_op create: %ld", p.handle);
	return p.handle;
}

/*
 * With 10,000 plugins loaded: the same call again and again, and each call of another plugin.
 * All were called once before, so that in segment mode each call takes the place of others.
 */
static void many_plugins(const char *suffix, const u8 *code, u32 size)
{
	static long handles[10000];
	static struct test_plugin p;
	u32 n;
	char name[40];

	plugin_pages(&p, 1, 0, 0, 1);
	memcpy(p.text, code, size);
	frames_release(1600);
	for (n = 0; n < ARRAY_SIZE(handles); n++) {
		handles[n] = plugin_create(&p, 0);
		require(handles[n] > 0, "create of plugin %u: %ld", n, handles[n]);
	}
	for (n = 0; n < ARRAY_SIZE(handles); n++)
		require(!do_plugin(handles[n]), "call of plugin %u", n);
	n = ARRAY_SIZE(handles) / 2;
	format_string(name, sizeof(name), "plugin_call_empty_of_10000%s", suffix);
	bench_line(name, BENCH(, do_plugin(handles[n])), 4);
	n = 0;
	format_string(name, sizeof(name), "plugin_call_in_turn_of_10000%s", suffix);
	bench_line(name, BENCH(, do_plugin(handles[n++])), 4);
	for (n = 0; n < ARRAY_SIZE(handles); n++)
		plugin_destroy(handles[n]);
}

static void plugin(const char *suffix)
{
	/* A start stub that returns at once: xorl %eax, %eax; int $PLUGIN_GATE. */
	static const u8 empty[] = { 0x31, 0xc0, 0xcd, PLUGIN_GATE };
	/* The same behind a service: movl $1, %eax; int $PLUGIN_GATE. */
	static const u8 asks[] = { 0xb8,	1,    0,    0,	  0,	      0xcd,
				   PLUGIN_GATE, 0x31, 0xc0, 0xcd, PLUGIN_GATE };
	struct plugin_services services = { .allowed = { 2 }, .strikes = 1 };
	u32 status = 77, between = 77, ticks;
	long handle = bare_plugin(empty, sizeof(empty));
	char name[40];

	ticks = BENCH(, status = do_plugin(handle));
	require(status == PLUGIN_STATUS_OK, "an empty plugin ends with status %u", status);
	format_string(name, sizeof(name), "plugin_call_empty%s", suffix);
	bench_line(name, ticks, 4);

	handle = bare_plugin(asks, sizeof(asks));
	status = hypercall(plugin_op, PLUGINOP_services, handle, &services);
	require(!status, "plugin_op services: %d", status);
	ticks = BENCH(, (between = do_plugin(handle), status = do_reply(handle))) - ticks;
	require(between == PLUGIN_STATUS_SERVICE && status == PLUGIN_STATUS_OK,
		"a plugin that asks ends with status %u, then %u", between, status);
	format_string(name, sizeof(name), "service_call%s", suffix);
	bench_line(name, ticks, 4);
	many_plugins(suffix, empty, sizeof(empty));
}

/* Written by bench_timer. */
u32 bench_cycles, bench_tick_ns;
volatile u32 *bench_flag;

/*
 * Notes the time over and over until the word before it is not 0. At 3000 for
 * the plugin, anywhere for the guest: ECX. Before, three instructions for each of
 * EDX: so that events find all four of the loop, however long the tick is.
 */
#define WAIT                             \
	"0: nop; decl %edx; jns 0b\n"    \
	"1: rdtsc; movl %eax, 4(%ecx)\n" \
	"cmpl $0, (%ecx); je 1b; ret"
asm("wait_for_it: movl 4(%esp), %ecx; movl 8(%esp), %edx\n" WAIT);
void __attribute__((regparm(0))) wait_for_it(volatile u32 *flag, u32 phase);
PLUGIN_CODE(wait_with_fpu, "fld1; movl $0x3000, %ecx; movl 4(%esp), %edx\n" WAIT);
PLUGIN_CODE(wait, "movl $0x3000, %ecx; movl 4(%esp), %edx\n" WAIT);

#define LATENCY_SAMPLES 31

/*
 * The worst of many events, each asked for at another moment of the monitor's
 * tick, while the guest or a plugin of its waits: instructions from the last
 * time noted to the handler, and in *late nanoseconds from the time asked for
 * to the tick that made it.
 */
static u32 worst_event(const struct test_plugin *p, u32 *late)
{
	static volatile u32 own[2];
	volatile u32 *flag = p ? (volatile u32 *)p->data : own;
	u32 i, worst = 0, value;

	bench_flag = flag;
	*late = 0;
	for (i = 0; i < LATENCY_SAMPLES; i++) {
		u64 at = clock_ns() + 1000000 + i * 130003;

		*flag = 0;
		require(!set_timer(at), "set_timer_op");
		if (p)
			require(!plugin_call(p, i % 4, 0, &value), "a waiting plugin was stopped");
		else
			wait_for_it(flag, i % 4);
		if (bench_cycles > worst)
			worst = bench_cycles;
		if (bench_tick_ns - (u32)at > *late)
			*late = bench_tick_ns - (u32)at;
	}
	return worst;
}

static void latency(const char *suffix)
{
	u32 port = event_bind_virq(VIRQ_TIMER), ticks, late[2], with_fpu;
	static struct test_plugin p;
	char name[48];

	require((int)port > 0 && port < 32, "port %d", port);
	event_unmask(port);
	hypercall(set_callbacks, FLAT_RING1_CS, bench_timer, FLAT_RING1_CS, failsafe_entry);
	upcalls_on();
	plugin_make(&p, wait, wait_end);
	hypercall(plugin_op, PLUGINOP_budget, p.handle, 1000000);
	ticks = worst_event(NULL, &late[0]);
	format_string(name, sizeof(name), "timer_event%s", suffix);
	bench_line(name, ticks, 2);
	ticks = worst_event(&p, &late[1]);
	format_string(name, sizeof(name), "timer_event_in_plugin%s", suffix);
	bench_line(name, ticks, 2);
	plugin_remake(&p, wait_with_fpu, wait_with_fpu_end);
	hypercall(plugin_op, PLUGINOP_budget, p.handle, 1000000);
	ticks = worst_event(&p, &with_fpu);
	format_string(name, sizeof(name), "timer_event_in_plugin_with_fpu%s", suffix);
	bench_line(name, ticks, 2);
	print("late%s: %u ns, in a plugin %u ns\n", suffix, late[0], late[1]);
	event_init();
	event_close(port);
}

USER_DATA static u32 user_ticks[BENCH_SAMPLES] = { 1 };

/* From ring 3 to the guest's handler and back: two rdtsc, as in BENCH(). */
USER_TEXT static u32 user_syscalls(u32 empty_too)
{
	u32 i, start, end, high;

	for (i = 0; i < BENCH_SAMPLES; i++) {
		asm volatile("rdtsc" : "=a"(start), "=d"(high));
		if (!empty_too)
			asm volatile("int $0x80" ::: "memory");
		asm volatile("rdtsc" : "=a"(end), "=d"(high));
		user_ticks[i] = end - start;
	}
	return 0;
}

static u32 user_median(u32 empty_too)
{
	user_call(user_syscalls, empty_too);
	memcpy(bench_samples, user_ticks, sizeof(user_ticks));
	return bench_median();
}

/* The handler must pass the exit of user_call() on to the library. */
asm(".pushsection .text\n"
    "bench_syscall_or_exit:\n"
    "	cmpl $0x55736572, %eax\n" /* USER_EXIT */
    "	jne  bench_syscall\n"
    "	jmp  *(trap_entries + 4 * 128)\n"
    ".popsection");
extern char bench_syscall_or_exit[];

static void syscall(void)
{
	u32 empty_loop, with;

	user_init();
	trap_set(VECTOR_SYSCALL, 3, FLAT_RING1_CS, (u32)bench_syscall_or_exit);
	empty_loop = user_median(1);
	with = user_median(0);
	bench_line("syscall_round_trip", with - empty_loop, 4);
}

void test_main(void)
{
	if (on_ringfence() && plugin_info().mode == PLUGIN_MODE_PAGE) {
		plugin("_page");
		latency("_page");
		report_success();
		return;
	}
	window = pages_alloc(BATCH);
	bench_line("null_hypercall", BENCH(, do_xen_version()), 2);
	bench_line("iret", BENCH(, do_iret()), 2);
	traps();
	mappings();
	event();
	syscall();
	if (on_ringfence()) {
		plugin("");
		latency("");
	}
	report_success();
}

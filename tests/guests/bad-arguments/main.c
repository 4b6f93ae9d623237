// SPDX-License-Identifier: MIT
/*
 * Claim: no argument of any hypercall harms the monitor. An unknown hypercall number
 * returns -ENOSYS; any other mistake returns an errno or has no effect.
 *
 * Provoked by: every hypercall number with every combination of a few invalid words as
 * its first three arguments, then 200,000 calls with words from a generator whose seed
 * is printed. The buffers hold zeroes, ones and random bytes.
 *
 * Cannot tell: what the calls change in the guest's own state; the test sets that state
 * up again where it matters. Not called: what rightly ends or stops the guest (iret,
 * shutdown, block, poll without timeout, VCPUOP_down of the only vcpu), and console
 * writes of random bytes.
 */
#include <lib/test.h>

#define RANDOM_CALLS 200000

/* Buffers of two pages, each with an unmapped page behind. */
#define SIZE (2 * PAGE_SIZE)

static u8 *zeroes, *ones;
static u32 *noise;
static u32 seed = 0x5eed0001;

static u32 random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* Is this the number of a hypercall that Ringfence does not have? */
static bool unknown(u32 nr)
{
	static const u32 known[] = {
		__HYPERVISOR_set_trap_table,
		__HYPERVISOR_mmu_update,
		__HYPERVISOR_set_gdt,
		__HYPERVISOR_stack_switch,
		__HYPERVISOR_set_callbacks,
		__HYPERVISOR_fpu_taskswitch,
		__HYPERVISOR_set_debugreg,
		__HYPERVISOR_get_debugreg,
		__HYPERVISOR_update_descriptor,
		__HYPERVISOR_memory_op,
		__HYPERVISOR_multicall,
		__HYPERVISOR_update_va_mapping,
		__HYPERVISOR_set_timer_op,
		__HYPERVISOR_xen_version,
		__HYPERVISOR_console_io,
		__HYPERVISOR_vm_assist,
		__HYPERVISOR_iret,
		__HYPERVISOR_vcpu_op,
		__HYPERVISOR_mmuext_op,
		__HYPERVISOR_sched_op,
		__HYPERVISOR_callback_op,
		__HYPERVISOR_event_channel_op,
		__HYPERVISOR_physdev_op,
		__HYPERVISOR_plugin_op,
		__HYPERVISOR_sched_op_compat,
		__HYPERVISOR_update_va_mapping_otherdomain,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == nr)
			return false;
	return true;
}

static bool is_noise(u32 address)
{
	return (address >= (u32)noise && address < (u32)noise + SIZE) ||
	       (address >= (u32)ones && address < (u32)ones + SIZE);
}

/* Is this a valid call that ends the guest? */
static bool ends_guest(u32 nr, u32 a, u32 b)
{
	switch (nr) {
	case __HYPERVISOR_iret:
		return true;
	case __HYPERVISOR_sched_op_compat:
		return a == SCHEDOP_block || a == SCHEDOP_shutdown;
	case __HYPERVISOR_sched_op:
		return a == SCHEDOP_block || a == SCHEDOP_shutdown || a == SCHEDOP_poll ||
		       a == SCHEDOP_remote_shutdown || a == SCHEDOP_shutdown_code;
	case __HYPERVISOR_vcpu_op:
		return a == VCPUOP_down;
	case __HYPERVISOR_console_io:
		return a == CONSOLEIO_write && b;
	case __HYPERVISOR_multicall:
		/* Lists of noise could hold any of these. */
		return b && is_noise(a);
	case __HYPERVISOR_set_trap_table:
		/* Noise is a table; a probe of the test may then have no handler. */
		return is_noise(a);
	}
	return false;
}

/* Data breakpoints that noise has set. RF, so that the instruction gets on. */
static bool on_debug(struct regs *regs)
{
	regs->eflags |= EFLAGS_RF;
	hypercall(set_debugreg, 7, 0);
	return true;
}

static void restore_mapping(u32 va)
{
	u8 *const pages[] = { zeroes, ones, (u8 *)noise };
	u32 i;

	va &= ~(PAGE_SIZE - 1);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (va >= (u32)pages[i] && va < (u32)pages[i] + 2 * PAGE_SIZE)
			page_rights((void *)va, PTE_WRITABLE);
}

/* Restores the state that a call may have changed and that the guest needs. */
static void restore(void)
{
	vcpu0.evtchn_upcall_mask = 1;
	trap_init();
	event_init();
	set_timer(0);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	hypercall(fpu_taskswitch, 0);
	hypercall(set_debugreg, 7, 0);
	hypercall(set_gdt, 0, 0);
}

static u32 calls, refused;

static void call(u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e)
{
	long result;

	if (ends_guest(nr, a, b))
		return;
	result = hypercall5(nr, a, b, c, d, e);
	calls++;
	refused += result < 0;
	if (unknown(nr))
		check_eq(result, -XEN_ENOSYS, "hypercall %u(%x, %x, %x)", nr, a, b, c);
	switch (nr) {
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_update_va_mapping_otherdomain:
		restore_mapping(a);
		break;
	case __HYPERVISOR_set_trap_table:
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_callback_op:
	case __HYPERVISOR_fpu_taskswitch:
	case __HYPERVISOR_set_debugreg:
	case __HYPERVISOR_set_gdt:
	case __HYPERVISOR_multicall:
	case __HYPERVISOR_vcpu_op:
	case __HYPERVISOR_set_timer_op:
	case __HYPERVISOR_event_channel_op:
		restore();
	}
}

static const u32 words[] = { 0,	     1,		 2,	     3,		 7,	    0x7ff0,
			     0x1000, 0xf57ffffc, 0xf67ffffe, 0xfc000000, 0xffffffff };

static void combinations(void)
{
	u32 buffers[] = { (u32)zeroes, (u32)ones, (u32)noise, (u32)zeroes + SIZE - 4,
			  start_info->pt_base };
	u32 nr, i, j, k, n = ARRAY_SIZE(words) + ARRAY_SIZE(buffers);

#define WORD(i) ((i) < ARRAY_SIZE(words) ? words[i] : buffers[(i)-ARRAY_SIZE(words)])
	for (nr = 0; nr < 64; nr++)
		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				for (k = 0; k < n; k += unknown(nr) ? 7 : 1)
					call(nr, WORD(i), WORD(j), WORD(k), DOMID_SELF, 0);
	print("%u calls, %u refused\n", calls, refused);
}

/* Numbers beyond the table: compared by the monitor, never masked. */
static void numbers(void)
{
	static const u32 wild[] = { 64,		65,	    127,	  128,
				    255,	256,	    1 << 16 | 17, 0x7fffffff,
				    0x80000000, 0x80000011, 0xffffffff };
	u32 i;
	long result;

	for (i = 0; i < ARRAY_SIZE(wild); i++) {
		asm volatile("int $0x82"
			     : "=a"(result)
			     : "a"(wild[i]), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
			     : "memory");
		check_eq(result, -XEN_ENOSYS, "hypercall number %x", wild[i]);
	}
}

static u32 random_word(void)
{
	u32 r = random();

	switch (r & 7) {
	case 0:
		return words[(r >> 3) % ARRAY_SIZE(words)];
	case 1:
		return (u32)zeroes + (r >> 3) % PAGE_SIZE;
	case 2:
		return (u32)noise + (r >> 3) % PAGE_SIZE;
	case 3:
		return (r >> 3) & 31;
	case 4:
		return frame_of(zeroes) << (r & 8 ? PAGE_SHIFT : 0);
	case 5:
		return 0xf5800000 + ((int)r >> 16);
	default:
		return random();
	}
}

static void randomly(void)
{
	u32 n, i;

	print("random calls from seed %x\n", seed);
	for (n = 0; n < RANDOM_CALLS; n++) {
		if (!(n & 1023))
			for (i = 0; i < SIZE / 4; i++)
				noise[i] = random_word();
		call(random() & 63, random_word(), random_word(), random_word(), random_word(),
		     random_word());
	}
	print("%u calls, %u refused, seed %x\n", calls, refused, seed);
}

static void *buffer(void)
{
	u8 *pages = pages_alloc(3);

	check_errno(page_map(pages + SIZE, 0, 0), 0, "unmap");
	return pages;
}

void test_main(void)
{
	u32 i;

	zeroes = buffer();
	ones = buffer();
	noise = buffer();
	memset(ones, 0xff, SIZE);
	for (i = 0; i < SIZE / 4; i++)
		noise[i] = random();
	trap_handle(X86_DB, on_debug);
	numbers();
	combinations();
	randomly();
	restore();
	check_eq(hypercall(xen_version, XENVER_version) >> 16, 4, "version after all that");
	report_success();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot self-test: which protection mechanisms does this machine enforce? They are
 * tried, because an emulator may report all the CPUID bits of a CPU and check nothing.
 * Each trial runs a few instructions (plugin/probe.S) in ring 2, in segments as a
 * plugin has them, that access what is forbidden. If the expected fault comes, the
 * mechanism is enforced; if the trial reaches its gate, or another fault comes, it is
 * not.
 *
 * Runs on the boot page directory, before there is a guest. A trial that is not stopped
 * accesses only the memory below.
 */
#include <hv/cpu.h>
#include <hv/boot.h>
#include <hv/gdt.h>
#include <hv/layout.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>
#include <hv/string.h>

u32 machine_enforces;

u32 probe_run(struct regs *r);
extern const struct {
	u32 vector;
	const void *stub;
} probe_vectors[], probe_vectors_end[];
extern const u8 probe_code[], probe_read[], probe_write[], probe_push[], probe_jump[], probe_port[],
	probe_sgdt[], probe_iret[], probe_beyond[], probe_gate_only[];

#define STOPPED(vector, error) ((u32)(vector) << 16 | (error))
#define RAN		       STOPPED(PLUGIN_GATE, 0)
#define PORT_UNUSED	       0x80 /* power-on diagnostics: reading it does nothing */

/* Memory for trials: the data segment is the first page, the second lies beyond its limit. */
static u8 ground[2 * PAGE_SIZE] __page_bss;
static const u32 read_only = 0x600d600d;

static const u32 ring2 = DESC_P | DESC_S | DESC_D | DESC_DPL(2);

static void set_data(const void *base, u32 size)
{
	gdt_plugin_set(SEL_PLUGIN_DS2, desc_make((u32)base, size - 1, ring2 | DESC_DATA));
}

static void set_code(const void *base, u32 size)
{
	gdt_plugin_set(SEL_PLUGIN_CS2, desc_make((u32)base, size - 1, ring2 | DESC_XCODE));
}

/* Run the probe at `from`, in a code segment that begins at `base`; ESI = EDX = `esi`. */
static u32 run(const u8 *base, const u8 *from, u32 esi)
{
	struct regs r = {
		.es = SEL_PLUGIN_DS2,
		.ds = SEL_PLUGIN_DS2,
		.ss = SEL_PLUGIN_DS2,
		.cs = SEL_PLUGIN_CS2,
		.eip = (u32)(from - base),
		.esp = PAGE_SIZE,
		.esi = esi,
		.edx = esi,
		.eax = read_only,
		.eflags = EFLAGS_ONE,
	};
	u32 stopped;

	lgdt(&gdtr_plugin);
	stopped = probe_run(&r);
	lgdt(&gdtr_kernel);
	return stopped;
}

static u32 try(const u8 *from, u32 esi)
{
	return run(probe_code, from, esi);
}

static bool limits_hold(void)
{
	return try(probe_read, PAGE_SIZE) == STOPPED(VEC_GP, 0) &&
	       try(probe_read, PAGE_SIZE - 3) == STOPPED(VEC_GP, 0) &&
	       try(probe_write, PAGE_SIZE) == STOPPED(VEC_GP, 0) &&
	       try(probe_push, PAGE_SIZE + 8) == STOPPED(VEC_SS, 0) &&
	       try(probe_jump, (u32)(probe_beyond - probe_code)) == STOPPED(VEC_GP, 0);
}

static bool nx_holds(void)
{
	static const u8 gate[] = { 0xcd, PLUGIN_GATE };
	u32 stopped;

	memcpy(ground, gate, sizeof(gate));
	set_code(ground, PAGE_SIZE);
	stopped = run(ground, ground, 0);
	set_code(probe_code, (u32)(probe_beyond - probe_code));
	return stopped == STOPPED(VEC_PF, 0x11);
}

static bool wp_holds(void)
{
	u32 stopped;

	/* If WP is not enforced, the probe writes the value that is there already. */
	set_data(&read_only, PAGE_SIZE);
	stopped = try(probe_write, 0);
	set_data(ground, PAGE_SIZE);
	return stopped == STOPPED(VEC_PF, 3);
}

static bool ports_hold(void)
{
	u32 closed, open, kept;

	tss.iomap = IOMAP_CLOSED;
	closed = try(probe_port, PORT_UNUSED);
	tss.iomap = IOMAP_OPEN;
	open = try(probe_port, PORT_UNUSED);
	kept = try(probe_port, 0x21);
	return closed == STOPPED(VEC_GP, 0) && open == RAN && kept == STOPPED(VEC_GP, 0);
}

/*
 * On a CPU only ring 0 enters virtual-8086 mode: in other rings iret leaves EFLAGS.VM
 * clear and returns to CS:EIP, so the probe reaches its gate. Where ring 2 does enter the
 * mode, it is ring 3 to paging, and the boot page directory maps no page for ring 3: the
 * probe faults.
 */
static bool vm_flag_holds(void)
{
	return try(probe_iret, EFLAGS_VM | EFLAGS_ONE) == RAN;
}

static const char *yes(u32 bit)
{
	return machine_enforces & bit ? "yes" : "no";
}

void selftest(void)
{
	bool vm_holds;
	u32 i;

	for (i = 0; probe_vectors + i < probe_vectors_end; i++)
		idt_gate(probe_vectors[i].vector, probe_vectors[i].stub,
			 probe_vectors[i].vector == PLUGIN_GATE ? 2 : 0);
	set_code(probe_code, (u32)(probe_beyond - probe_code));
	set_data(ground, PAGE_SIZE);
	i = try(probe_gate_only, 0);
	if (i != RAN)
		cannot_boot(
			"the machine cannot run ring 2 (vector %u, error code %#x); if this is KVM, use an engine that runs rings 1 and 2, such as TCG",
			i >> 16, i & 0xffff);
	if (limits_hold())
		machine_enforces |= PLUGIN_ENFORCES_LIMIT;
	if (have_nx && nx_holds())
		machine_enforces |= PLUGIN_ENFORCES_NX;
	if (wp_holds())
		machine_enforces |= PLUGIN_ENFORCES_WP;
	if (ports_hold())
		machine_enforces |= PLUGIN_ENFORCES_IO_BITMAP;
	if (try(probe_sgdt, 0) == STOPPED(VEC_GP, 0))
		machine_enforces |= PLUGIN_ENFORCES_UMIP;
	vm_holds = vm_flag_holds();
	idt_init();
	gdt_plugin_set(SEL_PLUGIN_CS2, (struct desc){ 0, 0 });
	gdt_plugin_set(SEL_PLUGIN_DS2, (struct desc){ 0, 0 });
	log_info("selftest: limits %s, NX %s, WP %s, port bitmap %s, UMIP %s",
		 yes(PLUGIN_ENFORCES_LIMIT), yes(PLUGIN_ENFORCES_NX), yes(PLUGIN_ENFORCES_WP),
		 yes(PLUGIN_ENFORCES_IO_BITMAP), yes(PLUGIN_ENFORCES_UMIP));
	if (!(machine_enforces & PLUGIN_ENFORCES_WP))
		log_warn(
			"this machine lets the monitor and ring 2 write read-only pages: nothing is protected");
	if (!(machine_enforces & PLUGIN_ENFORCES_IO_BITMAP))
		log_warn(
			"this machine does not enforce the port bitmap: plugins can use every port");
	if (!vm_holds)
		log_info(
			"this machine lets every ring enter virtual-8086 mode and turn interrupts off there: a process can stop the machine, but not access memory of others");
	if (machine_enforces & PLUGIN_ENFORCES_LIMIT)
		return;
	log_info(
		"this machine does not enforce segment limits: the guest kernel is trusted not to attack the monitor; plugins run in %s",
		option_plugin_mode == MODE_UNGUARDED ? "ring 2 unguarded and can write all memory" :
						       "page mode");
}

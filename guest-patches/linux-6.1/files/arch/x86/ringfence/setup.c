// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the monitor's entry to i386_start_kernel(): tables and segments, then the data that a
 * boot loader and a BIOS would give, from start_info and hypercalls.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/panic_notifier.h>
#include <linux/pm.h>
#include <linux/string.h>
#include <asm/bootparam.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/e820/api.h>
#include <asm/fpu/api.h>
#include <asm/processor.h>
#include <asm/reboot.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include <asm/x86_init.h>

#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <xen/interface/sched.h>

#include "../kernel/cpu/cpu.h"
#include "ringfence.h"

struct start_info *ringfence_start_info __initdata;

extern asmlinkage void i386_start_kernel(void);

static void shut_down(unsigned int reason)
{
	struct sched_shutdown arg = { .reason = reason };

	HYPERVISOR_sched_op(SCHEDOP_shutdown, &arg);
}

static void ringfence_restart(char *unused)
{
	shut_down(SHUTDOWN_reboot);
}

static void ringfence_power_off(void)
{
	shut_down(SHUTDOWN_poweroff);
}

static void ringfence_machine_shutdown(void)
{
}

static int ringfence_panic(struct notifier_block *nb, unsigned long event, void *message)
{
	shut_down(SHUTDOWN_crash);
	return NOTIFY_DONE;
}

/* Lowest priority: other panic notifiers may want to print first. */
static struct notifier_block panic_block = {
	.notifier_call = ringfence_panic,
	.priority = INT_MIN,
};

static char *__init ringfence_memory_setup(void)
{
	static struct boot_e820_entry map[E820_MAX_ENTRIES_ZEROPAGE] __initdata;
	struct xen_memory_map arg = { .nr_entries = ARRAY_SIZE(map) };
	unsigned int i;

	set_xen_guest_handle(arg.buffer, map);
	if (HYPERVISOR_memory_op(XENMEM_memory_map, &arg))
		panic("ringfence: no memory map");
	for (i = 0; i < arg.nr_entries; i++)
		e820__range_add(map[i].addr, map[i].size, map[i].type);
	e820__update_table(e820_table);
	return "Ringfence";
}

static void __init init_platform_ops(void)
{
	x86_init.resources.memory_setup = ringfence_memory_setup;
	x86_init.resources.probe_roms = x86_init_noop;
	x86_init.mpparse.find_smp_config = x86_init_noop;
	x86_init.mpparse.get_smp_config = x86_init_uint_noop;
	x86_init.irqs.pre_vector_init = x86_init_noop;
	x86_init.irqs.intr_init = ringfence_init_irq;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_init_noop;
	x86_init.hyper.init_after_bootmem = ringfence_tables_after_bootmem;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;

	machine_ops.restart = ringfence_restart;
	machine_ops.emergency_restart = (void (*)(void))ringfence_restart;
	machine_ops.halt = ringfence_power_off;
	machine_ops.power_off = ringfence_power_off;
	machine_ops.shutdown = ringfence_machine_shutdown;
	pm_power_off = ringfence_power_off;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

/*
 * The monitor masks these features in CPUID. They are cleared here too, because each would make
 * the kernel use registers or instructions that ring 1 does not have.
 */
static void __init init_cpu_features(void)
{
	static const u16 absent[] __initconst = {
		X86_FEATURE_PSE,   X86_FEATURE_PGE,	X86_FEATURE_PAT,
		X86_FEATURE_PSE36, X86_FEATURE_SEP,	X86_FEATURE_VME,
		X86_FEATURE_MTRR,  X86_FEATURE_MCE,	X86_FEATURE_MCA,
		X86_FEATURE_APIC,  X86_FEATURE_X2APIC,	X86_FEATURE_ACPI,
		X86_FEATURE_MWAIT, X86_FEATURE_DS,	X86_FEATURE_PCID,
		X86_FEATURE_XSAVE, X86_FEATURE_SMEP,	X86_FEATURE_SMAP,
		X86_FEATURE_UMIP,  X86_FEATURE_INVPCID, X86_FEATURE_TSC_DEADLINE_TIMER,
	};
	unsigned int i;

	cpu_detect(&new_cpu_data);
	set_cpu_cap(&new_cpu_data, X86_FEATURE_FPU);
	new_cpu_data.x86_capability[CPUID_1_EDX] = cpuid_edx(1);

	for (i = 0; i < ARRAY_SIZE(absent); i++)
		setup_clear_cpu_cap(absent[i]);

	/* Ring 1 enters on the task's stack and has a read-only GDT. */
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	/* The monitor's own time is the TSC. */
	setup_force_cpu_cap(X86_FEATURE_CONSTANT_TSC);
	setup_force_cpu_cap(X86_FEATURE_NONSTOP_TSC);
	setup_force_cpu_cap(X86_FEATURE_TSC_RELIABLE);
	setup_force_cpu_cap(X86_FEATURE_TSC_KNOWN_FREQ);
}

static void __init init_boot_params(void)
{
	struct start_info *si = ringfence_start_info;
	struct setup_header *hdr = &boot_params.hdr;

	strscpy(boot_command_line, (const char *)si->cmd_line, COMMAND_LINE_SIZE);
	hdr->type_of_loader = 9 << 4; /* Xen's number: Linux defines none for Ringfence */
	hdr->version = 0x212;
	hdr->hardware_subarch = X86_SUBARCH_XEN; /* no BIOS, PnP or CMOS clock */
	hdr->cmd_line_ptr = __pa(boot_command_line);
	if (si->mod_len) {
		hdr->ramdisk_image = si->flags & SIF_MOD_START_PFN ? PFN_PHYS(si->mod_start) :
								     __pa(si->mod_start);
		hdr->ramdisk_size = si->mod_len;
	}
}

__visible void __init ringfence_start_kernel(struct start_info *si)
{
	BUILD_BUG_ON(offsetof(struct vcpu_info, evtchn_upcall_mask) != 1);
	BUILD_BUG_ON(offsetof(struct vcpu_info, arch.cr2) != RINGFENCE_VCPU_CR2);

	ringfence_start_info = si;
	ringfence_init_page_tables();
	ringfence_init_segments();
	HYPERVISOR_fpu_taskswitch(0);

	ringfence_init_console();
	init_cpu_features();
	init_boot_params();
	init_platform_ops();
	ringfence_init_pci();
	ringfence_init_time();

	i386_start_kernel();
}

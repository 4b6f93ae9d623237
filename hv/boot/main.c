/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's boot, in order, up to the guest's first instruction.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/msr.h>
#include <hv/pci.h>
#include <hv/plugin.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/version.h>

void boot_main(u32 magic, u32 mbi) noreturn;
void enter_guest(struct regs *r) noreturn;
extern const u8 hv_start[], hv_data_end[];

void boot_main(u32 magic, u32 mbi)
{
	struct regs *r;

	uart_init();
	multiboot_scan(magic, mbi);
	options_parse(monitor_cmdline);
	log_info("Ringfence %s" DEBUG_BUILD ", monitor image %u KiB", RINGFENCE_VERSION,
		 (u32)(hv_data_end - hv_start) >> 10);
	cpu_init();
	memory_init();
	tss_init();
	gdt_init();
	idt_init();
	msr_reset();
	chipset_init();
	pci_init();
	pic_init();
	time_init(option_tick_hz);
	selftest();
	plugin_init();
	crash_rehearse();
	r = domain_build();
	time_set_wallclock();
	time_update_vcpu();
	log_info("monitor memory: %u KiB", memory_monitor_bytes() >> 10);
	world_kernel();
	enter_guest(r);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The task state segment: the ring-0 stack and the port bitmap; and the task
 * that double faults run as.
 */
#include <hv/cpu.h>
#include <hv/io_ports.h>
#include <hv/layout.h>
#include <hv/mm.h>
#include <hv/printk.h>

/* The CPU reads two bytes of the bitmap, so one byte more follows (SDM volume 1, 19.5.2). */
static struct {
	struct tss tss;
	u8 bitmap[8192 + 1];
} __packed tss_page __page_bss;

extern struct tss tss __attribute__((alias("tss_page")));

struct tss double_fault_tss __aligned(128);

u8 monitor_stack[HV_STACK_SIZE] __page_bss;
static u8 double_fault_stack[2048] __aligned(16);

extern u8 entry_double_fault[], boot_l3[];

void io_ports_set(u32 first, u32 last, bool open)
{
	u32 port;

	for (port = first; port <= last && port < 65536; port++)
		if (open)
			tss_page.bitmap[port / 8] &= (u8) ~(1 << (port & 7));
		else
			tss_page.bitmap[port / 8] |= (u8)(1 << (port & 7));
}

void tss_init(void)
{
	u32 port;

	tss.ss0 = SEL_HV_DS;
	tss.esp0 = (u32)monitor_stack + sizeof(monitor_stack);
	tss.iomap = IOMAP_OPEN;
	for (port = 0; port < 65536; port++)
		io_ports_set(port, port, io_port_is_open(port));
	tss_page.bitmap[8192] = 0xff;

	double_fault_tss.cr3 = (u32)hv_pa(boot_l3);
	double_fault_tss.eip = (u32)entry_double_fault;
	double_fault_tss.eflags = 2;
	double_fault_tss.esp = (u32)double_fault_stack + sizeof(double_fault_stack);
	double_fault_tss.esp0 = double_fault_tss.esp;
	double_fault_tss.ss0 = double_fault_tss.ss = SEL_HV_DS;
	double_fault_tss.ds = double_fault_tss.es = SEL_HV_DS;
	double_fault_tss.cs = SEL_HV_CS;
	double_fault_tss.iomap = IOMAP_CLOSED;
}

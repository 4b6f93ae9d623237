// SPDX-License-Identifier: MIT
/*
 * The task state segments: each port's bit of the bitmap after boot and after
 * io_ports_set(), the byte behind the bitmap, and the stacks of both tasks.
 *
 * Cannot tell: that the CPU accepts them; every boot does.
 */
#include <string.h>

#include <hv/cpu.h>
#include <hv/io_ports.h>
#include <hv/layout.h>
#include <hv/mm.h>

#include "check.h"

extern struct tss double_fault_tss;
extern u8 monitor_stack[];
u8 boot_l3[32] __aligned(32), entry_double_fault[1];

bool io_port_is_open(u32 port)
{
	return port % 3 == 0 || port == 65534;
}

static bool is_open(u32 port)
{
	const u8 *bitmap = (const u8 *)&tss + IOMAP_OPEN;

	asm("" : "+r"(bitmap)); /* hide the object's size from the compiler */
	return !(bitmap[port / 8] >> port % 8 & 1);
}

/* Checks that these ports are open or closed as given, and all others as after boot. */
static void check_ports(u32 first, u32 last, bool open)
{
	u32 port;

	for (port = 0; port < 65536; port++)
		CHECK(is_open(port) ==
			      (port >= first && port <= last ? open : io_port_is_open(port)),
		      "port %x", port);
	CHECK(!is_open(65536) && !is_open(65543)); /* the byte that the CPU reads too */
}

int main(void)
{
	static const struct port_range ranges[] = {
		{ 0, 0 }, { 7, 8 }, { 0x1000, 0x103f }, { 0xffff, 0xffff }, { 0xfff1, 0xffff }
	};
	u32 i;

	tss_init();
	check_ports(1, 0, false);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		io_ports_set(ranges[i].first, ranges[i].last, true);
		check_ports(ranges[i].first, ranges[i].last, true);
		io_ports_set(ranges[i].first, ranges[i].last, false);
		check_ports(ranges[i].first, ranges[i].last, false);
		tss_init();
	}
	/* Numbers above the last port. */
	io_ports_set(65536, 65599, true);
	check_ports(1, 0, false);
	io_ports_set(65535, 70000, true);
	check_ports(65535, 65535, true);
	CHECK(tss.ss0 == SEL_HV_DS && tss.esp0 == (u32)monitor_stack + HV_STACK_SIZE);
	CHECK(tss.iomap == IOMAP_OPEN);
	CHECK(double_fault_tss.cr3 == (u32)hv_pa(boot_l3) && double_fault_tss.cs == SEL_HV_CS);
	CHECK(double_fault_tss.eip == (u32)entry_double_fault && double_fault_tss.eflags == 2);
	CHECK(double_fault_tss.ss == SEL_HV_DS && double_fault_tss.ds == SEL_HV_DS);
	CHECK(double_fault_tss.esp && double_fault_tss.iomap == IOMAP_CLOSED);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ending the machine, with a status that scripts/ringfence recognises.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/printk.h>

void machine_exit(enum exit_code code)
{
	const char *shutdown = "Shutdown";
	char line[24];

	/* Logged at any log level; not shown on the guest's console. */
	snprintf(line, sizeof(line), "exit: %#x", code);
	console_log(line, false);
	outl(0xf4, code); /* QEMU's isa-debug-exit: status = code << 1 | 1 */
	while (*shutdown) /* Bochs */
		outb(0x8900, (u8)*shutdown++);
	if (code == EXIT_REBOOT)
		outb(0x64, 0xfe); /* keyboard controller: pulse reset */
	outw(0x604, 0x2000);	  /* QEMU's ACPI: soft off */
	for (;;)
		asm volatile("cli; hlt");
}

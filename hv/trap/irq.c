/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device interrupts. The monitor handles the tick and COM1; every other line becomes
 * an event of the guest and stays masked until the guest's EOI (dom/physdev.c).
 */
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/irq.h>
#include <hv/plugin.h>

void irq_handle(unsigned int irq)
{
	switch (irq) {
	case 0:
		pic_eoi(0);
		if (fault_unlogged)
			fault_log();
		time_tick();
		return;
	case 4:
		uart_interrupt();
		pic_eoi(4);
		if (uart_input_pending())
			event_set_virq(VIRQ_CONSOLE);
		return;
	}
	if (pic_spurious(irq))
		return;
	pic_mask(irq);
	pic_eoi(irq);
	event_set_pirq(irq);
}

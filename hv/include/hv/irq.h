/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt lines. */
#ifndef HV_IRQ_H
#define HV_IRQ_H

void irq_handle(unsigned int irq);

#endif

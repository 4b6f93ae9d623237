// SPDX-License-Identifier: MIT
/*
 * irq_handle(): the actions for each line, spurious or not, and their order with the
 * accesses to the interrupt controller.
 *
 * Cannot tell: which interrupts are spurious; the controller decides that.
 */
#include <string.h>

#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/irq.h>

#include "check.h"

static bool spurious, input;
static char done[128];

#define DONE(...) snprintf(done + strlen(done), sizeof(done) - strlen(done), __VA_ARGS__)

bool pic_spurious(unsigned int irq)
{
	(void)irq;
	return spurious;
}

void pic_eoi(unsigned int irq)
{
	DONE("eoi %u;", irq);
}

void pic_mask(unsigned int irq)
{
	DONE("mask %u;", irq);
}

void time_tick(void)
{
	DONE("tick;");
}

void uart_interrupt(void)
{
	DONE("uart;");
}

bool uart_input_pending(void)
{
	return input;
}

void event_set_virq(unsigned int virq)
{
	DONE("virq %u;", virq);
}

void event_set_pirq(unsigned int irq)
{
	DONE("pirq %u;", irq);
}

u32 fault_unlogged;

void fault_log(void)
{
	DONE("log;");
}

static const char *handle(u32 irq)
{
	done[0] = 0;
	irq_handle(irq);
	return done;
}

int main(void)
{
	char want[64];
	u32 irq;

	for (irq = 0; irq < 16; irq++) {
		spurious = input = irq != 0 && irq != 4;
		CHECK(!spurious || !handle(irq)[0], "line %u: %s", irq, done);
		spurious = input = false;
		if (irq == 0)
			strcpy(want, "eoi 0;tick;");
		else if (irq == 4)
			strcpy(want, "uart;eoi 4;");
		else /* masked until the guest has handled it */
			snprintf(want, sizeof(want), "mask %u;eoi %u;pirq %u;", irq, irq, irq);
		CHECK(!strcmp(handle(irq), want), "line %u: %s", irq, done);
	}
	fault_unlogged = 1;
	CHECK(!strcmp(handle(0), "eoi 0;log;tick;"), "%s", done);
	CHECK(!strcmp(handle(1), "mask 1;eoi 1;pirq 1;"), "%s", done);
	input = true;
	CHECK(!strcmp(handle(4), "uart;eoi 4;virq 2;"), "%s", done);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

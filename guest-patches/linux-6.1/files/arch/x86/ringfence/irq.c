// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts are event channels of the 2-level kind. An ISA or PCI interrupt
 * is a pirq of the same number, bound when it is requested; the monitor masks
 * the line when it delivers and unmasks it at PHYSDEVOP_eoi. Timer and console
 * are virqs, with numbers above those.
 */
#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <asm/idtentry.h>
#include <asm/irq.h>
#include <asm/irq_regs.h>

#include <xen/interface/event_channel.h>
#include <xen/interface/physdev.h>

#include "ringfence.h"

#define NR_PIRQS 16
#define MAX_IRQS (NR_PIRQS + NR_VIRQS) /* NR_IRQS counts the first only */

/* irq of each port and port of each irq; 0: none. */
static u8 port_irq[EVTCHN_2L_NR_CHANNELS];
static u16 irq_port[MAX_IRQS];

static void mask_port(unsigned int port)
{
	set_bit(port, (unsigned long *)ringfence_shared()->evtchn_mask);
}

static void unmask_port(unsigned int port)
{
	struct evtchn_unmask unmask = { .port = port };

	HYPERVISOR_event_channel_op(EVTCHNOP_unmask, &unmask);
}

static void event_mask(struct irq_data *data)
{
	if (irq_port[data->irq])
		mask_port(irq_port[data->irq]);
}

static void event_unmask(struct irq_data *data)
{
	if (irq_port[data->irq])
		unmask_port(irq_port[data->irq]);
}

static void set_port(unsigned int irq, unsigned int port)
{
	BUG_ON(port >= ARRAY_SIZE(port_irq) || irq >= MAX_IRQS);
	port_irq[port] = irq;
	irq_port[irq] = port;
}

static void pirq_eoi(struct irq_data *data)
{
	struct physdev_eoi eoi = { .irq = data->irq };

	HYPERVISOR_physdev_op(PHYSDEVOP_eoi, &eoi);
}

static unsigned int pirq_startup(struct irq_data *data)
{
	struct evtchn_bind_pirq bind = {
		.pirq = data->irq,
		.flags = BIND_PIRQ__WILL_SHARE,
	};
	long err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_pirq, &bind);

	if (err) {
		pr_warn("ringfence: irq %u is not to be had (%ld)\n", data->irq, err);
		return 0;
	}
	set_port(data->irq, bind.port);
	unmask_port(bind.port);
	pirq_eoi(data);
	return 0;
}

static void pirq_shutdown(struct irq_data *data)
{
	struct evtchn_close close = { .port = irq_port[data->irq] };

	if (!close.port)
		return;
	mask_port(close.port);
	port_irq[close.port] = 0;
	irq_port[data->irq] = 0;
	HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
}

static struct irq_chip pirq_chip __read_mostly = {
	.name = "pirq",
	.irq_startup = pirq_startup,
	.irq_shutdown = pirq_shutdown,
	.irq_mask = event_mask,
	.irq_unmask = event_unmask,
	.irq_eoi = pirq_eoi,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static struct irq_chip virq_chip __read_mostly = {
	.name = "virq",
	.irq_mask = event_mask,
	.irq_unmask = event_unmask,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static void handle_port(unsigned int port, struct pt_regs *regs)
{
	unsigned int irq = port_irq[port];

	if (irq)
		__handle_irq(irq_to_desc(irq), regs);
	else
		mask_port(port);
}

static void handle_events(struct pt_regs *regs)
{
	struct shared_info *s = ringfence_shared();
	struct vcpu_info *v = &s->vcpu_info[0];

	do {
		unsigned long words;

		WRITE_ONCE(v->evtchn_upcall_pending, 0);
		/* The monitor sets the flag after the word. */
		words = xchg(&v->evtchn_pending_sel, 0);
		while (words) {
			unsigned int word = __ffs(words);
			unsigned long bits;

			words &= words - 1;
			while ((bits = READ_ONCE(s->evtchn_pending[word]) &
				       ~READ_ONCE(s->evtchn_mask[word]))) {
				unsigned int bit = __ffs(bits);

				clear_bit(bit, &s->evtchn_pending[word]);
				handle_port(word * BITS_PER_LONG + bit, regs);
			}
		}
	} while (READ_ONCE(v->evtchn_upcall_pending));
}

/* The monitor's callback, with events masked; from entry_32.S. */
__visible noinstr void ringfence_upcall(struct pt_regs *regs)
{
	irqentry_state_t state = irqentry_enter(regs);
	struct pt_regs *old;

	instrumentation_begin();
	old = set_irq_regs(regs);
	irq_enter_rcu();
	handle_events(regs);
	irq_exit_rcu();
	set_irq_regs(old);
	instrumentation_end();
	irqentry_exit(regs, state);
}

/* Returns the interrupt's number, or a negative errno. */
int ringfence_bind_virq(unsigned int virq)
{
	struct evtchn_bind_virq bind = { .virq = virq };
	int irq = irq_alloc_desc_from(NR_PIRQS, 0);
	long err;

	if (irq < 0)
		return irq;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &bind);
	if (err) {
		irq_free_desc(irq);
		return err;
	}
	irq_set_chip_and_handler_name(irq, &virq_chip, handle_simple_irq, "event");
	set_port(irq, bind.port);
	unmask_port(bind.port);
	return irq;
}

int ringfence_request_virq(unsigned int virq, irq_handler_t handler, unsigned long flags,
			   const char *name, void *dev)
{
	int irq = ringfence_bind_virq(virq);

	if (irq < 0)
		return irq;
	return request_irq(irq, handler, flags, name, dev);
}

void __init ringfence_init_irq(void)
{
	unsigned int i;

	memset(ringfence_shared()->evtchn_mask, 0xff, sizeof(ringfence_shared()->evtchn_mask));
	for (i = 0; i < NR_PIRQS; i++) {
		if (!irq_to_desc(i) && irq_alloc_desc_at(i, 0) < 0)
			panic("ringfence: no descriptor for irq %u", i);
		irq_set_chip_and_handler_name(i, &pirq_chip, handle_fasteoi_irq, "fasteoi");
	}
}

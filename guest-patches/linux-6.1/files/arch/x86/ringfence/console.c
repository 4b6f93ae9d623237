// SPDX-License-Identifier: GPL-2.0-only
/* hvc0 on the monitor's console, and a boot console that is used until hvc0 exists. */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>

#include "../../../drivers/tty/hvc/hvc_console.h"
#include "ringfence.h"

#define VTERMNO 0x52466e63 /* any number; there is one console */

static int put_chars(u32 vtermno, const char *buf, int count)
{
	long err = HYPERVISOR_console_io(CONSOLEIO_write, count, (char *)buf);

	return err < 0 ? err : count;
}

static int get_chars(u32 vtermno, char *buf, int count)
{
	return HYPERVISOR_console_io(CONSOLEIO_read, count, buf);
}

static const struct hv_ops ops = {
	.get_chars = get_chars,
	.put_chars = put_chars,
	.notifier_add = notifier_add_irq,
	.notifier_del = notifier_del_irq,
	.notifier_hangup = notifier_hangup_irq,
};

static int __init console_init_hvc(void)
{
	return hvc_instantiate(VTERMNO, 0, &ops);
}
console_initcall(console_init_hvc);

static int __init console_init_tty(void)
{
	struct hvc_struct *hp;
	int irq = ringfence_bind_virq(VIRQ_CONSOLE);

	if (irq < 0)
		pr_warn("ringfence: no console input interrupt (%d)\n", irq);
	hp = hvc_alloc(VTERMNO, irq < 0 ? 0 : irq, &ops, 256);
	return PTR_ERR_OR_ZERO(hp);
}
device_initcall(console_init_tty);

static void boot_write(struct console *con, const char *buf, unsigned int len)
{
	put_chars(VTERMNO, buf, len);
}

static struct console boot_console __initdata = {
	.name = "ringfence",
	.write = boot_write,
	.flags = CON_PRINTBUFFER | CON_BOOT | CON_ANYTIME,
	.index = -1,
};

void __init ringfence_init_console(void)
{
	register_console(&boot_console);
}

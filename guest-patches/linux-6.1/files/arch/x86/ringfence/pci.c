// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI on a machine that may never have run a BIOS: interrupt lines are read from the
 * configuration registers, and devices that a BIOS always enables are enabled here.
 */
#include <linux/bits.h>
#include <linux/init.h>
#include <linux/pci.h>
#include <asm/i8259.h>
#include <asm/pci_x86.h>
#include <asm/x86_init.h>

#include "ringfence.h"

#define PIIX_IDETIM	0x40 /* 82371SB data sheet, 2.3.9; one word a channel */
#define PIIX_IDE_DECODE BIT(15)

static void enable_ide_decode(struct pci_dev *dev)
{
	u16 primary, secondary;

	pci_read_config_word(dev, PIIX_IDETIM, &primary);
	pci_read_config_word(dev, PIIX_IDETIM + 2, &secondary);
	if ((primary | secondary) & PIIX_IDE_DECODE)
		return;
	pci_info(dev, "nobody has enabled the IDE channels; doing it\n");
	pci_write_config_word(dev, PIIX_IDETIM, primary | PIIX_IDE_DECODE);
	pci_write_config_word(dev, PIIX_IDETIM + 2, secondary | PIIX_IDE_DECODE);
}
DECLARE_PCI_FIXUP_HEADER(PCI_VENDOR_ID_INTEL, PCI_DEVICE_ID_INTEL_82371SB_1, enable_ide_decode);
DECLARE_PCI_FIXUP_HEADER(PCI_VENDOR_ID_INTEL, PCI_DEVICE_ID_INTEL_82371AB, enable_ide_decode);

static int take_irq(struct pci_dev *dev)
{
	return 0;
}

static void leave_irq(struct pci_dev *dev)
{
}

void __init ringfence_init_pci(void)
{
	x86_init.pci.init_irq = x86_init_noop;
	x86_init.pci.fixup_irqs = x86_init_noop;
	legacy_pic = &null_legacy_pic;
	pcibios_enable_irq = take_irq;
	pcibios_disable_irq = leave_irq;
}

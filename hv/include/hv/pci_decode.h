/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What PCI functions decode (dev/pci_decode.c), for dev/pci.c. A function is named by its
 * bus, device and function number as cf8h takes them, with PCI_ENABLE and register 0.
 */
#ifndef HV_PCI_DECODE_H
#define HV_PCI_DECODE_H

#include <hv/pci.h>
#include <hv/pci_rules.h>

#define PCI_ENABLE 0x80000000u

/* A function that is called for each PCI function; false ends the search. */
typedef bool (*pci_function_fn)(u32 fn, const void *arg);
/* Call `f` for every PCI function on these buses. False if `f` was false. */
bool pci_each_function(u32 first_bus, u32 last_bus, pci_function_fn f, const void *arg);

enum pci_kind pci_kind_of(u32 fn);
u32 pci_command_of(u32 fn);

/* Boot: no BAR may lie over these ports. An empty range is ignored. */
void pci_keep_ports(struct port_range r);

/*
 * Is all permitted that the function decodes with the command bits `decode`? Its BARs are
 * measured, for which decoding is switched off and on again.
 */
bool pci_may_decode(u32 fn, enum pci_kind kind, u32 decode);

/*
 * Close the ports of the function's I/O BARs before a write that can change which ports
 * reach a BAR, and open those that do after it. With `behind` also the ports of all
 * functions behind it, if it is a bridge.
 */
void pci_close_ports(u32 fn, enum pci_kind kind, bool behind);
void pci_open_ports(u32 fn, enum pci_kind kind, bool behind);

#endif

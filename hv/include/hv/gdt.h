/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The descriptor tables (cpu/gdt.c).
 */
#ifndef HV_GDT_H
#define HV_GDT_H

#include <hv/desc_check.h>
#include <hv/layout.h>

/* Set a descriptor in the reserved page of the plugin table. */
void gdt_plugin_set(u32 selector, struct desc d);

#endif

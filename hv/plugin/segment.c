// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptors of the plugin that runs, in the plugin table: its code, to
 * the end of text and not readable, and its data, to the end of its stack.
 * Besides these the table has nothing but the monitor's own (cpu/gdt.c), none
 * of which rings 2 and 3 can load.
 */
#include <hv/cpu.h>
#include <hv/gdt.h>
#include <hv/plugin_slot.h>

void segments_set(const struct plugin *p)
{
	bool page = plugin_mode == PLUGIN_MODE_PAGE;
	u32 base = plugin_base(p), flags = DESC_P | DESC_S | DESC_D;

	flags |= DESC_DPL(page ? 3 : 2);
	gdt_plugin_set(page ? SEL_PLUGIN_CS3 : SEL_PLUGIN_CS2,
		       desc_make(base, PLUGIN_TEXT_BASE + p->text_size - 1, flags | DESC_XCODE));
	gdt_plugin_set(page ? SEL_PLUGIN_DS3 : SEL_PLUGIN_DS2,
		       desc_make(base, p->end - 1, flags | DESC_DATA));
}

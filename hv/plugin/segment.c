// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running plugin's descriptors in the plugin table: code, execute-only, up to the
 * end of text; and data, up to the end of the stack or of the room for windows. The
 * table has no other descriptors but the monitor's own (cpu/gdt.c), which rings 2 and 3
 * cannot load.
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

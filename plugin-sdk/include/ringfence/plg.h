/* SPDX-License-Identifier: MIT */
/*
 * The .plg format: a plugin as a file. plugin-cc writes .plg files, by means of
 * <ringfence/plugin.h> and crt/start.S. The loader in the guest kernel reads them.
 *
 * A .plg file is an ELF32 little-endian i386 file of type ET_EXEC. The code is not
 * position-independent, and the file has no relocations: every address is an offset in
 * the plugin's own segment, and does not depend on where the monitor maps the plugin.
 * The loader takes text and data from the program headers only:
 *
 *   PT_LOAD r-x  text     p_vaddr = 0x1000 (PLUGIN_TEXT_BASE); required
 *   PT_LOAD r--  rodata   p_vaddr = end of text, rounded up to a page
 *   PT_LOAD rw-  data     p_vaddr = end of rodata, rounded up to a page;
 *                         p_memsz - p_filesz is bss
 *   PT_NOTE      notes    required; need not be in a PT_LOAD
 *
 * rodata and data may be missing or empty; the next part then takes their place. The
 * loader refuses a PT_LOAD with other flags, a second part of a kind, and PT_DYNAMIC,
 * PT_INTERP and PT_TLS. p_offset need not be aligned. e_entry is the start stub (see
 * PLUGIN_GATE in the plugin ABI). In memory the heap follows bss, then a guard page and
 * the stack. If the file has PLG_NOTE_WINDOW, another guard page and the room for
 * windows follow.
 *
 * If there is a symbol table (SHT_SYMTAB), the loader keeps the function names for fault
 * reports, and refuses the file if a symbol that is not weak is undefined. The loader
 * also keeps the line table, a section of type PLG_SECTION_LINES described below, and
 * ignores all other sections. plugin-cc leaves debug information out.
 *
 * Notes have the owner PLG_NOTE_OWNER and one of the types below. All values are u32
 * little-endian; strings are printable ASCII, terminated by a zero.
 */
#ifndef RINGFENCE_PLG_H
#define RINGFENCE_PLG_H

#define PLG_NOTE_OWNER	    "Ringfence"
#define PLG_NOTE_OWNER_SIZE 10 /* with the terminating zero; padded to 12 in the file */

/* Exactly one: abi (major << 16 | minor), flags (0). */
#define PLG_NOTE_ABI 0x100
/* At most one: name, version, description: struct plg_about. */
#define PLG_NOTE_ABOUT 0x101
/* At most one each: bytes; the loader rounds up to pages. */
#define PLG_NOTE_STACK 0x102
#define PLG_NOTE_HEAP  0x103
/* At most one: the budget of a call, CPU time in the plugin, 1..10,000,000 microseconds. */
#define PLG_NOTE_BUDGET 0x104
/*
 * One for each entry, of which there is at least one: offset of the function, flags, name.
 * flags: 0, or for a graft PLG_ENTRY_GRAFT() of its point (<ringfence/point_list.h>). A plugin
 * with grafts has more room for windows than PLG_NOTE_WINDOW says: for the largest struct
 * NAME_window of their points.
 */
#define PLG_NOTE_ENTRY			 0x105
#define PLG_ENTRY_GRAFT(number, version) ((number) << 16 | (version)) /* both 1..0xffff */
/* At most one: bytes of room for windows; the loader rounds up to pages. */
#define PLG_NOTE_WINDOW 0x106
/*
 * A loader skips notes of an unknown type from PLG_NOTE_OPTIONAL to PLG_NOTE_LAST, and
 * refuses a file with any other unknown type.
 */
#define PLG_NOTE_OPTIONAL 0x180
#define PLG_NOTE_LAST	  0x1ff

/* Sizes with the terminating zero. */
#define PLG_NAME_SIZE	     32
#define PLG_VERSION_SIZE     16
#define PLG_DESCRIPTION_SIZE 80
#define PLG_ENTRY_NAME_SIZE  56

/*
 * The line table: the source line of the code at each offset. Numbers are unsigned LEB128
 * of at most 32 bits. The table begins with the number of source files and their names,
 * printable ASCII terminated by a zero. Then records follow up to the end of the section,
 * in strictly ascending order of offsets:
 *
 *	offset in text, minus the offset of the record before, or minus
 *		PLUGIN_TEXT_BASE in the first record
 *	number of the source file, from 1; 0: no line is known from here on,
 *		and the record ends
 *	line, as the difference d to the line of the last record that has one, or
 *		to 0 at first; packed as 2d if d >= 0, else as -2d - 1
 *
 * A record is valid up to the next record's offset, the last one up to the end of text.
 * Names are paths as given to the compiler, or their last component, and never absolute.
 * The table is optional: loaders that do not know the section type ignore it.
 */
#define PLG_SECTION_LINES  0x8052464c /* sh_type; not loaded */
#define PLG_LINES_MAX	   (1u << 20) /* bytes */
#define PLG_FILE_NAME_SIZE 64	      /* with the terminating zero */
#define PLG_LINE_MAX	   0xffffffu

#define PLG_STACK_DEFAULT 16384 /* bytes, without PLG_NOTE_STACK */
#define PLG_ENTRIES_MAX	  256
#define PLG_FILE_MAX	  (64u << 20) /* bytes of the whole file */

#ifndef __ASSEMBLY__

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

struct plg_note_head {
	uint32_t owner_size; /* PLG_NOTE_OWNER_SIZE */
	uint32_t desc_size;
	uint32_t type;
	char owner[12];
};

struct plg_abi {
	uint32_t abi;
	uint32_t flags;
};

struct plg_about {
	char name[PLG_NAME_SIZE];
	char version[PLG_VERSION_SIZE];
	char description[PLG_DESCRIPTION_SIZE];
};

struct plg_entry {
	uint32_t offset;
	uint32_t flags; /* 0 or PLG_ENTRY_GRAFT() */
	char name[PLG_ENTRY_NAME_SIZE];
};

#endif /* !__ASSEMBLY__ */
#endif /* RINGFENCE_PLG_H */

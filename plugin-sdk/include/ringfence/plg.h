/* SPDX-License-Identifier: MIT */
/*
 * The .plg format: what a plugin file contains. Read by the loader in the
 * kernel, written by plugin-cc through <ringfence/plugin.h> and crt/start.S.
 *
 * A .plg is an ELF32 little-endian i386 file of type ET_EXEC. It is not
 * position independent and has nothing to relocate: every address in it is an
 * offset in the plugin's own segment, which is the same wherever the plugin
 * is put. Only the program headers count for loading:
 *
 *   PT_LOAD r-x  text     p_vaddr = 0x1000 (PLUGIN_TEXT_BASE); required
 *   PT_LOAD r--  rodata   p_vaddr = end of text, rounded up to a page
 *   PT_LOAD rw-  data     p_vaddr = end of rodata, rounded up to a page;
 *                         p_memsz - p_filesz is bss
 *   PT_NOTE      notes    need not be in a PT_LOAD
 *
 * A part may be missing or empty, text may not. No other flags, no second part
 * of a kind, no PT_DYNAMIC, PT_INTERP or PT_TLS. p_offset has no alignment to
 * keep. e_entry is the start stub (see PLUGIN_GATE in the plugin ABI). The
 * loader adds the heap after bss, a guard page and the stack, and after another
 * guard page the room for windows, if the file asks for it.
 *
 * If there is a symbol table (SHT_SYMTAB) the loader keeps the function names
 * for fault reports, and refuses the file if a symbol is undefined. If there is
 * a section of type PLG_SECTION_LINES it keeps that too: the line table, below.
 * Other sections are ignored; plugin-cc leaves debug information out.
 *
 * Notes have the owner PLG_NOTE_OWNER and these types, all values u32
 * little-endian, strings zero-terminated printable ASCII:
 */
#ifndef RINGFENCE_PLG_H
#define RINGFENCE_PLG_H

#define PLG_NOTE_OWNER	    "Ringfence"
#define PLG_NOTE_OWNER_SIZE 10 /* with its zero; padded to 12 in the file */

/* Exactly one: abi (major << 16 | minor), flags (0). */
#define PLG_NOTE_ABI 0x100
/* At most one: name, version, description, see the sizes below. */
#define PLG_NOTE_ABOUT 0x101
/* At most one each: bytes; the loader rounds up to pages. */
#define PLG_NOTE_STACK 0x102
#define PLG_NOTE_HEAP  0x103
/* At most one: longest time a call may take, microseconds, 1..10,000,000. */
#define PLG_NOTE_BUDGET 0x104
/* One for each entry: offset of the function, flags (0), name. */
#define PLG_NOTE_ENTRY 0x105
/* At most one: bytes of room for windows; the loader rounds up to pages. */
#define PLG_NOTE_WINDOW 0x106
/*
 * A loader skips types from PLG_NOTE_OPTIONAL up that it does not know, and
 * refuses a file with an unknown one below.
 */
#define PLG_NOTE_OPTIONAL 0x180
#define PLG_NOTE_LAST	  0x1ff

/* Sizes with the terminating zero. */
#define PLG_NAME_SIZE	     32
#define PLG_VERSION_SIZE     16
#define PLG_DESCRIPTION_SIZE 80
#define PLG_ENTRY_NAME_SIZE  56

/*
 * The line table: which source line the code at each offset is from. Numbers
 * are unsigned LEB128 of at most 32 bits. First the number of source files and
 * their names, zero-terminated printable ASCII; then records up to the end of
 * the section, in ascending order of offsets:
 *
 *	offset in text, as the difference to the record before (of the first:
 *		to PLUGIN_TEXT_BASE)
 *	number of the source file, from 1; 0: no line is known from here on,
 *		and the record ends
 *	line, as the difference d to the last line given (at first: to 0), packed
 *		as 2d if d >= 0, else -2d - 1
 *
 * A record holds up to the next one, the last up to the end of text. Names are
 * paths as they were given to the compiler, or their last part, but never
 * absolute. Optional; loaders that do not know it ignore it.
 */
#define PLG_SECTION_LINES  0x8052464c /* sh_type; not loaded */
#define PLG_LINES_MAX	   (1u << 20) /* bytes */
#define PLG_FILE_NAME_SIZE 64	      /* with the terminating zero */
#define PLG_LINE_MAX	   0xffffffu

#define PLG_STACK_DEFAULT 16384 /* bytes, without PLG_NOTE_STACK */
#define PLG_ENTRIES_MAX	  256
#define PLG_FILE_MAX	  (64u << 20) /* bytes, debug sections included */

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
	uint32_t flags;
	char name[PLG_ENTRY_NAME_SIZE];
};

#endif /* !__ASSEMBLY__ */
#endif /* RINGFENCE_PLG_H */

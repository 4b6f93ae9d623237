/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of ELF32 that a .plg file uses (System V ABI, chapters 4 and 5). The names
 * differ from those of <elf.h> and <linux/elf.h>, which the port may include.
 */
#ifndef CORE_ELF32_H
#define CORE_ELF32_H

#include "port.h"

struct elf32_head {
	uint8_t ident[16];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint32_t entry;
	uint32_t phoff;
	uint32_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};

#define ELF32_CLASS_32	  1 /* ident[4] */
#define ELF32_CLASS_64	  2
#define ELF32_DATA_LSB	  1 /* ident[5] */
#define ELF32_TYPE_REL	  1
#define ELF32_TYPE_EXEC	  2
#define ELF32_TYPE_DYN	  3
#define ELF32_TYPE_CORE	  4
#define ELF32_MACHINE_386 3

/* A program header. */
struct elf32_part {
	uint32_t type;
	uint32_t offset;
	uint32_t vaddr;
	uint32_t paddr;
	uint32_t filesz;
	uint32_t memsz;
	uint32_t flags;
	uint32_t align;
};

#define ELF32_PART_NULL	   0
#define ELF32_PART_LOAD	   1
#define ELF32_PART_DYNAMIC 2
#define ELF32_PART_INTERP  3
#define ELF32_PART_NOTE	   4
#define ELF32_PART_PHDR	   6
#define ELF32_PART_TLS	   7
#define ELF32_PART_STACK   0x6474e551 /* PT_GNU_STACK: ignored */

#define ELF32_FLAG_X 1
#define ELF32_FLAG_W 2
#define ELF32_FLAG_R 4

struct elf32_section {
	uint32_t name;
	uint32_t type;
	uint32_t flags;
	uint32_t addr;
	uint32_t offset;
	uint32_t size;
	uint32_t link;
	uint32_t info;
	uint32_t addralign;
	uint32_t entsize;
};

#define ELF32_SECTION_SYMTAB 2
#define ELF32_SECTION_STRTAB 3

struct elf32_symbol {
	uint32_t name;
	uint32_t value;
	uint32_t size;
	uint8_t info;
	uint8_t other;
	uint16_t section;
};

#define ELF32_SYMBOL_TYPE(info) ((info)&15)
#define ELF32_SYMBOL_BIND(info) ((info) >> 4)
#define ELF32_SYMBOL_NOTYPE	0
#define ELF32_SYMBOL_FUNC	2
#define ELF32_BIND_WEAK		2
#define ELF32_UNDEFINED		0

#endif /* CORE_ELF32_H */

/* SPDX-License-Identifier: MIT */
/* A valid ELF file of a Xen kernel, which the tests of elf_parse() damage. */
#ifndef HOST_ELF_FILE_H
#define HOST_ELF_FILE_H

#include <stdlib.h>
#include <string.h>

#include <hv/elf.h>
#include <hv/layout.h>

#include "check.h"

#define SIZE 0x400

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
}

static void put32(u8 *p, u32 v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static u32 note(u8 *p, const char *owner, u32 type, const void *desc, u32 size)
{
	u32 name = (u32)strlen(owner) + 1, at = 12 + ROUND_UP(name, 4);

	put32(p, name);
	put32(p + 4, size);
	put32(p + 8, type);
	memcpy(p + 12, owner, name);
	memcpy(p + at, desc, size);
	return at + ROUND_UP(size, 4);
}

static u32 note32(u8 *p, u32 type, u32 v)
{
	return note(p, "Xen", type, &v, 4);
}

/* A kernel of one segment at 0xc0100000 with the notes a kernel has. */
static void good(u8 *f)
{
	u32 n = 0x100;

	memset(f, 0, SIZE);
	memcpy(f, "\177ELF\1\1\1", 7);
	put16(f + 16, 2);
	put16(f + 18, 3);
	put32(f + 24, 0xc0100000);
	put32(f + 28, 52);
	put16(f + 42, 32);
	put16(f + 44, 2);
	put32(f + 52, 1); /* load */
	put32(f + 56, 0x300);
	put32(f + 60, 0xc0100000);
	put32(f + 64, 0x100000);
	put32(f + 68, 0x100);
	put32(f + 72, 0x4000);
	put32(f + 84, 4); /* notes */
	put32(f + 88, 0x100);
	n += note32(f + n, 3, 0xc0000000); /* VIRT_BASE */
	n += note32(f + n, 1, 0xc0100010); /* ENTRY */
	n += note32(f + n, 2, 0xc0101000); /* HYPERCALL_PAGE */
	n += note(f + n, "Xen", 5, "xen-3.0", 8);
	n += note(f + n, "Xen", 9, "yes", 4);
	n += note(f + n, "Ringfence", 1, &(u32){ 1 }, 4);
	put32(f + 100, n - 0x100);
}

static const char *parse(const u8 *f, u32 size, struct elf_kernel *k)
{
	/* A copy of exactly that size: the sanitizer detects a read past its end. */
	u8 *copy = malloc(size ? size : 1);
	const char *error;

	memcpy(copy, f, size);
	error = elf_parse(copy, size, k);
	free(copy);
	checks++;
	return error;
}

#endif /* HOST_ELF_FILE_H */

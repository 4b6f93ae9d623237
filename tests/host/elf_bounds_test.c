// SPDX-License-Identifier: MIT
/*
 * elf_parse(): the last good and the first bad value of every bound, each part of every
 * condition, and the message for each. elf_test.c damages the same file at random.
 *
 * Cannot tell: whether the messages help; people read them.
 */
#include <stdio.h>

#include "elf_file.h"

/* Offsets in the good file. */
#define TYPE	      16
#define MACHINE	      18
#define PHOFF	      28
#define PHENTSIZE     42 /* with PHNUM in the upper half */
#define LOAD(field)   (52 + 4 * (field))
#define NOTES(field)  (84 + 4 * (field))
#define THIRD(field)  (116 + 4 * (field))
#define P_TYPE	      0
#define P_OFFSET      1
#define P_VADDR	      2
#define P_PADDR	      3
#define P_FILESZ      4
#define P_MEMSZ	      5
#define BASE_TYPE     0x108
#define BASE	      0x110
#define ENTRY	      0x124
#define PAGE_TYPE     0x130
#define PAGE	      0x138
#define ABI_SIZE      0x140
#define ABI	      0x14c
#define MODE	      0x164
#define IDENTITY_NAME 0x168
#define IDENTITY_TYPE 0x170
#define IDENTITY_DESC 0x180
#define NOTES_END     0x184
#define NOTES_SIZE    (NOTES_END - 0x100)

/* Other types of a note, for use in place of HYPERCALL_PAGE. */
#define N_PADDR_OFFSET 4
#define N_HV_START_LOW 12
#define N_MOD_START    16
#define N_NOTHING      99

#define HEADERS(size, nr) ((size) | (u32)(nr) << 16)
#define HIGHEST		  (HV_VIRT_START - (16u << 20))

#define CUT	"lies beyond the end"
#define FIT	"a segment does not fit below"
#define SPACE	"its addresses do not fit"
#define OUTSIDE "its entry point is outside"
#define NO_PAGE "its hypercall page is outside"
#define ALIGN	"on a page boundary"
#define MACH	"not an executable for i386"
#define HEAD	"program headers"
#define DAMAGED "ELF header is damaged"
#define NOT_ELF "not an ELF file"
#define OTHER	"another ABI"
#define NO_XEN	"no Xen notes"
#define NO_PAE	"does not say that it is a PAE"
#define NOT_PAE "it is not a PAE kernel"

struct edit {
	u32 at, v;
};

/* The good file with these 32-bit words changed: the expected message, or NULL: accepted. */
static const struct {
	const char *want;
	struct edit edit[5];
} cases[] = {
	{ NULL, {} },
	/* The header. */
	{ NOT_ELF, { { 0, 0x464c457e } } },
	{ NOT_ELF, { { 0, 0x474c457f } } },
	{ "64-bit", { { 4, 0x00010102 } } },
	{ DAMAGED, { { 4, 0x00010103 } } },
	{ DAMAGED, { { 4, 0x00010201 } } },
	{ MACH, { { TYPE, 0x00030001 } } },
	{ NULL, { { TYPE, 0x00030003 } } },
	{ MACH, { { TYPE, 0x00030004 } } },
	{ MACH, { { TYPE, 0x00040002 } } },
	{ HEAD, { { PHENTSIZE, HEADERS(31, 2) } } },
	{ HEAD, { { PHENTSIZE, HEADERS(33, 2) } } },
	{ HEAD, { { PHENTSIZE, HEADERS(32, 0) } } },
	{ NO_XEN, { { PHENTSIZE, HEADERS(32, 1) } } },
	{ NO_XEN, { { PHOFF, SIZE - 64 } } },
	{ HEAD, { { PHOFF, SIZE - 63 } } },
	{ HEAD, { { PHOFF, SIZE } } },
	{ HEAD, { { PHOFF, SIZE + 1 } } },
	{ HEAD, { { PHOFF, ~0u - 32 } } },
	/* What follows the last program header is not read as one. */
	{ NULL, { { THIRD(P_TYPE), 1 }, { THIRD(P_OFFSET), ~0u }, { THIRD(P_MEMSZ), 1 } } },
	/* The type of the third program header decides whether its offset is checked. */
	{ CUT,
	  { { PHENTSIZE, HEADERS(32, 3) },
	    { THIRD(P_TYPE), 1 },
	    { THIRD(P_OFFSET), ~0u },
	    { THIRD(P_MEMSZ), 1 } } },
	{ NULL, { { PHENTSIZE, HEADERS(32, 3) }, { THIRD(P_TYPE), 1 }, { THIRD(P_OFFSET), ~0u } } },
	{ NULL,
	  { { PHENTSIZE, HEADERS(32, 3) },
	    { THIRD(P_TYPE), 6 },
	    { THIRD(P_OFFSET), ~0u },
	    { THIRD(P_MEMSZ), 1 } } },
	/* Notes are read only from a PT_NOTE. */
	{ NO_XEN, { { NOTES(P_TYPE), 6 } } },
	/* Segments. */
	{ NULL, { { LOAD(P_OFFSET), SIZE - 0x100 } } },
	{ CUT, { { LOAD(P_OFFSET), SIZE - 0x100 + 1 } } },
	{ NULL, { { LOAD(P_OFFSET), SIZE }, { LOAD(P_FILESZ), 0 } } },
	{ CUT, { { LOAD(P_OFFSET), SIZE + 1 }, { LOAD(P_FILESZ), 0 } } },
	{ NULL, { { LOAD(P_OFFSET), 0x300 }, { LOAD(P_FILESZ), SIZE - 0x300 } } },
	{ CUT, { { LOAD(P_OFFSET), 0x300 }, { LOAD(P_FILESZ), SIZE - 0x300 + 1 } } },
	{ OUTSIDE, { { LOAD(P_FILESZ), 0x10 }, { LOAD(P_MEMSZ), 0x10 } } },
	{ "larger in the file", { { LOAD(P_FILESZ), 0x11 }, { LOAD(P_MEMSZ), 0x10 } } },
	{ SPACE, { { LOAD(P_PADDR), 0 }, { LOAD(P_MEMSZ), HV_VIRT_START } } },
	{ FIT, { { LOAD(P_PADDR), 0 }, { LOAD(P_MEMSZ), HV_VIRT_START + 1 } } },
	{ OUTSIDE, { { LOAD(P_PADDR), HV_VIRT_START - 0x4000 } } },
	{ FIT, { { LOAD(P_PADDR), HV_VIRT_START - 0x4000 + 1 } } },
	{ "nothing to load", { { LOAD(P_TYPE), 6 } } },
	{ "nothing to load", { { LOAD(P_MEMSZ), 0 } } },
	/* Virtual address of the kernel; without VIRT_BASE it is the physical address. */
	{ NULL,
	  { { BASE, HIGHEST - 0x104000 }, { ENTRY, HIGHEST - 1 }, { PAGE_TYPE, N_NOTHING } } },
	{ SPACE,
	  { { BASE, HIGHEST - 0x104000 + 1 }, { ENTRY, HIGHEST }, { PAGE_TYPE, N_NOTHING } } },
	{ SPACE, { { BASE, 0u - 0x102000 }, { PAGE_TYPE, N_NOTHING } } },
	{ NULL, { { PAGE_TYPE, N_PADDR_OFFSET }, { PAGE, 0x100000 }, { ENTRY, 0xc0000000 } } },
	{ SPACE, { { PAGE_TYPE, N_PADDR_OFFSET }, { PAGE, 0x100001 }, { ENTRY, 0xc0000000 } } },
	{ OUTSIDE, { { PAGE_TYPE, N_PADDR_OFFSET }, { PAGE, 0x100000 }, { ENTRY, 0xbfffffff } } },
	{ NULL,
	  { { BASE_TYPE, N_NOTHING },
	    { PAGE_TYPE, N_PADDR_OFFSET },
	    { PAGE, 0x100000 },
	    { ENTRY, 0x100000 } } },
	{ OUTSIDE, { { BASE_TYPE, N_NOTHING } } },
	{ NULL, { { PAGE_TYPE, N_HV_START_LOW }, { PAGE, HV_VIRT_START } } },
	{ "HV_START_LOW", { { PAGE_TYPE, N_HV_START_LOW }, { PAGE, HV_VIRT_START + 1 } } },
	{ NULL, { { ENTRY, 0xc0100000 } } },
	{ OUTSIDE, { { ENTRY, 0xc00fffff } } },
	{ NULL, { { ENTRY, 0xc0103fff } } },
	{ OUTSIDE, { { ENTRY, 0xc0104000 } } },
	{ NULL, { { PAGE_TYPE, N_NOTHING } } },
	{ NULL, { { PAGE, 0xc0100000 } } },
	{ NO_PAGE, { { PAGE, 0xc00ff000 } } },
	{ NULL, { { PAGE, 0xc0103000 } } },
	{ NO_PAGE, { { PAGE, 0xc0104000 } } },
	{ ALIGN, { { PAGE, 0xc0101001 } } },
	{ ALIGN, { { PAGE, 0xc0101800 } } },
	{ NO_PAGE, { { LOAD(P_MEMSZ), 0x1fff } } },
	{ NULL, { { LOAD(P_MEMSZ), 0x2000 } } },
	/* A kernel of one page has no hypercall page. */
	{ NO_PAGE,
	  { { BASE_TYPE, N_NOTHING },
	    { LOAD(P_PADDR), 0 },
	    { LOAD(P_MEMSZ), 0x800 },
	    { ENTRY, 0 },
	    { PAGE, 0x1000 } } },
	/* Notes: which bytes count as one. */
	{ NULL, { { NOTES(P_OFFSET), 0x100 }, { NOTES(P_FILESZ), SIZE - 0x100 } } },
	{ NO_XEN, { { NOTES(P_OFFSET), 0x100 }, { NOTES(P_FILESZ), SIZE - 0x100 + 1 } } },
	{ NO_XEN, { { NOTES(P_OFFSET), SIZE }, { NOTES(P_FILESZ), 0 } } },
	{ NULL, { { ABI_SIZE, 7 } } },
	{ OTHER, { { ABI_SIZE, 6 } } },
	{ OTHER, { { ABI, 0x2d6e6579 } } },
	{ NOT_PAE, { { MODE, 0x6f6e } } },
	{ OTHER, { { ABI, 0x2d6e6579 }, { MODE, 0x6f6e } } }, /* the first error is reported */
	{ NOT_PAE, { { MODE - 12, 2 }, { MODE, 0x7379 } } },
	{ NO_PAE, { { MODE - 8, N_NOTHING } } },
	{ NO_PAE, { { MODE - 4, 0x006f6f46 } } }, /* of an owner Foo */
};

static void run(unsigned int nr)
{
	struct elf_kernel k;
	const char *error;
	u8 f[SIZE];
	unsigned int i;

	good(f);
	for (i = 0; i < 5; i++)
		if (cases[nr].edit[i].at || cases[nr].edit[i].v)
			put32(f + cases[nr].edit[i].at, cases[nr].edit[i].v);
	error = parse(f, SIZE, &k);
	CHECK(cases[nr].want ? error && strstr(error, cases[nr].want) : !error,
	      "case %u (%#x = %#x): said \"%s\"; wanted \"%s\"", nr, cases[nr].edit[0].at,
	      cases[nr].edit[0].v, error ? error : "ok", cases[nr].want ? cases[nr].want : "ok");
}

static void truncated(u32 size, const char *want)
{
	struct elf_kernel k;
	const char *error;
	u8 f[SIZE];

	good(f);
	error = parse(f, size, &k);
	CHECK(error && strstr(error, want), "%u bytes: \"%s\"", size, error ? error : "ok");
}

/*
 * With the good file's notes changed and cut off after `size` bytes: is the last note,
 * that of owner Ringfence, still read?
 */
static void last_note(struct edit change, u32 size, bool want)
{
	struct elf_kernel k;
	const char *error;
	u8 f[SIZE];

	good(f);
	put32(f + change.at, change.v);
	put32(f + NOTES(P_FILESZ), size);
	error = parse(f, SIZE, &k);
	CHECK(!error, "%s", error);
	CHECK(k.identity == want, "%#x = %#x, %u bytes of notes", change.at, change.v, size);
}

static void last_notes(void)
{
	static const struct edit none = { IDENTITY_TYPE, 1 };

	last_note(none, NOTES_SIZE, true);
	last_note(none, NOTES_SIZE + 12, true); /* another note follows */
	last_note(none, NOTES_SIZE - 1, false);
	last_note(none, NOTES_SIZE - 4, false);
	last_note(none, NOTES_SIZE - 5, false); /* the name's padding */
	last_note(none, NOTES_SIZE - 6, false);
	last_note(none, NOTES_SIZE - 7, false);
	last_note(none, NOTES_SIZE - 17, false);
	last_note((struct edit){ IDENTITY_TYPE, 2 }, NOTES_SIZE, false);
	last_note((struct edit){ IDENTITY_NAME, 9 }, NOTES_SIZE, false);
	last_note((struct edit){ IDENTITY_NAME, 11 }, NOTES_SIZE, false);
	last_note((struct edit){ IDENTITY_NAME + 12, 0x676e6953 }, NOTES_SIZE, false);
	last_note((struct edit){ IDENTITY_DESC, 2 }, NOTES_SIZE, false);
}

/* The result for a note segment that consists of these bytes only. */
static void only(const u8 *bytes, u32 size, const char *want)
{
	struct elf_kernel k;
	const char *error;
	u8 f[SIZE];

	good(f);
	memcpy(f + 0x200, bytes, size);
	put32(f + NOTES(P_OFFSET), 0x200);
	put32(f + NOTES(P_FILESZ), size);
	error = parse(f, SIZE, &k);
	CHECK(want ? error && strstr(error, want) : !error, "%u bytes of notes: \"%s\", not \"%s\"",
	      size, error ? error : "ok", want ? want : "ok");
}

static void odd_notes(void)
{
	u8 bytes[0x100] = { 0 }, f[SIZE];

	good(f);
	/* A note with a name and without a description. */
	put32(bytes, 4);
	put32(bytes + 8, N_NOTHING);
	memcpy(bytes + 12, "Xen", 4);
	only(bytes, 16, NO_PAE);
	only(bytes, 15, NO_XEN);
	put32(bytes, 5);
	only(bytes, 20, NO_XEN);
	/* A name, or a description, whose size exceeds the segment: nothing behind it is read. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + 12, f + 0x100, NOTES_SIZE);
	only(bytes, 12 + NOTES_SIZE, NULL);
	put32(bytes, ~0u);
	only(bytes, 12 + NOTES_SIZE, NO_XEN);
	put32(bytes, 0);
	put32(bytes + 4, ~0u);
	only(bytes, 12 + NOTES_SIZE, NO_XEN);
	/* If the padding of a description is cut off, there is no further note. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, f + 0x100, NOTES_SIZE);
	put32(bytes + NOTES_SIZE, 0);
	put32(bytes + NOTES_SIZE + 4, 5);
	put32(bytes + NOTES_SIZE + 8, N_NOTHING);
	note(bytes + NOTES_SIZE + 20, "Xen", 9, "no", 3);
	only(bytes, NOTES_SIZE + 20, NULL);
	only(bytes, NOTES_SIZE + 19, NULL);
	only(bytes, NOTES_SIZE + 17, NULL);
	only(bytes, NOTES_SIZE + 40, NOT_PAE);
	/* The PAE mode "bimodal" is accepted too. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, f + 0x100, 0x54);
	note(bytes + 0x54, "Xen", 9, "bimodal", 8);
	only(bytes, 0x54 + 24, NULL);
}

/* A p_offset near 2^32 must not wrap to notes in front of the file. */
static void notes_before(void)
{
	struct elf_kernel k;
	const char *error;
	u8 two[2 * SIZE];

	good(two);
	good(two + SIZE);
	put32(two + SIZE + NOTES(P_OFFSET), 0x100u - SIZE);
	error = elf_parse(two + SIZE, SIZE, &k);
	CHECK(error && strstr(error, NO_XEN), "%s", error ? error : "ok");
}

/* ELF_SEGMENTS_MAX segments, and one more. */
static void segments(void)
{
	struct elf_kernel k;
	u32 nr, i;

	for (nr = ELF_SEGMENTS_MAX; nr <= ELF_SEGMENTS_MAX + 1; nr++) {
		u8 f[2 * SIZE] = { 0 };
		const char *error;

		good(f);
		put32(f + PHOFF, SIZE);
		put16(f + PHENTSIZE + 2, nr + 1);
		memcpy(f + SIZE, f + 84, 32);
		for (i = 1; i <= nr; i++) {
			memcpy(f + SIZE + 32 * i, f + 52, 32);
			put32(f + SIZE + 32 * i + 12, 0x100000 + 0x4000 * (i ^ 3));
		}
		error = parse(f, sizeof(f), &k);
		if (nr > ELF_SEGMENTS_MAX) {
			CHECK(error && strstr(error, "more than 16"), "%s", error ? error : "ok");
			continue;
		}
		CHECK(!error, "%s", error);
		CHECK(k.nr_segments == nr && k.p_start == 0x100000 && k.p_end == 0x150000,
		      "%u segments, %#x to %#x", k.nr_segments, k.p_start, k.p_end);
		for (i = 0; i < nr; i++)
			CHECK(k.segment[i].paddr == 0x100000 + 0x4000 * ((i + 1) ^ 3) &&
			      k.segment[i].mem_size == 0x4000 && k.segment[i].offset == 0x300 &&
			      k.segment[i].file_size == 0x100);
	}
}

/* Values of notes are stored; fields without a note are 0. */
static void values(void)
{
	struct elf_kernel k;
	u8 f[SIZE];

	memset(&k, 0xff, sizeof(k));
	good(f);
	put32(f + PAGE_TYPE, N_MOD_START);
	CHECK(!parse(f, SIZE, &k) && k.mod_start_pfn);
	CHECK(!k.hypercall_page && !k.hv_start_low && !k.paddr_offset);
	put32(f + PAGE, 0);
	CHECK(!parse(f, SIZE, &k) && !k.mod_start_pfn);
	put32(f + PAGE_TYPE, N_HV_START_LOW);
	put32(f + PAGE, 0xf5000000);
	CHECK(!parse(f, SIZE, &k) && k.hv_start_low == 0xf5000000);
	/* Without a note the header's entry counts. */
	put32(f + BASE_TYPE + 20, N_NOTHING);
	put32(f + 24, 0xc0100123);
	CHECK(!parse(f, SIZE, &k) && k.entry == 0xc0100123);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run(i);
	truncated(0, NOT_ELF);
	truncated(15, NOT_ELF);
	truncated(16, DAMAGED);
	truncated(51, DAMAGED);
	truncated(52, HEAD);
	last_notes();
	odd_notes();
	notes_before();
	segments();
	values();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

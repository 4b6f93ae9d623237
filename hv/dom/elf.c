/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest kernel's ELF file: segments and Xen's notes (xen/elfnote.h).
 * Every offset and size is checked before it is used; nothing is trusted.
 */
#include <hv/elf.h>
#include <hv/layout.h>
#include <hv/string.h>
#include <xen/elfnote.h>

/* System V gABI, ELF32. */
struct ehdr {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct phdr {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
struct nhdr {
	u32 namesz, descsz, type;
};
#define PT_LOAD	      1
#define PT_NOTE	      4
#define EM_386	      3
#define ET_EXEC	      2
#define ET_DYN	      3
#define NOTE_IDENTITY 1 /* of owner "Ringfence" */

struct notes {
	bool seen_xen, seen_entry, seen_virt_base, pae;
	const char *error;
};

static u32 note_u32(const u8 *desc, u32 size)
{
	u32 v = 0;

	memcpy(&v, desc, MIN(size, sizeof(v)));
	return v;
}

static bool desc_is(const u8 *desc, u32 size, const char *want)
{
	return size >= strlen(want) && !memcmp(desc, want, strlen(want));
}

static void xen_note(u32 type, const u8 *desc, u32 size, struct elf_kernel *k, struct notes *n)
{
	n->seen_xen = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		k->entry = note_u32(desc, size);
		n->seen_entry = true;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		k->hypercall_page = note_u32(desc, size);
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		k->virt_base = note_u32(desc, size);
		n->seen_virt_base = true;
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		k->paddr_offset = note_u32(desc, size);
		break;
	case XEN_ELFNOTE_HV_START_LOW:
		k->hv_start_low = note_u32(desc, size);
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		k->mod_start_pfn = note_u32(desc, size) != 0;
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		if (!desc_is(desc, size, "xen-3.0"))
			n->error = "its note asks for another ABI than xen-3.0";
		break;
	case XEN_ELFNOTE_PAE_MODE:
		n->pae = desc_is(desc, size, "yes") || desc_is(desc, size, "bimodal");
		if (!n->pae)
			n->error = "it is not a PAE kernel (note PAE_MODE is not yes or bimodal)";
		break;
	}
}

static void parse_notes(const u8 *p, u32 size, struct elf_kernel *k, struct notes *n)
{
	struct nhdr h;

	while (size >= sizeof(h) && !n->error) {
		u32 name_size, desc_size;
		const u8 *name = p + sizeof(h), *desc;

		memcpy(&h, p, sizeof(h));
		size -= sizeof(h);
		if (h.namesz > size)
			break;
		name_size = ROUND_UP(h.namesz, 4);
		if (name_size > size || h.descsz > size - name_size)
			break;
		desc_size = ROUND_UP(h.descsz, 4);
		desc = name + name_size;
		if (h.namesz == 4 && !memcmp(name, "Xen", 4))
			xen_note(h.type, desc, h.descsz, k, n);
		else if (h.namesz == 10 && !memcmp(name, "Ringfence", 10) &&
			 h.type == NOTE_IDENTITY)
			k->identity = note_u32(desc, h.descsz) == 1;
		if (desc_size > size - name_size)
			break;
		p = desc + desc_size;
		size -= name_size + desc_size;
	}
}

static const char *check_segment(const struct phdr *ph, u32 size, struct elf_kernel *k)
{
	struct elf_segment *s = &k->segment[k->nr_segments];

	if (ph->offset > size || ph->filesz > size - ph->offset)
		return "a segment lies beyond the end of the file: it was cut short";
	if (ph->filesz > ph->memsz)
		return "a segment is larger in the file than in memory";
	if (ph->memsz > HV_VIRT_START || ph->paddr > HV_VIRT_START - ph->memsz)
		return "a segment does not fit below the monitor";
	if (k->nr_segments == ELF_SEGMENTS_MAX)
		return "it has more than 16 loadable segments";
	s->offset = ph->offset;
	s->file_size = ph->filesz;
	s->paddr = ph->paddr;
	s->mem_size = ph->memsz;
	k->nr_segments++;
	k->p_start = MIN(k->p_start, ph->paddr);
	k->p_end = MAX(k->p_end, ph->paddr + ph->memsz);
	return NULL;
}

static const char *check_header(const u8 *file, u32 size, struct ehdr *e)
{
	if (size < 16 || memcmp(file, "\177ELF", 4))
		return "it is not an ELF file";
	if (file[4] == 2)
		return "it is a 64-bit ELF file; build the kernel for i386";
	if (size < sizeof(*e) || file[4] != 1 || file[5] != 1)
		return "its ELF header is damaged";
	memcpy(e, file, sizeof(*e));
	if (e->machine != EM_386 || (e->type != ET_EXEC && e->type != ET_DYN))
		return "it is not an executable for i386";
	if (e->phentsize != sizeof(struct phdr) || !e->phnum || e->phoff > size ||
	    e->phnum > (size - e->phoff) / sizeof(struct phdr))
		return "its program headers are damaged or cut off";
	return NULL;
}

static const char *check_kernel(struct elf_kernel *k, const struct notes *n)
{
	u32 v_start, v_end;

	if (n->error)
		return n->error;
	if (!n->seen_xen)
		return "it has no Xen notes; give a kernel built for Xen PV (x86_32p)";
	if (!n->pae)
		return "it does not say that it is a PAE kernel (note PAE_MODE)";
	if (!k->nr_segments)
		return "it has nothing to load";
	if (!n->seen_virt_base)
		k->virt_base = k->paddr_offset = 0;
	v_start = k->p_start - k->paddr_offset + k->virt_base;
	v_end = k->p_end - k->paddr_offset + k->virt_base;
	if (k->p_start < k->paddr_offset || v_end < v_start || v_end > HV_VIRT_START - (16u << 20))
		return "its addresses do not fit below the monitor";
	if (k->hv_start_low > HV_VIRT_START)
		return "it wants more address space than the monitor leaves (note HV_START_LOW)";
	if (k->entry < v_start || k->entry >= v_end)
		return "its entry point is outside of it";
	if (k->hypercall_page & (PAGE_SIZE - 1))
		return "its hypercall page is not on a page boundary";
	if (k->hypercall_page &&
	    (k->hypercall_page < v_start || (u64)k->hypercall_page + PAGE_SIZE > v_end))
		return "its hypercall page is outside of it";
	return NULL;
}

const char *elf_parse(const u8 *file, u32 size, struct elf_kernel *k)
{
	struct notes n = { 0 };
	struct ehdr e;
	struct phdr ph;
	const char *error;
	u32 i;

	memset(k, 0, sizeof(*k));
	k->p_start = ~0u;
	error = check_header(file, size, &e);
	if (error)
		return error;
	k->entry = e.entry;
	for (i = 0; i < e.phnum; i++) {
		memcpy(&ph, file + e.phoff + i * sizeof(ph), sizeof(ph));
		if (ph.type == PT_LOAD && ph.memsz) {
			error = check_segment(&ph, size, k);
			if (error)
				return error;
		} else if (ph.type == PT_NOTE && ph.offset <= size &&
			   ph.filesz <= size - ph.offset) {
			parse_notes(file + ph.offset, ph.filesz, k, &n);
		}
	}
	return check_kernel(k, &n);
}

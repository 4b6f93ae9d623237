// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of .plg files (<ringfence/plg.h>). The file is untrusted: every offset and count
 * is checked before use, and sums of both have 64 bits. Structures are copied before use, as
 * nothing in the file is aligned. The parser does not allocate or change the image.
 */
#include "format/elf32.h"
#include "format/plg_reader.h"

#define PARTS_MAX 64

static bool inside(const struct plg_reader *r, uint32_t offset, uint64_t size)
{
	return offset + size <= r->size;
}

static int read_head(struct plg_reader *r, struct elf32_head *head)
{
	static const char hint[] = "build it with plugin-cc";

	if (r->size < sizeof(*head))
		return PLG_REFUSE(r, "the file has %u bytes, fewer than an ELF header: %s", r->size,
				  r->size < 4 || memcmp(r->image, "\177ELF", 4) ?
					  "this is not a .plg" :
					  "it was cut short");
	memcpy(head, r->image, sizeof(*head));
	if (memcmp(head->ident, "\177ELF", 4))
		return PLG_REFUSE(r, "the file is not ELF: this is not a .plg, %s", hint);
	if (head->ident[4] != ELF32_CLASS_32)
		return PLG_REFUSE(r, "the file is ELF%s, a plugin is ELF32: %s",
				  head->ident[4] == ELF32_CLASS_64 ? "64" : " of an unknown class",
				  hint);
	if (head->ident[5] != ELF32_DATA_LSB)
		return PLG_REFUSE(r, "the file is big-endian, a plugin is little-endian: %s", hint);
	if (head->machine != ELF32_MACHINE_386)
		return PLG_REFUSE(r, "the file is for ELF machine %u, a plugin is for 3 (i386): %s",
				  head->machine, hint);
	if (head->type == ELF32_TYPE_REL)
		return PLG_REFUSE(r, "the file is an object file that was not linked: "
				     "link it with plugin-cc -o NAME.plg");
	if (head->type != ELF32_TYPE_EXEC)
		return PLG_REFUSE(r, "the file has ELF type %u (%s), a plugin has 2: %s",
				  head->type,
				  head->type == ELF32_TYPE_DYN	? "shared or position-independent" :
				  head->type == ELF32_TYPE_CORE ? "core dump" :
								  "unknown",
				  hint);
	if (!head->phnum || head->phentsize != sizeof(struct elf32_part))
		return PLG_REFUSE(r, "the file has no usable program headers (%u of %u bytes): %s",
				  head->phnum, head->phentsize, hint);
	if (head->phnum > PARTS_MAX)
		return PLG_REFUSE(r, "the file has %u program headers, a plugin has at most %u: %s",
				  head->phnum, PARTS_MAX, hint);
	if (!inside(r, head->phoff, (uint64_t)head->phnum * sizeof(struct elf32_part)))
		return PLG_REFUSE(r,
				  "the program headers at offset %u end past the file's %u bytes: "
				  "it was cut short",
				  head->phoff, r->size);
	return 0;
}

/*
 * Place a part at page *@next of the plugin, where the part before it ends: its address in the
 * file must be that. *@next becomes the page where this part ends.
 */
static int place(struct plg_reader *r, const struct elf32_part *header, const char *name,
		 struct plg_part *part, uint32_t *next)
{
	uint32_t expected = *next * PLG_PAGE;

	if (header->vaddr != expected)
		return PLG_REFUSE(r,
				  "%s is at 0x%x, but the part before it ends at 0x%x: "
				  "parts must not overlap or leave gaps, link with plugin-cc",
				  name, header->vaddr, expected);
	if (header->memsz > PLUGIN_PAGES_MAX * PLG_PAGE)
		return core_refuse(r->why, -E2BIG,
				   "%s has %u bytes, a whole plugin can have %u: make it smaller",
				   name, header->memsz, PLUGIN_PAGES_MAX * PLG_PAGE);
	part->file.offset = header->offset;
	part->file.size = header->filesz;
	part->memory = header->memsz;
	part->pages = plg_pages(header->memsz);
	*next += part->pages;
	return 0;
}

static int check_part(struct plg_reader *r, const struct elf32_part *part, uint32_t number)
{
	if (!inside(r, part->offset, part->filesz))
		return PLG_REFUSE(r,
				  "program header %u has %u bytes from byte %u on, past the file's "
				  "%u bytes: the file was cut short or damaged",
				  number, part->filesz, part->offset, r->size);
	if (part->type == ELF32_PART_LOAD && part->filesz > part->memsz)
		return PLG_REFUSE(r,
				  "program header %u has %u bytes in the file but %u in memory: "
				  "the file is damaged",
				  number, part->filesz, part->memsz);
	return 0;
}

static int read_parts(struct plg_reader *r, const struct elf32_head *head)
{
	struct elf32_part text = { 0 }, rodata = { 0 }, data = { 0 };
	uint32_t next = PLUGIN_TEXT_BASE / PLG_PAGE;
	struct elf32_part *kind;
	struct elf32_part part;
	uint32_t i;
	int err;

	for (i = 0; i < head->phnum; i++) {
		memcpy(&part, r->image + head->phoff + i * sizeof(part), sizeof(part));
		switch (part.type) {
		case ELF32_PART_NULL:
		case ELF32_PART_PHDR:
		case ELF32_PART_STACK:
			continue;
		case ELF32_PART_DYNAMIC:
		case ELF32_PART_INTERP:
			return PLG_REFUSE(r,
					  "the file asks for a dynamic linker, a plugin has none: "
					  "link it with plugin-cc");
		case ELF32_PART_TLS:
			return PLG_REFUSE(
				r, "the file has thread-local data, a plugin has no threads: "
				   "make the variables static");
		case ELF32_PART_LOAD:
		case ELF32_PART_NOTE:
			break;
		default:
			return PLG_REFUSE(r,
					  "program header %u has the unknown type 0x%x: "
					  "link the file with plugin-cc",
					  i, part.type);
		}
		err = check_part(r, &part, i);
		if (err)
			return err;
		if (part.type == ELF32_PART_NOTE) {
			if (r->file->notes.size)
				return PLG_REFUSE(r, "the file has two note segments: "
						     "link it with plugin-cc");
			r->file->notes.offset = part.offset;
			r->file->notes.size = part.filesz;
			continue;
		}
		if (!part.memsz)
			continue;
		switch (part.flags) {
		case ELF32_FLAG_R | ELF32_FLAG_X:
			kind = &text;
			break;
		case ELF32_FLAG_R:
			kind = &rodata;
			break;
		case ELF32_FLAG_R | ELF32_FLAG_W:
			kind = &data;
			break;
		default:
			return PLG_REFUSE(
				r,
				"program header %u has flags 0x%x%s, a part of a plugin is "
				"r-x, r-- or rw-: link it with plugin-cc",
				i, part.flags,
				(part.flags & 3) == 3 ? " (writable and executable)" : "");
		}
		if (kind->memsz)
			return PLG_REFUSE(r,
					  "program header %u is a second part with flags 0x%x: "
					  "link the file with plugin-cc",
					  i, part.flags);
		*kind = part;
	}

	if (!text.memsz)
		return PLG_REFUSE(r, "the file has no code: add a function with PLUGIN_ENTRY");
	if (text.filesz != text.memsz || rodata.filesz != rodata.memsz)
		return PLG_REFUSE(r, "text or rodata is larger in memory than in the file: "
				     "only data can have bss");
	err = place(r, &text, "text", &r->file->text, &next);
	if (!err && rodata.memsz)
		err = place(r, &rodata, "rodata", &r->file->rodata, &next);
	if (!err && data.memsz)
		err = place(r, &data, "data", &r->file->data, &next);
	return err;
}

static int check_symbols(struct plg_reader *r)
{
	const struct plg_range *strings = &r->file->strings;
	struct elf32_symbol symbol;
	uint32_t i;

	if (!strings->size || r->image[strings->offset + strings->size - 1])
		return PLG_REFUSE(r, "the symbol names are not terminated: the file is damaged");
	for (i = sizeof(symbol); i < r->file->symbols.size; i += sizeof(symbol)) {
		memcpy(&symbol, r->image + r->file->symbols.offset + i, sizeof(symbol));
		if (symbol.name >= strings->size)
			return PLG_REFUSE(r,
					  "symbol %u has its name at byte %u, past the table: "
					  "the file is damaged",
					  (uint32_t)(i / sizeof(symbol)), symbol.name);
		if (symbol.section == ELF32_UNDEFINED &&
		    ELF32_SYMBOL_BIND(symbol.info) != ELF32_BIND_WEAK && symbol.name &&
		    r->image[strings->offset + symbol.name])
			return PLG_REFUSE(
				r, "symbol %.64s is undefined: link the file that defines it",
				(const char *)r->image + strings->offset + symbol.name);
	}
	return 0;
}

static int read_symbols(struct plg_reader *r, const struct elf32_head *head,
			const struct elf32_section *table)
{
	struct elf32_section strings;

	if (table->link >= head->shnum)
		return PLG_REFUSE(r,
				  "the symbol table names section %u of %u for its strings: "
				  "the file is damaged",
				  table->link, head->shnum);
	memcpy(&strings, r->image + head->shoff + table->link * sizeof(strings), sizeof(strings));
	if (strings.type != ELF32_SECTION_STRTAB || table->entsize != sizeof(struct elf32_symbol) ||
	    table->size % sizeof(struct elf32_symbol) || !inside(r, table->offset, table->size) ||
	    !inside(r, strings.offset, strings.size))
		return PLG_REFUSE(r, "the symbol table is not inside the file or not one: "
				     "the file was cut short or damaged");
	if (!table->size)
		return 0;
	r->file->symbols.offset = table->offset;
	r->file->symbols.size = table->size;
	r->file->strings.offset = strings.offset;
	r->file->strings.size = strings.size;
	return check_symbols(r);
}

/* Read the first symbol table and the line table; a file need not have either. */
static int read_sections(struct plg_reader *r, const struct elf32_head *head)
{
	struct elf32_section section;
	bool have_symbols = false;
	uint32_t i;
	int err;

	if (!head->shoff || !head->shnum)
		return 0;
	if (head->shentsize != sizeof(section) ||
	    !inside(r, head->shoff, (uint64_t)head->shnum * sizeof(section)))
		return PLG_REFUSE(r,
				  "the %u section headers at offset %u end past the file's %u "
				  "bytes: it was cut short",
				  head->shnum, head->shoff, r->size);
	for (i = 0; i < head->shnum; i++) {
		memcpy(&section, r->image + head->shoff + i * sizeof(section), sizeof(section));
		err = 0;
		if (section.type == ELF32_SECTION_SYMTAB && !have_symbols) {
			have_symbols = true;
			err = read_symbols(r, head, &section);
		} else if (section.type == PLG_SECTION_LINES) {
			if (!inside(r, section.offset, section.size))
				return PLG_REFUSE(r,
						  "the line table has %u bytes from byte %u on, "
						  "past the file's %u bytes: the file was cut "
						  "short or damaged",
						  section.size, section.offset, r->size);
			err = plg_read_lines(r, section.offset, section.size);
		}
		if (err)
			return err;
	}
	return 0;
}

int plg_parse(const void *image, size_t size, struct plg_file *file, struct core_reason *why)
{
	struct plg_reader r = { .image = image, .file = file, .why = why };
	struct elf32_head head;
	int err;

	memset(file, 0, sizeof(*file));
	if (size > PLG_FILE_MAX)
		return core_refuse(why, -E2BIG,
				   "the file is larger than %u MiB: link it with plugin-cc, which "
				   "leaves debug sections out",
				   PLG_FILE_MAX >> 20);
	r.size = (uint32_t)size;
	err = read_head(&r, &head);
	if (err)
		return err;
	err = read_parts(&r, &head);
	if (err)
		return err;
	file->start = head.entry;
	if (!plg_in_text(&r, head.entry))
		return PLG_REFUSE(&r,
				  "the start stub is at 0x%x, outside of text: link the file with "
				  "plugin-cc",
				  head.entry);
	err = plg_read_notes(&r);
	if (err)
		return err;
	return read_sections(&r, &head);
}

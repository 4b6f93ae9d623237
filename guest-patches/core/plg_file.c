// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads .plg files (<ringfence/plg.h>). The bytes come from whoever loads a
 * plugin and may be anything: every offset and count is checked before use,
 * sums are made in 64 bits, and structures are copied out because nothing in
 * the file is aligned. Never allocates, never changes the image.
 */
#include "elf32.h"
#include "plg_file.h"

#define PAGE 4096u
#define PARTS_MAX 64
#define NOTES_MAX 65536u /* bounds the work of check_entries() */

struct reader {
	const uint8_t *image;
	uint32_t size;
	struct plg_file *file;
	struct core_reason *why;
};

#define REFUSE(reader, ...) core_refuse((reader)->why, -ENOEXEC, __VA_ARGS__)

static uint32_t pages_of(uint64_t bytes)
{
	return (uint32_t)((bytes + PAGE - 1) / PAGE);
}

static bool inside(const struct reader *r, uint32_t offset, uint64_t size)
{
	return offset + size <= r->size;
}

static bool printable(const char *text, size_t room)
{
	size_t i;

	for (i = 0; i < room; i++) {
		if (!text[i])
			return true;
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	}
	return false;
}

bool plg_name_valid(const char *name)
{
	size_t i;

	if (name[0] == '.' || name[0] == '-')
		return false;
	for (i = 0; i < PLG_NAME_SIZE; i++) {
		char c = name[i];

		if (!c)
			return i > 0;
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '.' && c != '-')
			return false;
	}
	return false;
}

static int read_head(struct reader *r, struct elf32_head *head)
{
	static const char hint[] = "build it with plugin-cc";

	if (r->size < sizeof(*head))
		return REFUSE(r, "the file has %u bytes, fewer than an ELF header: %s", r->size,
			      r->size < 4 || memcmp(r->image, "\177ELF", 4) ?
				      "this is not a .plg" : "it was cut short");
	memcpy(head, r->image, sizeof(*head));
	if (memcmp(head->ident, "\177ELF", 4))
		return REFUSE(r, "the file is not ELF: this is not a .plg, %s", hint);
	if (head->ident[4] != ELF32_CLASS_32)
		return REFUSE(r, "the file is ELF%s, a plugin is ELF32: %s",
			      head->ident[4] == ELF32_CLASS_64 ? "64" : " of an unknown class",
			      hint);
	if (head->ident[5] != ELF32_DATA_LSB)
		return REFUSE(r, "the file is big-endian, a plugin is little-endian: %s", hint);
	if (head->machine != ELF32_MACHINE_386)
		return REFUSE(r, "the file is for ELF machine %u, a plugin is for 3 (i386): %s",
			      head->machine, hint);
	if (head->type == ELF32_TYPE_REL)
		return REFUSE(r, "the file is an object file that was not linked: "
				 "link it with plugin-cc -o NAME.plg");
	if (head->type != ELF32_TYPE_EXEC)
		return REFUSE(r, "the file has ELF type %u (%s), a plugin has 2: %s", head->type,
			      head->type == ELF32_TYPE_DYN  ? "shared or position-independent" :
			      head->type == ELF32_TYPE_CORE ? "core dump" :
							      "unknown",
			      hint);
	if (!head->phnum || head->phentsize != sizeof(struct elf32_part))
		return REFUSE(r, "the file has no usable program headers (%u of %u bytes): %s",
			      head->phnum, head->phentsize, hint);
	if (head->phnum > PARTS_MAX)
		return REFUSE(r, "the file has %u program headers, a plugin has at most %u: %s",
			      head->phnum, PARTS_MAX, hint);
	if (!inside(r, head->phoff, (uint64_t)head->phnum * sizeof(struct elf32_part)))
		return REFUSE(r, "the program headers at offset %u end past the file's %u bytes: "
				 "it was cut short",
			      head->phoff, r->size);
	return 0;
}

/* @part goes to where its predecessor ended, page @*next. */
static int place(struct reader *r, const struct elf32_part *header, const char *name,
		 struct plg_part *part, uint32_t *next)
{
	uint32_t expected = *next * PAGE;

	if (header->vaddr != expected)
		return REFUSE(r, "%s is at %#x, but the part before it ends at %#x: "
				 "parts must not overlap or leave gaps, link with plugin-cc",
			      name, header->vaddr, expected);
	if (header->memsz > PLUGIN_PAGES_MAX * PAGE)
		return core_refuse(r->why, -E2BIG,
				   "%s has %u bytes, a whole plugin can have %u: make it smaller",
				   name, header->memsz, PLUGIN_PAGES_MAX * PAGE);
	part->file.offset = header->offset;
	part->file.size = header->filesz;
	part->memory = header->memsz;
	part->pages = pages_of(header->memsz);
	*next += part->pages;
	return 0;
}

static int check_part(struct reader *r, const struct elf32_part *part, uint32_t number)
{
	if (!inside(r, part->offset, part->filesz))
		return REFUSE(r, "program header %u has %u bytes from byte %u on, past the file's "
				 "%u bytes: the file was cut short or damaged",
			      number, part->filesz, part->offset, r->size);
	if (part->type == ELF32_PART_LOAD && part->filesz > part->memsz)
		return REFUSE(r, "program header %u has %u bytes in the file but %u in memory: "
				 "the file is damaged",
			      number, part->filesz, part->memsz);
	return 0;
}

static int read_parts(struct reader *r, const struct elf32_head *head)
{
	struct elf32_part text = { 0 }, rodata = { 0 }, data = { 0 };
	uint32_t next = PLUGIN_TEXT_BASE / PAGE;
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
			return REFUSE(r, "the file asks for a dynamic linker, a plugin has none: "
					 "link it with plugin-cc");
		case ELF32_PART_TLS:
			return REFUSE(r, "the file has thread-local data, a plugin has no threads: "
					 "make the variables static");
		case ELF32_PART_LOAD:
		case ELF32_PART_NOTE:
			break;
		default:
			return REFUSE(r, "program header %u has the unknown type %#x: "
					 "link the file with plugin-cc",
				      i, part.type);
		}
		err = check_part(r, &part, i);
		if (err)
			return err;
		if (part.type == ELF32_PART_NOTE) {
			if (r->file->notes.size)
				return REFUSE(r, "the file has two note segments: "
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
			return REFUSE(r, "program header %u has flags %#x%s, a part of a plugin is "
					 "r-x, r-- or rw-: link it with plugin-cc",
				      i, part.flags,
				      (part.flags & 3) == 3 ? " (writable and executable)" : "");
		}
		if (kind->memsz)
			return REFUSE(r, "program header %u is a second part with flags %#x: "
					 "link the file with plugin-cc",
				      i, part.flags);
		*kind = part;
	}

	if (!text.memsz)
		return REFUSE(r, "the file has no code: add a function with PLUGIN_ENTRY");
	if (text.filesz != text.memsz || rodata.filesz != rodata.memsz)
		return REFUSE(r, "text or rodata is larger in memory than in the file: "
				 "only data can have bss");
	err = place(r, &text, "text", &r->file->text, &next);
	if (!err && rodata.memsz)
		err = place(r, &rodata, "rodata", &r->file->rodata, &next);
	if (!err && data.memsz)
		err = place(r, &data, "data", &r->file->data, &next);
	return err;
}

static bool in_text(const struct reader *r, uint32_t offset)
{
	return offset >= PLUGIN_TEXT_BASE && offset - PLUGIN_TEXT_BASE < r->file->text.memory;
}

/*
 * One note with our owner. @seen has a bit for each type that may come once.
 */
static int read_note(struct reader *r, uint32_t type, const uint8_t *desc, uint32_t size,
		     uint32_t *seen, uint32_t *stack, uint32_t *heap)
{
	static const struct {
		const char *name;
		uint32_t size;
	} known[] = {
		[PLG_NOTE_ABI - PLG_NOTE_ABI] = { "ABI", sizeof(struct plg_abi) },
		[PLG_NOTE_ABOUT - PLG_NOTE_ABI] = { "PLUGIN", sizeof(struct plg_about) },
		[PLG_NOTE_STACK - PLG_NOTE_ABI] = { "PLUGIN_STACK", sizeof(uint32_t) },
		[PLG_NOTE_HEAP - PLG_NOTE_ABI] = { "PLUGIN_HEAP", sizeof(uint32_t) },
		[PLG_NOTE_BUDGET - PLG_NOTE_ABI] = { "PLUGIN_BUDGET_US", sizeof(uint32_t) },
		[PLG_NOTE_ENTRY - PLG_NOTE_ABI] = { "PLUGIN_ENTRY", sizeof(struct plg_entry) },
	};
	uint32_t index = type - PLG_NOTE_ABI;
	struct plg_entry entry;
	struct plg_abi abi;
	uint32_t value;

	if (type >= PLG_NOTE_OPTIONAL && type <= PLG_NOTE_LAST)
		return 0;
	if (index >= sizeof(known) / sizeof(known[0]))
		return REFUSE(r, "the file has a note of type %#x, which this kernel does not "
				 "know: it was built with a newer SDK, update the kernel",
			      type);
	if (size != known[index].size)
		return REFUSE(r, "the %s note has %u bytes instead of %u: "
				 "build the file with this kernel's SDK",
			      known[index].name, size, known[index].size);
	if (type != PLG_NOTE_ENTRY) {
		if (*seen & (1u << index))
			return REFUSE(r, "%s is given more than once: keep one", known[index].name);
		*seen |= 1u << index;
	}

	memcpy(&value, desc, sizeof(value));
	switch (type) {
	case PLG_NOTE_ABI:
		memcpy(&abi, desc, sizeof(abi));
		r->file->abi = abi.abi;
		if (abi.abi >> 16 != PLUGIN_ABI_MAJOR || (abi.abi & 0xffff) > PLUGIN_ABI_MINOR)
			return REFUSE(r, "the file is built for plugin ABI %u.%u, this kernel has "
					 "%u.%u: build it with this kernel's SDK",
				      abi.abi >> 16, abi.abi & 0xffff, PLUGIN_ABI_MAJOR,
				      PLUGIN_ABI_MINOR);
		if (abi.flags)
			return REFUSE(r, "the ABI note has unknown flags %#x: "
					 "build the file with this kernel's SDK",
				      abi.flags);
		return 0;
	case PLG_NOTE_ABOUT:
		memcpy(&r->file->about, desc, sizeof(r->file->about));
		if (!plg_name_valid(r->file->about.name))
			return REFUSE(r, "the name in PLUGIN() is not one: use 1 to %u letters, "
					 "digits, _ . -",
				      PLG_NAME_SIZE - 1);
		if (!printable(r->file->about.version, PLG_VERSION_SIZE) ||
		    !printable(r->file->about.description, PLG_DESCRIPTION_SIZE))
			return REFUSE(r, "the version or description in PLUGIN() is not "
					 "terminated printable ASCII");
		return 0;
	case PLG_NOTE_STACK:
		*stack = value;
		return value ? 0 : REFUSE(r, "PLUGIN_STACK is 0: give at least one byte");
	case PLG_NOTE_HEAP:
		*heap = value;
		return 0;
	case PLG_NOTE_BUDGET:
		if (!value || value > 10000000)
			return REFUSE(r, "PLUGIN_BUDGET_US is %u: give 1 to 10000000", value);
		r->file->budget_us = value;
		return 0;
	}

	memcpy(&entry, desc, sizeof(entry));
	if (!entry.name[0] || !printable(entry.name, sizeof(entry.name)))
		return REFUSE(r, "entry %u has no terminated printable name",
			      r->file->nr_entries);
	if (entry.flags)
		return REFUSE(r, "entry %s has unknown flags %#x: "
				 "build the file with this kernel's SDK",
			      entry.name, entry.flags);
	if (!in_text(r, entry.offset))
		return REFUSE(r, "entry %s is at %#x, outside of text: name a function in "
				 "PLUGIN_ENTRY",
			      entry.name, entry.offset);
	if (++r->file->nr_entries > PLG_ENTRIES_MAX)
		return REFUSE(r, "the file has more than %u entries", PLG_ENTRIES_MAX);
	return 0;
}

/*
 * Steps to the note at *@at and past it. Returns 1 with a note of ours, 0 with
 * another's, negative with none that makes sense.
 */
static int next_note(const uint8_t *notes, uint32_t size, uint32_t *at, uint32_t *type,
		     uint32_t *desc, uint32_t *desc_size)
{
	uint32_t head[3];
	uint64_t owner = (uint64_t)*at + sizeof(head);
	uint64_t start, end;

	if (owner > size)
		return -1;
	memcpy(head, notes + *at, sizeof(head));
	start = owner + (((uint64_t)head[0] + 3) & ~3ull);
	end = start + head[1];
	if (end > size)
		return -1;
	*type = head[2];
	*desc = (uint32_t)start;
	*desc_size = head[1];
	end = (end + 3) & ~3ull;
	*at = end < size ? (uint32_t)end : size;
	return head[0] == PLG_NOTE_OWNER_SIZE &&
	       !memcmp(notes + owner, PLG_NOTE_OWNER, PLG_NOTE_OWNER_SIZE);
}

static int read_notes(struct reader *r)
{
	const uint8_t *notes = r->image + r->file->notes.offset;
	uint32_t size = r->file->notes.size;
	uint32_t stack = PLG_STACK_DEFAULT, heap = 0, seen = 0;
	uint32_t type, desc, desc_size;
	uint32_t total;
	uint32_t at = 0;
	int err;

	if (size > NOTES_MAX)
		return REFUSE(r, "the note segment has %u bytes, a plugin's has at most %u: "
				 "link the file with plugin-cc",
			      size, NOTES_MAX);
	while (at < size) {
		uint32_t begin = at;

		err = next_note(notes, size, &at, &type, &desc, &desc_size);
		if (err < 0)
			return REFUSE(r, "the note at byte %u of the note segment ends past it: "
					 "the file was cut short or damaged",
				      begin);
		if (!err)
			continue;
		err = read_note(r, type, notes + desc, desc_size, &seen, &stack, &heap);
		if (err)
			return err;
	}
	if (!(seen & 1))
		return REFUSE(r, "the file has no Ringfence ABI note: this is not a plugin, "
				 "build it with plugin-cc");
	if (!r->file->nr_entries)
		return REFUSE(r, "the file has no entry to call: add a function with PLUGIN_ENTRY");

	/* Pages of 32-bit sizes: their sum cannot wrap. */
	r->file->stack_pages = pages_of(stack);
	r->file->heap_pages = pages_of(heap);
	r->file->data.pages += r->file->heap_pages;
	total = r->file->text.pages + r->file->rodata.pages + r->file->data.pages +
		r->file->stack_pages;
	if (total > PLUGIN_PAGES_MAX)
		return core_refuse(r->why, -E2BIG,
				   "the plugin needs %u pages (heap %u, stack %u), a plugin can "
				   "have %u: make it smaller",
				   total, r->file->heap_pages, r->file->stack_pages,
				   PLUGIN_PAGES_MAX);
	return 0;
}

static int check_entries(struct reader *r)
{
	const uint8_t *notes = r->image + r->file->notes.offset;
	uint32_t size = r->file->notes.size;
	uint32_t type, desc, desc_size, other_desc;
	struct plg_entry one, two;
	uint32_t at = 0, behind;

	/* At most 256 entries: comparing each with each is cheap. */
	while (at < size) {
		if (next_note(notes, size, &at, &type, &desc, &desc_size) != 1 ||
		    type != PLG_NOTE_ENTRY)
			continue;
		memcpy(&one, notes + desc, sizeof(one));
		for (behind = at; behind < size;) {
			if (next_note(notes, size, &behind, &type, &other_desc, &desc_size) != 1 ||
			    type != PLG_NOTE_ENTRY)
				continue;
			memcpy(&two, notes + other_desc, sizeof(two));
			if (!strcmp(one.name, two.name))
				return REFUSE(r, "entry %s is there twice: rename one", one.name);
		}
	}
	return 0;
}

void plg_entries(const void *image, const struct plg_file *file, struct plg_entry *entries)
{
	const uint8_t *notes = (const uint8_t *)image + file->notes.offset;
	uint32_t type, desc, desc_size;
	uint32_t at = 0, nr = 0, i;
	struct plg_entry entry;

	while (at < file->notes.size && nr < file->nr_entries) {
		if (next_note(notes, file->notes.size, &at, &type, &desc, &desc_size) != 1 ||
		    type != PLG_NOTE_ENTRY)
			continue;
		memcpy(&entry, notes + desc, sizeof(entry));
		for (i = nr++; i && entries[i - 1].offset > entry.offset; i--)
			entries[i] = entries[i - 1];
		entries[i] = entry;
	}
}

static int check_symbols(struct reader *r)
{
	const struct plg_range *strings = &r->file->strings;
	struct elf32_symbol symbol;
	uint32_t i;

	if (!strings->size || r->image[strings->offset + strings->size - 1])
		return REFUSE(r, "the symbol names are not terminated: the file is damaged");
	for (i = sizeof(symbol); i < r->file->symbols.size; i += sizeof(symbol)) {
		memcpy(&symbol, r->image + r->file->symbols.offset + i, sizeof(symbol));
		if (symbol.name >= strings->size)
			return REFUSE(r, "symbol %u has its name at byte %u, past the table: "
					 "the file is damaged",
				      (uint32_t)(i / sizeof(symbol)), symbol.name);
		if (symbol.section == ELF32_UNDEFINED &&
		    ELF32_SYMBOL_BIND(symbol.info) != ELF32_BIND_WEAK && symbol.name &&
		    r->image[strings->offset + symbol.name])
			return REFUSE(r, "symbol %.64s is undefined: link the file that defines it",
				      (const char *)r->image + strings->offset + symbol.name);
	}
	return 0;
}

static int read_sections(struct reader *r, const struct elf32_head *head)
{
	struct elf32_section table, strings;
	uint32_t i;

	if (!head->shoff || !head->shnum)
		return 0;
	if (head->shentsize != sizeof(table) ||
	    !inside(r, head->shoff, (uint64_t)head->shnum * sizeof(table)))
		return REFUSE(r, "the %u section headers at offset %u end past the file's %u "
				 "bytes: it was cut short",
			      head->shnum, head->shoff, r->size);
	for (i = 0; i < head->shnum; i++) {
		memcpy(&table, r->image + head->shoff + i * sizeof(table), sizeof(table));
		if (table.type == ELF32_SECTION_SYMTAB)
			break;
	}
	if (i == head->shnum)
		return 0;
	if (table.link >= head->shnum)
		return REFUSE(r, "the symbol table names section %u of %u for its strings: "
				 "the file is damaged",
			      table.link, head->shnum);
	memcpy(&strings, r->image + head->shoff + table.link * sizeof(strings), sizeof(strings));
	if (strings.type != ELF32_SECTION_STRTAB || table.entsize != sizeof(struct elf32_symbol) ||
	    table.size % sizeof(struct elf32_symbol) || !inside(r, table.offset, table.size) ||
	    !inside(r, strings.offset, strings.size))
		return REFUSE(r, "the symbol table is not inside the file or not one: "
				 "the file was cut short or damaged");
	if (!table.size)
		return 0;
	r->file->symbols.offset = table.offset;
	r->file->symbols.size = table.size;
	r->file->strings.offset = strings.offset;
	r->file->strings.size = strings.size;
	return check_symbols(r);
}

int plg_parse(const void *image, size_t size, struct plg_file *file, struct core_reason *why)
{
	struct reader r = { .image = image, .file = file, .why = why };
	struct elf32_head head;
	int err;

	memset(file, 0, sizeof(*file));
	if (size > PLG_FILE_MAX)
		return core_refuse(why, -E2BIG, "the file is larger than %u MiB: strip its debug "
						"sections",
				   PLG_FILE_MAX >> 20);
	r.size = (uint32_t)size;
	err = read_head(&r, &head);
	if (err)
		return err;
	err = read_parts(&r, &head);
	if (err)
		return err;
	file->start = head.entry;
	if (!in_text(&r, head.entry))
		return REFUSE(&r, "the start stub is at %#x, outside of text: link the file with "
				  "plugin-cc",
			      head.entry);
	err = read_notes(&r);
	if (err)
		return err;
	err = check_entries(&r);
	if (err)
		return err;
	return read_sections(&r, &head);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The notes of a .plg file: ABI, name, sizes, budget, room for windows, entries. */
#include "format/plg_reader.h"
#include <ringfence/point_list.h>

#define NOTES_MAX 65536u /* bytes; bounds the work of check_entries() */

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

/* State of reading the notes. */
struct notes {
	struct plg_reader *r;
	uint32_t seen;	      /* bit i set: a note of known[i] has been read */
	uint32_t stack, heap; /* bytes */
	uint32_t graft_pages; /* the largest window of a graft; 0: no entry is one */
	uint32_t ring_pages;  /* of rings of events */
};

static uint32_t number(const uint8_t *desc)
{
	uint32_t value;

	memcpy(&value, desc, sizeof(value));
	return value;
}

static int read_abi(struct notes *n, const uint8_t *desc)
{
	struct plg_abi abi;

	memcpy(&abi, desc, sizeof(abi));
	n->r->file->abi = abi.abi;
	if (abi.abi >> 16 != PLUGIN_ABI_MAJOR || (abi.abi & 0xffff) > PLUGIN_ABI_MINOR)
		return PLG_REFUSE(n->r,
				  "the file is built for plugin ABI %u.%u, this kernel has "
				  "%u.%u: build it with this kernel's SDK",
				  abi.abi >> 16, abi.abi & 0xffff, PLUGIN_ABI_MAJOR,
				  PLUGIN_ABI_MINOR);
	if (abi.flags)
		return PLG_REFUSE(n->r,
				  "the ABI note has unknown flags 0x%x: "
				  "build the file with this kernel's SDK",
				  abi.flags);
	return 0;
}

static int read_about(struct notes *n, const uint8_t *desc)
{
	struct plg_about *about = &n->r->file->about;

	memcpy(about, desc, sizeof(*about));
	if (!plg_name_valid(about->name))
		return PLG_REFUSE(n->r,
				  "the name in PLUGIN() is not one: use 1 to %u letters, "
				  "digits, _ . -",
				  PLG_NAME_SIZE - 1);
	if (!printable(about->version, PLG_VERSION_SIZE) ||
	    !printable(about->description, PLG_DESCRIPTION_SIZE))
		return PLG_REFUSE(n->r, "the version or description in PLUGIN() is not "
					"terminated printable ASCII: use plain letters");
	return 0;
}

static int read_stack(struct notes *n, const uint8_t *desc)
{
	n->stack = number(desc);
	return n->stack ? 0 : PLG_REFUSE(n->r, "PLUGIN_STACK is 0: give at least one byte");
}

static int read_heap(struct notes *n, const uint8_t *desc)
{
	n->heap = number(desc);
	return 0;
}

static int read_budget(struct notes *n, const uint8_t *desc)
{
	uint32_t us = number(desc);

	if (!us || us > 10000000)
		return PLG_REFUSE(n->r, "PLUGIN_BUDGET_US is %u: give 1 to 10000000", us);
	n->r->file->budget_us = us;
	return 0;
}

/* Pages of the window of grafts of the point with that number. */
static uint32_t graft_pages(uint32_t point)
{
	switch (point) {
#define POINT_PAGES(number, version, name, ...) \
	case number:                            \
		return plg_pages(sizeof(struct name##_window));
		POINT_LIST(POINT_PAGES)
#undef POINT_PAGES
	default: /* of another kernel: here it cannot be attached */
		return 1;
	}
}

/* Are windows of the point rings, of which a plugin gets one for each point? */
static bool is_ring(uint32_t point)
{
	enum { METHOD, EVENT, EVENT_RING };

	switch (point) {
#define POINT_IS_RING(number, version, name, kind, ...) \
	case number:                                    \
		return (kind) == EVENT_RING;
		POINT_LIST(POINT_IS_RING)
#undef POINT_IS_RING
	default:
		return false;
	}
}

static int read_entry(struct notes *n, const uint8_t *desc)
{
	struct plg_reader *r = n->r;
	struct plg_entry entry;
	uint32_t pages;

	memcpy(&entry, desc, sizeof(entry));
	if (!entry.name[0] || !printable(entry.name, sizeof(entry.name)))
		return PLG_REFUSE(r,
				  "entry %u has no terminated printable name: name a function in "
				  "PLUGIN_ENTRY",
				  r->file->nr_entries);
	if (entry.flags && (!(entry.flags >> 16) || !(entry.flags & 0xffff)))
		return PLG_REFUSE(r,
				  "entry %s has unknown flags 0x%x: "
				  "build the file with this kernel's SDK",
				  entry.name, entry.flags);
	pages = entry.flags ? graft_pages(entry.flags >> 16) : 0;
	if (is_ring(entry.flags >> 16))
		n->ring_pages += pages;
	else if (pages > n->graft_pages)
		n->graft_pages = pages;
	if (!plg_in_text(r, entry.offset))
		return PLG_REFUSE(r,
				  "entry %s is at 0x%x, outside of text: name a function in "
				  "PLUGIN_ENTRY",
				  entry.name, entry.offset);
	if (++r->file->nr_entries > PLG_ENTRIES_MAX)
		return PLG_REFUSE(
			r,
			"the file has more than %u entries: make some of them one, with an "
			"argument that says which",
			PLG_ENTRIES_MAX);
	return 0;
}

static int read_window(struct notes *n, const uint8_t *desc)
{
	uint32_t bytes = number(desc);

	n->r->file->window_pages = plg_pages(bytes);
	if (n->r->file->window_pages > PLUGIN_WINDOW_PAGES_MAX)
		return core_refuse(n->r->why, -E2BIG,
				   "PLUGIN_WINDOW_BYTES is %u, a plugin can have room for "
				   "windows of %u bytes: ask for less",
				   bytes, PLUGIN_WINDOW_PAGES_MAX * PLG_PAGE);
	return 0;
}

/* The types of notes; the index is the type less PLG_NOTE_ABI. */
static const struct known {
	const char *name; /* the macro in the plugin's source; "ABI" has none */
	uint32_t size;	  /* of the contents, in bytes */
	bool many;	  /* a file may have more than one */
	int (*read)(struct notes *n, const uint8_t *desc);
} known[] = {
#define KNOWN(type) [PLG_NOTE_##type - PLG_NOTE_ABI]
	KNOWN(ABI) = { "ABI", sizeof(struct plg_abi), false, read_abi },
	KNOWN(ABOUT) = { "PLUGIN", sizeof(struct plg_about), false, read_about },
	KNOWN(STACK) = { "PLUGIN_STACK", sizeof(uint32_t), false, read_stack },
	KNOWN(HEAP) = { "PLUGIN_HEAP", sizeof(uint32_t), false, read_heap },
	KNOWN(BUDGET) = { "PLUGIN_BUDGET_US", sizeof(uint32_t), false, read_budget },
	KNOWN(ENTRY) = { "PLUGIN_ENTRY", sizeof(struct plg_entry), true, read_entry },
	KNOWN(WINDOW) = { "PLUGIN_WINDOW_BYTES", sizeof(uint32_t), false, read_window },
#undef KNOWN
};

/* Read a note whose owner is PLG_NOTE_OWNER; unknown optional types are ignored. */
static int read_note(struct notes *n, uint32_t type, const uint8_t *desc, uint32_t size)
{
	uint32_t index = type - PLG_NOTE_ABI;

	if (type >= PLG_NOTE_OPTIONAL && type <= PLG_NOTE_LAST)
		return 0;
	if (index >= sizeof(known) / sizeof(known[0]))
		return PLG_REFUSE(n->r,
				  "the file has a note of type 0x%x, which this kernel does not "
				  "know: it was built with a newer SDK, update the kernel",
				  type);
	if (size != known[index].size)
		return PLG_REFUSE(n->r,
				  "the %s note has %u bytes instead of %u: "
				  "build the file with this kernel's SDK",
				  known[index].name, size, known[index].size);
	if (!known[index].many && n->seen & (1u << index))
		return PLG_REFUSE(n->r, "%s is given more than once: keep one", known[index].name);
	n->seen |= 1u << index;
	return known[index].read(n, desc);
}

/*
 * Find the contents of the note at byte *@at, and advance *@at to the next note. Returns 1 if
 * the owner is PLG_NOTE_OWNER, 0 if not, negative if the note exceeds @size bytes of notes.
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

/* Refuse two entries of the same name. */
static int check_entries(struct plg_reader *r)
{
	const uint8_t *notes = r->image + r->file->notes.offset;
	uint32_t size = r->file->notes.size;
	uint32_t type, desc, desc_size, other_desc;
	struct plg_entry one, two;
	uint32_t at = 0, behind;

	/* Compares each entry with each: there are at most PLG_ENTRIES_MAX. */
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
				return PLG_REFUSE(r, "entry %s is there twice: rename one",
						  one.name);
		}
	}
	return 0;
}

int plg_read_notes(struct plg_reader *r)
{
	const uint8_t *notes = r->image + r->file->notes.offset;
	uint32_t size = r->file->notes.size;
	struct notes n = { .r = r, .stack = PLG_STACK_DEFAULT };
	uint32_t type, desc, desc_size;
	uint32_t total;
	uint32_t at = 0;
	int err;

	if (size > NOTES_MAX)
		return PLG_REFUSE(r,
				  "the note segment has %u bytes, a plugin's has at most %u: "
				  "link the file with plugin-cc",
				  size, NOTES_MAX);
	while (at < size) {
		uint32_t begin = at;

		err = next_note(notes, size, &at, &type, &desc, &desc_size);
		if (err < 0)
			return PLG_REFUSE(r,
					  "the note at byte %u of the note segment ends past it: "
					  "the file was cut short or damaged",
					  begin);
		if (!err)
			continue;
		err = read_note(&n, type, notes + desc, desc_size);
		if (err)
			return err;
	}
	if (!(n.seen & 1))
		return PLG_REFUSE(r, "the file has no Ringfence ABI note: this is not a plugin, "
				     "build it with plugin-cc");
	if (!r->file->nr_entries)
		return PLG_REFUSE(
			r, "the file has no entry to call: add a function with PLUGIN_ENTRY");

	r->file->graft_pages = n.graft_pages;
	r->file->window_pages += n.graft_pages + n.ring_pages;
	if (r->file->window_pages > PLUGIN_WINDOW_PAGES_MAX)
		r->file->window_pages = PLUGIN_WINDOW_PAGES_MAX;
	/* The sums cannot wrap: each term is at most 2^32 bytes, in pages. */
	r->file->stack_pages = plg_pages(n.stack);
	r->file->heap_pages = plg_pages(n.heap);
	r->file->data.pages += r->file->heap_pages;
	total = r->file->text.pages + r->file->rodata.pages + r->file->data.pages +
		r->file->stack_pages;
	if (total > PLUGIN_PAGES_MAX)
		return core_refuse(r->why, -E2BIG,
				   "the plugin needs %u pages (heap %u, stack %u), a plugin can "
				   "have %u: make it smaller",
				   total, r->file->heap_pages, r->file->stack_pages,
				   PLUGIN_PAGES_MAX);
	return check_entries(r);
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

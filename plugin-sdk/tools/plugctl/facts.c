// SPDX-License-Identifier: MIT
#include "facts.h"
#include "fault.h"
#include "services.h"
#include "words.h"

void facts_complete(struct plugin *plugin)
{
	const struct ringfence_show *show = &plugin->show;

	plugin->bytes = (uint64_t)show->text + show->rodata + show->data + show->heap + show->stack;
}

/* How a fact is printed, by its meaning in <linux/ringfence_facts.h>. */
#define MEANS_NUMBER .type = FACT_NUMBER
#define MEANS_COUNT  .type = FACT_NUMBER
#define MEANS_US     .type = FACT_NUMBER, .unit = " us"
#define MEANS_BYTES  .type = FACT_NUMBER, .unit = " bytes"
#define MEANS_OFFSET .type = FACT_NUMBER, .hexadecimal = 1
#define MEANS_ABI    .type = FACT_ABI
#define MEANS_STATE  .type = FACT_WORD, .word = state_word
#define MEANS_MODE   .type = FACT_WORD, .word = mode_word
#define MEANS_STATUS .type = FACT_WORD, .word = status_word
#define MEANS_TEXT   .type = FACT_TEXT
#define MEANS_SET    .type = FACT_SET, .word = service_name, .none = "none"

#define ROW(name, meaning) { FACT_MEMBER(struct ringfence_show, name), MEANS_##meaning },

/* Facts that go into a table, by their place there: those of STRUCT go into none. */
#define IN_PLUGIN_STRUCT(name, meaning)
#define IN_PLUGIN_LIST(name, meaning) ROW(name, meaning)
#define IN_PLUGIN_SHOW(name, meaning)
#define IN_SHOWN_STRUCT(name, meaning)
#define IN_SHOWN_LIST(name, meaning) ROW(name, meaning)
#define IN_SHOWN_SHOW(name, meaning) ROW(name, meaning)

#define IN_PLUGIN(type, name, source, meaning, place, description) IN_PLUGIN_##place(name, meaning)
#define IN_SHOWN(type, name, source, meaning, place, description)  IN_SHOWN_##place(name, meaning)

_Static_assert(!offsetof(struct plugin, show) && !offsetof(struct shown, plugin),
	       "offsets in struct ringfence_show are offsets in these too");

const struct fact plugin_facts[] = {
	ROW(name, TEXT) RINGFENCE_PLUGIN_FACTS(IN_PLUGIN){ FACT_MEMBER(struct plugin, bytes),
							   .type = FACT_NUMBER },
	{ 0 },
};

static const struct fact entry_facts[] = {
	{ FACT_NAMED("name", struct ringfence_entry, entry), .type = FACT_TEXT },
	{ FACT_MEMBER(struct ringfence_entry, offset), .type = FACT_NUMBER },
	{ 0 },
};

static const void *entry_of(const void *structure, uint32_t index)
{
	const struct shown *shown = structure;

	return index < shown->plugin.show.nr_entries ? &shown->entries[index] : NULL;
}

static int has_fault(const void *structure)
{
	return ((const struct shown *)structure)->fault.status != 0;
}

const struct fact shown_facts[] = {
	ROW(name, TEXT) RINGFENCE_PLUGIN_FACTS(IN_SHOWN){
		FACT_NAMED("bytes", struct shown, plugin.bytes), .type = FACT_NUMBER },
	{ "entries", .type = FACT_ITEMS, .facts = entry_facts, .item = entry_of },
	{ FACT_MEMBER(struct shown, fault), .type = FACT_OBJECT, .facts = fault_facts,
	  .present = has_fault },
	{ 0 },
};

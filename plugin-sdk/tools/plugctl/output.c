// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "output.h"

#define LABEL_WIDTH 12 /* of the names before the facts that have a line of their own */

int as_json;

static const void *at(const struct fact *fact, const void *structure)
{
	return (const char *)structure + fact->offset;
}

static uint64_t number_of(const struct fact *fact, const void *structure)
{
	uint64_t wide;
	uint32_t number;

	if (fact->size == sizeof(wide)) {
		memcpy(&wide, at(fact, structure), sizeof(wide));
		return wide;
	}
	memcpy(&number, at(fact, structure), sizeof(number));
	return number;
}

static const char *string_of(const struct fact *fact, const void *structure)
{
	const char *string;

	switch (fact->type) {
	case FACT_WORD:
		return fact->word((uint32_t)number_of(fact, structure));
	case FACT_STRING:
		memcpy(&string, at(fact, structure), sizeof(string));
		return string;
	default: /* FACT_TEXT */
		return at(fact, structure);
	}
}

/* The name of the set's first member from *@number on, which becomes that member; or NULL. */
static const char *next_of(const struct fact *fact, const void *structure, uint32_t *number)
{
	const uint32_t *set = at(fact, structure);

	for (; *number < fact->size * 8; ++*number)
		if (set[*number / 32] >> *number % 32 & 1 && fact->word(*number))
			return fact->word(*number);
	return NULL;
}

static int is_present(const struct fact *fact, const void *structure)
{
	return !fact->present || fact->present(structure);
}

/* Is the name of @length bytes one of @names, which blanks separate? */
static int is_among(const char *names, const char *name, size_t length)
{
	const char *found = names;

	while (found && (found = strstr(found, name))) {
		if ((found == names || found[-1] == ' ') &&
		    (found[length] == ' ' || !found[length]))
			return 1;
		found++;
	}
	return 0;
}

/* The fact whose name is the @length bytes at @name. */
static const struct fact *find(const struct fact *facts, const char *name, size_t length)
{
	for (; facts->name; facts++)
		if (strlen(facts->name) == length && !memcmp(facts->name, name, length))
			return facts;
	abort(); /* bug in plugctl: a form names a fact that its table does not have */
}

/* ---- JSON ---- */

static void put_facts(const struct fact *facts, const void *structure);

static void put_json(const struct fact *fact, const void *structure)
{
	const char *name;
	const void *item;
	uint32_t i;

	if (fact->only_text || !is_present(fact, structure))
		return;
	switch (fact->type) {
	case FACT_NUMBER:
		json_number(fact->name, number_of(fact, structure));
		break;
	case FACT_ABI:
		json_open(fact->name, '{');
		json_number("major", number_of(fact, structure) >> 16);
		json_number("minor", number_of(fact, structure) & 0xffff);
		json_close();
		break;
	case FACT_FLAG:
		json_bool(fact->name, (number_of(fact, structure) & fact->mask) != 0);
		break;
	case FACT_WORD:
	case FACT_TEXT:
	case FACT_STRING:
		json_text(fact->name, string_of(fact, structure));
		break;
	case FACT_SET:
		json_open(fact->name, '[');
		for (i = 0; (name = next_of(fact, structure, &i)); i++)
			json_text(NULL, name);
		json_close();
		break;
	case FACT_OBJECT:
		json_open(fact->name, '{');
		put_facts(fact->facts, at(fact, structure));
		json_close();
		break;
	case FACT_ITEMS:
		json_open(fact->name, '[');
		for (i = 0; (item = fact->item(structure, i)); i++) {
			json_open(NULL, '{');
			put_facts(fact->facts, item);
			json_close();
		}
		json_close();
		break;
	}
}

static void put_facts(const struct fact *facts, const void *structure)
{
	for (; facts->name; facts++)
		put_json(facts, structure);
}

static void put_object(const struct form *form, const void *structure)
{
	const char *name = form->json ? form->json : "";
	const struct fact *fact;
	size_t length;

	json_open(NULL, '{');
	for (; *name; name += length + (name[length] == ' ')) {
		length = strcspn(name, " ");
		put_json(find(form->facts, name, length), structure);
	}
	for (fact = form->facts; fact->name; fact++)
		if (!is_among(form->json, fact->name, strlen(fact->name)))
			put_json(fact, structure);
	json_close();
}

void output_json(const struct form *form, const void *structure)
{
	put_object(form, structure);
}

void output_json_array(const struct form *form, const void *list,
		       const void *(*item)(const void *list, uint32_t index))
{
	const void *structure;
	uint32_t i;

	json_open(NULL, '[');
	for (i = 0; (structure = item(list, i)); i++)
		put_object(form, structure);
	json_close();
}

/* ---- text ---- */

/* Prints the fact; @spec is what {NAME:SPEC} of struct form says, @length bytes of it. */
static void put_text(FILE *to, const struct fact *fact, const void *structure, const char *spec,
		     size_t length)
{
	char last = length ? spec[length - 1] : 0, format[16];
	const char *name, *blank = "";
	const void *item;
	uint64_t number;
	uint32_t i;

	if (last == 'x' || last == 'K')
		length--;
	switch (fact->type) {
	case FACT_NUMBER:
		number = number_of(fact, structure) >> (last == 'K' ? 10 : 0);
		snprintf(format, sizeof(format), "%%%.*sll%c", (int)length, spec,
			 last == 'x' ? 'x' : 'u');
		fprintf(to, format, (unsigned long long)number);
		break;
	case FACT_ABI:
		number = number_of(fact, structure);
		fprintf(to, "%u.%u", (unsigned int)number >> 16, (unsigned int)number & 0xffff);
		break;
	case FACT_FLAG:
		fputs(number_of(fact, structure) & fact->mask ? "yes" : "no", to);
		break;
	case FACT_WORD:
	case FACT_TEXT:
	case FACT_STRING:
		snprintf(format, sizeof(format), "%%%.*ss", (int)length, spec);
		fprintf(to, format, string_of(fact, structure));
		break;
	case FACT_SET:
		for (i = 0; (name = next_of(fact, structure, &i)); i++, blank = " ")
			fprintf(to, "%s%s", blank, name);
		if (!blank[0] && fact->none)
			fputs(fact->none, to);
		break;
	case FACT_ITEMS: /* the first fact of each */
		for (i = 0; (item = fact->item(structure, i)); i++, blank = " ") {
			fputs(blank, to);
			put_text(to, fact->facts, item, "", 0);
		}
		break;
	case FACT_OBJECT:
		break;
	}
}

/* May the part of a line up to its ']' be printed? See struct form. */
static int is_whole(const struct form *form, const char *part, const void *structure)
{
	for (; *part && *part != ']'; part++) {
		const struct fact *fact;
		uint32_t first = 0;

		if (*part != '{')
			continue;
		fact = find(form->facts, part + 1, strcspn(part + 1, ":}"));
		if (!is_present(fact, structure) ||
		    (fact->type == FACT_SET && !next_of(fact, structure, &first)))
			return 0;
	}
	return 1;
}

static void put_line(FILE *to, const struct form *form, const char *line, const void *structure)
{
	const struct fact *fact;
	size_t length;

	for (; *line; line++) {
		if (*line == '[' && !is_whole(form, line, structure)) {
			line = strchr(line, ']');
		} else if (*line == '{') {
			length = strcspn(++line, ":}");
			fact = find(form->facts, line, length);
			line += length + (line[length] == ':');
			length = strcspn(line, "}");
			put_text(to, fact, structure, line, length);
			line += length;
		} else if (*line != '[' && *line != ']') {
			fputc(*line, to);
		}
	}
	fputc('\n', to);
}

static int is_named(const struct form *form, const struct fact *fact)
{
	size_t length = strlen(fact->name), i;

	for (i = 0; form->text[i]; i++) {
		const char *found = form->text[i];

		while ((found = strchr(found, '{')))
			if (!strncmp(++found, fact->name, length) &&
			    (found[length] == ':' || found[length] == '}'))
				return 1;
	}
	return is_among(form->hidden, fact->name, length);
}

void output_text(FILE *to, const struct form *form, const void *structure)
{
	const struct fact *fact;
	size_t i;

	for (i = 0; form->text[i]; i++)
		put_line(to, form, form->text[i], structure);
	for (fact = form->facts; form->hidden && fact->name; fact++) {
		if (fact->type == FACT_OBJECT || is_named(form, fact) ||
		    !is_present(fact, structure))
			continue;
		fprintf(to, "%-*s ", LABEL_WIDTH, fact->name);
		put_text(to, fact, structure, fact->hexadecimal ? "#x" : "",
			 fact->hexadecimal ? 2 : 0);
		fprintf(to, "%s\n", fact->unit ? fact->unit : "");
	}
}

void output_hide_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void output(const struct form *form, const void *structure)
{
	if (as_json)
		output_json(form, structure);
	else
		output_text(stdout, form, structure);
}

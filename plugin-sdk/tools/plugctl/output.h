/* SPDX-License-Identifier: MIT */
/*
 * Prints structures as text and as JSON, both from one description: a table of facts. All
 * verbs print through this module.
 */
#ifndef PLUGCTL_OUTPUT_H
#define PLUGCTL_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Set by --json: all output of plugctl, errors too, is one JSON document. */
extern int as_json;

enum fact_type {
	FACT_NUMBER = 1, /* uint32_t or uint64_t, by its size */
	FACT_ABI,	 /* uint32_t, major << 16 | minor; in JSON an object */
	FACT_WORD,	 /* uint32_t, printed as word(number) */
	FACT_FLAG,	 /* uint32_t, true if a bit of mask is set */
	FACT_TEXT,	 /* char[], terminated */
	FACT_STRING,	 /* const char * */
	FACT_SET,	 /* uint32_t[], a set of numbers: bit n % 32 of word n / 32 stands for n */
	FACT_OBJECT,	 /* a structure, described by facts; only in JSON */
	FACT_ITEMS,	 /* structures that item() gives, each described by facts */
};

/* One fact in a structure. A table of facts ends with one that has no name. */
struct fact {
	const char *name; /* of the member in JSON, and in text forms */
	enum fact_type type;
	size_t offset, size; /* in the structure */
	const char *unit;    /* in text: printed behind a number that has a line of its own */
	int hexadecimal;     /* in text: print a number that has a line of its own so */
	/* WORD: the word for the number. SET: the name of a member, NULL: not printed. */
	const char *(*word)(uint32_t number);
	const char *none; /* SET: in text, instead of an empty set */
	uint32_t mask;	  /* FLAG */
	int only_text;	  /* not printed in JSON, which has the facts that it is made of */
	/* Has the structure this fact? NULL: always. Facts that it has not are not printed. */
	int (*present)(const void *structure);
	const struct fact *facts; /* OBJECT, ITEMS */
	/* ITEMS: the item with that index, from 0; NULL after the last. */
	const void *(*item)(const void *structure, uint32_t index);
};

/* Initialises name, offset and size of the fact that the member of the structure is. */
#define FACT_MEMBER(type, member) FACT_NAMED(#member, type, member)
#define FACT_NAMED(name, type, member) \
	name, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* How to print a structure. */
struct form {
	const struct fact *facts;
	/* Names of the members that JSON has first, separated by blanks; NULL: none. */
	const char *json;
	/*
	 * Lines of text; NULL after the last. In a line, {NAME} stands for the fact of that
	 * name, and {NAME:SPEC} for the fact printed as printf() does with the flags and the
	 * width in SPEC; of a number, SPEC may end with x (hexadecimal) or K (KiB). What is in
	 * brackets is printed if the structure has all facts in it and no set in it is empty.
	 */
	const char *const *text;
	/*
	 * NULL: the text has only these lines. Otherwise each fact that no line names has a
	 * line of its own behind them, but those that are named here.
	 */
	const char *hidden;
};

/* Prints the structure as a JSON document: an object with all of its facts. */
void output_json(const struct form *form, const void *structure);
/* Prints a JSON document that is an array: of the structures that item(@list, index) gives. */
void output_json_array(const struct form *form, const void *list,
		       const void *(*item)(const void *list, uint32_t index));
/* Prints the structure as text to @to. */
void output_text(FILE *to, const struct form *form, const void *structure);
/* Prints the structure to standard output, as JSON with --json and otherwise as text. */
void output(const struct form *form, const void *structure);

/*
 * Replaces control characters by '?', in place. For text that others have chosen: it may
 * contain ends of lines and escape sequences of a terminal.
 */
void output_hide_controls(char *text);

#endif /* PLUGCTL_OUTPUT_H */

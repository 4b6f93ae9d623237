/* SPDX-License-Identifier: MIT */
/*
 * What the host has put into the folder of this program: the plugins and their work, as lines
 *
 *	NAME WORK SERVICES		file `rows`; the plugin is NAME.plg
 *	SEED ROW CLASS AT:BYTES,...	file `plan`, an injection each
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "work.h"

#define ROWS_MAX    32
#define PATCHES_MAX 8

struct row {
	char name[RINGFENCE_NAME_SIZE];
	const struct work *work;
	struct plugin plugin;
	struct seat seat;
};

struct injection {
	uint32_t seed;
	unsigned int row, kind;
	unsigned int nr_patches;
	struct {
		uint32_t at, size;
		uint8_t bytes[192];
	} patches[PATCHES_MAX];
};

/* The file's bytes, which are not freed. */
uint8_t *read_whole(const char *name, uint32_t *size);
/* Fills @rows; returns how many there are. */
unsigned int read_rows(struct row *rows);
/* Reads the next injection of the plan; false at its end. */
bool next_injection(struct injection *injection);
/* Begins again with the first one. */
void rewind_plan(void);
/* A copy of the plugin's image with the injection in it, valid until the next one. */
const uint8_t *injected(const struct plugin *plugin, const struct injection *injection);

#endif /* PLAN_H */

// SPDX-License-Identifier: MIT
/* Names of services, from the list that the kernel is built with too. */
#include <stdio.h>
#include <string.h>

#include <ringfence/service_list.h>

#include "failure.h"
#include "services.h"

#define NAME_OF(number, name, description, first, second) [number] = #name,
static const char *const names_of[] = { SERVICE_LIST(NAME_OF) };

#define NR_NAMES (sizeof(names_of) / sizeof(names_of[0]))

const char *service_name(uint32_t number)
{
	static char text[12];

	if (number < NR_NAMES && names_of[number])
		return names_of[number];
	snprintf(text, sizeof(text), "%u", number);
	return text;
}

/* Adds the service whose name is the @length bytes at @name. Ends the program if none is. */
static void add(const char *name, size_t length, uint32_t *set)
{
	char known[512] = "";
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < NR_NAMES; i++) {
		if (!names_of[i])
			continue;
		if (strlen(names_of[i]) == length && !memcmp(names_of[i], name, length)) {
			set[i / 32] |= 1u << i % 32;
			return;
		}
		if (used < sizeof(known))
			used += snprintf(known + used, sizeof(known) - used, " %s", names_of[i]);
	}
	fail("there is no service named \"%.*s\": there are%s, or none, or all", (int)length, name,
	     known);
}

void services_parse(const char *names, uint32_t set[RINGFENCE_SERVICES_WORDS])
{
	uint32_t i;

	memset(set, 0, RINGFENCE_SERVICES_WORDS * sizeof(*set));
	if (!strcmp(names, "none"))
		return;
	if (!strcmp(names, "all")) {
		for (i = 0; i < NR_NAMES; i++)
			if (names_of[i])
				set[i / 32] |= 1u << i % 32;
		return;
	}
	for (;;) {
		size_t length = strcspn(names, ",");

		add(names, length, set);
		if (!names[length])
			return;
		names += length + 1;
	}
}

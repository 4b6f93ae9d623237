// SPDX-License-Identifier: MIT
/* The verb detach. */
#include <stdint.h>
#include <stdlib.h>

#include "detach.h"
#include "device.h"
#include "failure.h"
#include "number.h"
#include "output.h"

struct detached {
	uint32_t id;
	uint32_t detached; /* 1 */
};

static const struct fact facts[] = {
	{ FACT_MEMBER(struct detached, id), .type = FACT_NUMBER },
	{ FACT_MEMBER(struct detached, detached), .type = FACT_FLAG, .mask = 1 },
	{ 0 },
};

static const struct form form = {
	facts,
	.text = (const char *const[]){ "detached graft {id}", NULL },
};

int run_detach(const struct arguments *arguments)
{
	struct ringfence_detach detach = {
		.id = number_word(arguments, "ID", arguments->words[0], 1, UINT32_MAX),
	};

	if (device_run(RINGFENCE_IOC_DETACH, &detach, sizeof(detach), 0))
		fail("graft %u was not detached: %s", detach.id, reason());
	output(&form, &(struct detached){ detach.id, 1 });
	return EXIT_SUCCESS;
}

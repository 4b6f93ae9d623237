/* SPDX-License-Identifier: MIT */
/* Shared by serving.h and map_test.c: a plugin whose call makes one request, and the answer. */
#ifndef REQUEST_H
#define REQUEST_H

#include "fake_monitor.h"

static struct port_answer asked;
static int answer_status;
static uint32_t answer_value;

/* For fake.ask: requests what is in `asked`. */
static inline bool ask_once(uint32_t handle, uint32_t turn, int status, uint32_t value,
			    struct port_answer *request)
{
	(void)handle;
	if (turn) {
		answer_status = status;
		answer_value = value;
		return false;
	}
	*request = asked;
	return true;
}

#endif /* REQUEST_H */

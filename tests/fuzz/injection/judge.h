/* SPDX-License-Identifier: MIT */
/* What came of an injection, and how often. */
#ifndef JUDGE_H
#define JUDGE_H

#include "plan.h"

/* In the order of OUTCOMES in inject.py. */
enum outcome { UNNOTICED, REFUSED, FAULT, TIMEOUT, FORBIDDEN, KILLED, UNASKED, OUTCOMES };

/* The work is done, and the plugin is still loaded. */
enum outcome judge(const struct seat *seat);
extern const char *const outcome_names[OUTCOMES];

void count_outcome(const struct injection *injection, enum outcome outcome);
void print_outcomes(void);

#endif /* JUDGE_H */

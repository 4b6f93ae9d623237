/* SPDX-License-Identifier: MIT */
/* What the graft of questions.c does: one of these, some times, and how it ends. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

enum { WORK_NONE, WORK_MISSES, WORK_SETS, WORK_LOCKS, WORK_GETS, WORK_LOOKS };

#define WORK(kind, nr)	((kind) | (nr) << 8)
#define WORK_KIND(what) ((what)&0xff)
#define WORK_NR(what)	((what) >> 8 & 0xff)

#define WORK_FAULTS    0x10000u /* in the end */
#define WORK_FORBIDDEN 0x20000u /* in the end: it asks for a service that is not allowed */

#define PLUGIN_SERVICE_FORBIDDEN 200

#endif /* BENCH_WORK_H */

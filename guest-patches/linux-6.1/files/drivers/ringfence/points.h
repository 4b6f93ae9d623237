/* SPDX-License-Identifier: GPL-2.0-only */
/* The graft points of this kernel, from <ringfence/point_list.h>; see core/graft/point.h. */
#ifndef RINGFENCE_POINTS_H
#define RINGFENCE_POINTS_H

#include <ringfence/point_list.h>

#include "core/graft/point.h"

#define POINT_DECLARATION(number, version, name, ...) extern struct core_point point_##name;
POINT_LIST(POINT_DECLARATION)
#undef POINT_DECLARATION

/* The point with that name, with that number, or the one at that index from 0; or NULL. */
struct core_point *point_named(const char *name);
struct core_point *point_numbered(u32 number);
struct core_point *point_at(u32 index);

/* Identities of files and of processes, for the keys of grafts and questions. */
#define POINT_FILE_KEY(inode)  ((uintptr_t)(inode))
#define POINT_PROCESS_KEY(pid) ((uintptr_t)(pid))

#endif /* RINGFENCE_POINTS_H */

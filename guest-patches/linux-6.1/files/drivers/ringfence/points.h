/* SPDX-License-Identifier: GPL-2.0-only */
/* The graft points of this kernel, from <ringfence/point_list.h>; see core/graft/point.h. */
#ifndef RINGFENCE_POINTS_H
#define RINGFENCE_POINTS_H

#include <linux/types.h>
#include <ringfence/point_list.h>

#include "core/graft/point.h"

#define POINT_DECLARATION(number, version, name, ...) extern struct core_point point_##name;
POINT_LIST(POINT_DECLARATION)
#undef POINT_DECLARATION

/* The point with that name, with that number, or the one at that index from 0; or NULL. */
struct core_point *point_named(const char *name);
struct core_point *point_numbered(u32 number);
struct core_point *point_at(u32 index);

/* Identities of files, processes, cgroups and sockets, for the keys of grafts and questions. */
#define POINT_FILE_KEY(inode)	((uintptr_t)(inode))
#define POINT_PROCESS_KEY(pid)	((uintptr_t)(pid))
#define POINT_CGROUP_KEY(memcg) ((uintptr_t)(memcg))
#define POINT_SOCKET_KEY(sk)	((uintptr_t)(sk))

/*
 * What points differ in: a point may be attached to for a process, for all unless it has NO_ALL, for a
 * file unless it has NO_FILES, for a cgroup if it has CGROUPS; or only for a socket, if it has SOCKETS.
 * Questions of a point that WRITES have a function `write`. Grafts may fail closed at a point that
 * CLOSES.
 */
#define POINT_CGROUPS_evict    1
#define POINT_NO_FILES_evict   1
#define POINT_WRITES_evict     1
#define POINT_CGROUPS_trial    1 /* for tests; no cgroup asks */
#define POINT_CGROUPS_touched  1
#define POINT_NO_FILES_touched 1
#define POINT_SOCKETS_packet   1
#define POINT_WRITES_packet    1
#define POINT_CGROUPS_stream   1
#define POINT_NO_ALL_stream    1
#define POINT_WRITES_stream    1
#define POINT_CLOSES_stream    1

struct file;
struct mem_cgroup;

/* The memory controller of the cgroup whose directory is @file, with a reference; NULL: none. */
struct mem_cgroup *cgroup_of_directory(const struct file *file);
/* That of the calling task, without a reference: only to compare. */
struct mem_cgroup *cgroup_of_current(void);
#ifdef CONFIG_MEMCG
/* That of a page of a file: only to compare. */
#define cgroup_of_folio(folio) ((folio)->memcg_data & ~MEMCG_DATA_FLAGS_MASK)
#else
#define cgroup_of_folio(folio) 0
#endif
/* Has the cgroup been removed? */
bool cgroup_is_gone(const struct mem_cgroup *memcg);
/* Drop the reference of cgroup_of_directory(). */
void cgroup_drop(struct mem_cgroup *memcg);

#endif /* RINGFENCE_POINTS_H */

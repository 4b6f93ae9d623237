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
#define POINT_FILE_KEY(inode)	 ((uintptr_t)(inode))
#define POINT_PROCESS_KEY(pid)	 ((uintptr_t)(pid))
#define POINT_CGROUP_KEY(cgroup) ((uintptr_t)(cgroup))
#define POINT_SOCKET_KEY(sk)	 ((uintptr_t)(sk))

/*
 * What points differ in: a point may be attached to for a process unless it has NO_PROCESSES, for all
 * unless it has NO_ALL, for a file unless it has NO_FILES, for a cgroup if it has CGROUPS, for the socket
 * of a stream if it has STREAMS; or only for a socket, if it has SOCKETS.
 * Questions of a point that WRITES have a function `write`. Grafts may fail closed at a point that
 * CLOSES.
 */
#define POINT_CGROUPS_evict	 1
#define POINT_NO_FILES_evict	 1
#define POINT_WRITES_evict	 1
#define POINT_CGROUPS_trial	 1 /* for tests; no cgroup asks */
#define POINT_CGROUPS_touched	 1
#define POINT_NO_FILES_touched	 1
#define POINT_SOCKETS_packet	 1
#define POINT_WRITES_packet	 1
#define POINT_CGROUPS_sched	 1
#define POINT_NO_ALL_sched	 1
#define POINT_NO_FILES_sched	 1
#define POINT_NO_PROCESSES_sched 1
#define POINT_WRITES_sched	 1
#define POINT_CGROUPS_stream	 1
#define POINT_NO_ALL_stream	 1
#define POINT_WRITES_stream	 1
#define POINT_CLOSES_stream	 1
#define POINT_STREAMS_stream	 1

struct cgroup;
struct cgroup_subsys_state;
struct file;

/* Whose reference a graft holds: the memory controller of its cgroup, or that of the scheduler. */
enum cgroup_controller { CGROUP_MEMORY, CGROUP_CPU };

/*
 * That controller of the cgroup whose directory is @file, with a reference. NULL: none, or the root's
 * for CGROUP_CPU.
 */
struct cgroup_subsys_state *cgroup_of_directory(const struct file *file,
						enum cgroup_controller which);
/* The cgroup that the controller is of, as POINT_CGROUP_KEY(). */
uintptr_t cgroup_key(const struct cgroup_subsys_state *css);
/* The cgroup that has the calling task's memory, without a reference: only to compare. */
struct cgroup *cgroup_of_current(void);
/* Has the cgroup been removed, or lost the controller? */
bool cgroup_is_gone(const struct cgroup_subsys_state *css);
/* Drop the reference of cgroup_of_directory(). */
void cgroup_drop(struct cgroup_subsys_state *css);

#endif /* RINGFENCE_POINTS_H */

// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls of grafts: attach, detach, point, graft. */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "ioctl.h"
#include "points.h"
#include "stream_target.h"

static_assert(RINGFENCE_SCOPE_FILE == CORE_SCOPE_FILE);
static_assert(RINGFENCE_SCOPE_PROCESS == CORE_SCOPE_PROCESS);
static_assert(RINGFENCE_SCOPE_ALL == CORE_SCOPE_ALL);
static_assert(RINGFENCE_SCOPE_CGROUP == CORE_SCOPE_CGROUP);
static_assert(RINGFENCE_SCOPE_SOCKET == CORE_SCOPE_SOCKET);

static DEFINE_MUTEX(attaching); /* core_attach() is called once at a time */

/* Of the file in @path, which may be renamed at any time: a copy. */
static void copy_last_component(const struct path *path, char name[RINGFENCE_SOURCE_SIZE])
{
	struct name_snapshot snapshot;

	take_dentry_name_snapshot(&snapshot, path->dentry);
	strscpy(name, snapshot.name.name, RINGFENCE_SOURCE_SIZE);
	release_dentry_name_snapshot(&snapshot);
}

static int take_cgroup(int fd, struct core_attach *request, char name[RINGFENCE_SOURCE_SIZE],
		       struct core_reason *why)
{
	enum cgroup_controller which = request->point == &point_sched ? CGROUP_CPU : CGROUP_MEMORY;
	struct fd directory = fdget(fd);

	if (!directory.file)
		return core_refuse(why, -EBADF,
				   "%d is no open directory: open that of the cgroup to read it",
				   fd);
	request->held = cgroup_of_directory(directory.file, which);
	if (request->held) {
		request->key = cgroup_key(request->held);
		copy_last_component(&directory.file->f_path, name);
		request->target_name = name;
	}
	fdput(directory);
	if (request->held)
		return 0;
	return core_refuse(
		why, -EINVAL,
		"this is no directory of a cgroup %swith the controller %s: give one, and "
		"write +%s to cgroup.subtree_control of its parent",
		which == CGROUP_CPU ? "below the root " : "",
		which == CGROUP_CPU ? "cpu" : "memory", which == CGROUP_CPU ? "cpu" : "memory");
}

static bool is_udp(const struct sock *sk)
{
	return sk->sk_family == AF_INET && sk->sk_protocol == IPPROTO_UDP;
}

/*
 * Take a reference on the socket, and one on its file (*@opened), which the caller drops after the attach so that the
 * process can close it.
 */
static int take_socket(int descriptor, struct core_attach *request,
		       char name[RINGFENCE_SOURCE_SIZE], struct socket **opened,
		       struct core_reason *why)
{
	struct socket *socket;
	struct sock *sk;
	int err = 0; /* which sockfd_lookup() sets on failure only */

	socket = sockfd_lookup(descriptor, &err);
	if (!socket)
		return core_refuse(why, err, "%d is no open socket: give the descriptor of one",
				   descriptor);
	sk = socket->sk;
	if (request->point == &point_stream)
		err = stream_socket_check(socket, why);
	else if (!is_udp(sk))
		err = core_refuse(why, -EINVAL,
				  "a graft can be for a UDP socket of IPv4: give one");
	if (err) {
		sockfd_put(socket);
		return err;
	}
	sock_hold(sk);
	request->held = sk;
	request->key = POINT_SOCKET_KEY(sk);
	if (sk->sk_family == AF_INET)
		snprintf(name, RINGFENCE_SOURCE_SIZE, "%pI4:%u", &inet_sk(sk)->inet_rcv_saddr,
			 inet_sk(sk)->inet_num);
	else
		snprintf(name, RINGFENCE_SOURCE_SIZE, "UNIX socket %lu", SOCK_INODE(socket)->i_ino);
	request->target_name = name;
	*opened = socket;
	return 0;
}

/*
 * Take a reference on what the graft is for. @name: room for the name of a file or cgroup, or for
 * the address of a socket. @socket: room for what take_socket() has opened.
 */
static int take_target(const struct ringfence_attach *attach, struct core_attach *request,
		       char name[RINGFENCE_SOURCE_SIZE], struct socket **socket,
		       struct core_reason *why)
{
	struct file *file;
	struct pid *pid;

	switch (attach->scope) {
	case RINGFENCE_SCOPE_FILE:
		file = fget(attach->target);
		if (!file)
			return core_refuse(why, -EBADF,
					   "%d is no open file: open the file to read it",
					   attach->target);
		if (!S_ISREG(file->f_mapping->host->i_mode)) {
			fput(file);
			return core_refuse(why, -EINVAL,
					   "a graft can be for a regular file: give one");
		}
		request->held = file;
		request->key = POINT_FILE_KEY(file->f_mapping->host); /* as questions have it */
		copy_last_component(&file->f_path, name);
		request->target_name = name;
		return 0;
	case RINGFENCE_SCOPE_PROCESS:
		pid = attach->target ? find_get_pid(attach->target) : get_pid(task_tgid(current));
		if (!pid || port_scope_ended(CORE_SCOPE_PROCESS, pid)) {
			put_pid(pid);
			return core_refuse(why, -ESRCH, "there is no process %d", attach->target);
		}
		request->held = pid;
		request->key = POINT_PROCESS_KEY(pid);
		request->process = pid_vnr(pid);
		return 0;
	case RINGFENCE_SCOPE_CGROUP:
		return take_cgroup(attach->target, request, name, why);
	case RINGFENCE_SCOPE_SOCKET:
		return take_socket(attach->target, request, name, socket, why);
	case RINGFENCE_SCOPE_ALL:
		if (!attach->target)
			return 0;
		return core_refuse(why, -EINVAL,
				   "the scope is all, and a target is given: give none");
	}
	return core_refuse(why, -EINVAL,
			   "there is no scope %u: use the <linux/ringfence.h> of this kernel",
			   attach->scope);
}

/*
 * An attach for the socket has come out as @err: have the graft filter it, or detach the graft, whose request->held then is.
 * Drops the reference of take_socket() on its file. Returns what the attach comes out as.
 */
static noinline int finish_socket(struct socket *socket, struct core_attach *request, u32 graft,
				  int err, struct core_reason *why)
{
	struct core_reason unused;

	if (!err && request->point == &point_stream) {
		err = stream_socket_attached(socket, request, graft, why);
		if (err) {
			core_detach(graft, &unused);
			request->held = NULL;
		}
	}
	sockfd_put(socket);
	return err;
}

int ioctl_attach(void *arg, struct core_reason *why)
{
	struct ringfence_attach *attach = arg;
	struct core_attach request = {
		.plugin = attach->name,
		.entry = attach->entry,
		.scope = attach->scope,
		.failures = attach->failures,
		.fails_closed = attach->fails_closed,
	};
	/* Read only if take_target() has written it. To zero it costs more than all checks here. */
	char name[RINGFENCE_SOURCE_SIZE] __attribute__((uninitialized));
	struct socket *socket __attribute__((uninitialized)); /* of take_socket() only */
	int err;

	err = ioctl_check_reserved(attach->reserved, why)				   ?:
		      ioctl_check_text(attach->point, sizeof(attach->point), "point", why) ?:
		      ioctl_check_text(attach->name, sizeof(attach->name), "name", why)	   ?:
		      ioctl_check_text(attach->entry, sizeof(attach->entry), "entry", why);
	if (err)
		return err;
	if (attach->fails_closed > 1)
		return core_refuse(why, -EINVAL, "fails_closed is %u: give 0 or 1",
				   attach->fails_closed);
	request.point = point_named(attach->point);
	if (!request.point)
		return core_refuse(why, -ENOENT, "there is no graft point %s: see plugctl points",
				   attach->point);
	err = take_target(attach, &request, name, &socket, why);
	if (err)
		return err;
	/* Another attach may wait for a call of its plugin, which takes a minute at worst. */
	err = mutex_lock_killable(&attaching);
	if (err) {
		core_refuse(why, err, "another graft is being attached, and the caller was killed");
	} else {
		err = core_attach(&request, &attach->id, why);
		mutex_unlock(&attaching);
	}
	if (unlikely(attach->scope == RINGFENCE_SCOPE_SOCKET))
		err = finish_socket(socket, &request, attach->id, err, why);
	if (err && request.held)
		port_scope_release(request.scope, request.held);
	return err;
}

int ioctl_detach(void *arg, struct core_reason *why)
{
	const struct ringfence_detach *detach = arg;

	return ioctl_check_reserved(detach->reserved, why) ?: core_detach(detach->id, why);
}

static u64 sum(const struct core_asked *asked)
{
	return asked->answered + asked->aborted + asked->unasked;
}

int ioctl_point(void *arg, struct core_reason *why)
{
	struct ringfence_point *out = arg;
	const struct core_point *point = point_at(out->index);
	struct core_graft *graft;

	if (!point)
		return core_refuse(why, -ENOENT, "there is no graft point number %u", out->index);
	memset_startat(out, 0, number);
	strscpy_pad(out->point, point->name, sizeof(out->point));
	strscpy_pad(out->question, point->question, sizeof(out->question));
	out->number = point->number;
	out->version = point->version;
	out->kind = point->kind;
	out->context = point->context;
	out->failures = point->failures_max;
	out->budget_us = point->budget_us;
	port_lock();
	for (graft = point->grafts; graft; graft = graft->next)
		core_count_events(graft);
	out->grafts = point->nr_grafts;
	out->asked = sum(&point->asked);
	out->answered = point->asked.answered;
	out->aborted = point->asked.aborted;
	out->unasked = point->asked.unasked;
	port_unlock();
	return 0;
}

int ioctl_graft(void *arg, struct core_reason *why)
{
	struct ringfence_graft *out = arg;
	struct core_reason outcome;
	struct core_graft *graft;
	int err = 0;

	core_sweep_grafts();
	port_lock();
	graft = core_next_graft(out->id);
	if (!graft) {
		err = core_refuse(why, -ENOENT, "there is no graft with an id above %u", out->id);
	} else {
		core_count_events(graft);
		memset_startat(out, 0, id);
		out->id = graft->id;
		out->attached = graft->attached;
		strscpy(out->point, graft->point->name, sizeof(out->point));
		strscpy(out->name, graft->plugin_name, sizeof(out->name));
		strscpy(out->entry, graft->entry, sizeof(out->entry));
		out->scope = graft->scope;
		out->process = graft->process;
		out->failures = graft->failures;
		out->failures_max = graft->failures_max;
		out->asked = sum(&graft->asked);
		out->answered = graft->asked.answered;
		out->aborted = graft->asked.aborted;
		out->unasked = graft->asked.unasked;
		strscpy(out->target, graft->target_name, sizeof(out->target));
		core_graft_outcome(graft, &outcome);
		strscpy(out->outcome, outcome.text, sizeof(out->outcome));
		out->fails_closed = graft->fails_closed;
		out->shut = graft->attached && graft->shut;
	}
	port_unlock();
	return err;
}

// SPDX-License-Identifier: MIT
/* Linux for driver_fuzz.c: memory, privilege, processes, files, locks, work, events. */
#include <stdarg.h>

#include "driver_grafts.h"

#include <linux/ringfence.h>

#include "fake_monitor.h"
#include "plugins.h"
#include "points.h"
#include "stream_target.h"

#define FDS	   256
#define ROUNDS_MAX 100

long linux_memory;
bool linux_privileged;
const struct file_operations *linux_fops;

/* ---- memory, privilege, the log, the device ---- */

void *linux_alloc(size_t size)
{
	if (++fake.allocations == fake.fail_at)
		return NULL;
	linux_memory++;
	return calloc(1, size);
}

/* No report of the allocator, and nobody is killed for it. */
void *__vmalloc(size_t size, unsigned int flags)
{
	REQUIRE(size && size <= PLG_FILE_MAX);
	REQUIRE(flags == (GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL));
	return linux_alloc(size);
}

void kfree(const void *memory)
{
	linux_memory -= !!memory;
	free((void *)memory);
}

bool capable(int capability)
{
	REQUIRE(capability == CAP_SYS_ADMIN);
	return linux_privileged;
}

void linux_print(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	REQUIRE(vsnprintf(line, sizeof(line), format, args) < (int)sizeof(line));
	va_end(args);
}

int scnprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(to, size, format, args);
	va_end(args);
	REQUIRE(length >= 0 && (size_t)length < size);
	return length;
}

static struct device plugins_node;

int misc_register(struct miscdevice *device)
{
	REQUIRE(device == &plugins_device);
	REQUIRE(!strcmp(device->name, "plugins") && device->mode == 0644);
	linux_fops = device->fops;
	device->this_device = &plugins_node;
	return 0;
}

int plugins_directory_init(const struct plugin_info *info)
{
	REQUIRE(info->abi == PLUGIN_ABI);
	return 0;
}

/* ---- files and processes ---- */

/* Kinds of files behind a descriptor: each kind but the first has its own refusal. */
static struct file files[FILES] = {
	{ FMODE_READ, { S_IFREG, 0 }, 0 }, /* the plugin */
	{ FMODE_READ, { S_IFREG, 0 }, 0 }, /* empty, or in /proc */
	{ FMODE_READ, { S_IFIFO, 0 }, 0 },
	{ FMODE_READ, { S_IFDIR, 4096 }, 0 },
	{ 0, { S_IFREG, 100 }, 0 }, /* for writing only */
	{ FMODE_READ, { S_IFREG, 1ll << 40 }, 0 },
	{ FMODE_READ, { S_IFREG, (s64)PLG_FILE_MAX + 1 }, 0 },
	{ FMODE_READ, { S_IFREG, 100 }, -EIO }, /* it shrank */
	{ FMODE_READ, { S_IFREG, 100 }, -ETXTBSY },
	{ FMODE_READ, { S_IFREG, 100 }, 0 },
	{ FMODE_READ, { S_IFREG, 0 }, 0 }, /* the plugin with grafts */
};

static void name_file(struct file *file, int fd)
{
	static struct dentry short_name = { { "data" } };
	static struct dentry long_name = { { "a-name-longer-than-the-room-that-a-graft-has-for-the-"
					     "name-of-the-file-that-it-is-for" } };

	file->f_path.dentry = fd % 2 ? &short_name : &long_name;
}

struct fd fdget(int fd)
{
	files[0].inode.size = files[0].got = file_end - file;
	files[FILES - 1].inode.size = files[FILES - 1].got = grafts_end - grafts;
	if (fd < FILE_FD || fd >= FILE_FD + FILES)
		return (struct fd){ NULL };
	name_file(&files[fd - FILE_FD], fd);
	return (struct fd){ &files[fd - FILE_FD] };
}

ssize_t kernel_read_file(struct file *from, long offset, void **image, size_t room, size_t *size,
			 int id)
{
	REQUIRE(!offset && !size && id == READING_UNKNOWN && *image);
	REQUIRE(from->f_mode & FMODE_READ && S_ISREG(from->inode.i_mode));
	REQUIRE(from->inode.size > 0 && (s64)room == from->inode.size);
	if (from->got > 0)
		memcpy(*image, from == &files[FILES - 1] ? grafts : file, (size_t)from->got);
	return from->got;
}

struct file *fget(int fd)
{
	struct file *file = fdget(fd).file;

	REQUIRE(!fake.locked);
	if (!file)
		return NULL;
	file->mapping.host = &file->inode;
	file->f_mapping = &file->mapping;
	file->references++;
	return file;
}

void take_dentry_name_snapshot(struct name_snapshot *snapshot, struct dentry *dentry)
{
	snapshot->name.name = strdup(dentry->d_name.name);
	REQUIRE(snapshot->name.name);
}

void release_dentry_name_snapshot(struct name_snapshot *snapshot)
{
	free((char *)snapshot->name.name);
}

void fput(struct file *file)
{
	REQUIRE(!fake.locked && file->references > 0);
	file->references--;
}

/* The folder among the files is the directory of a cgroup, whose controllers are held by its file. */
struct cgroup_subsys_state *cgroup_of_directory(const struct file *file,
						enum cgroup_controller which)
{
	struct file *cgroup = (struct file *)file;

	REQUIRE(!fake.locked && (which == CGROUP_MEMORY || which == CGROUP_CPU));
	if (!S_ISDIR(file->inode.i_mode))
		return NULL;
	cgroup->references++;
	return (struct cgroup_subsys_state *)cgroup;
}

uintptr_t cgroup_key(const struct cgroup_subsys_state *css)
{
	REQUIRE(((const struct file *)css)->references > 0);
	return (uintptr_t)css;
}

/* Now and then. */
bool cgroup_is_gone(const struct cgroup_subsys_state *css)
{
	REQUIRE(((const struct file *)css)->references > 0);
	return fake.clock % 8 == 7;
}

void cgroup_drop(struct cgroup_subsys_state *css)
{
	fput((struct file *)css);
}

static struct sock socks[LINUX_SOCKETS] = {
	{ AF_INET, IPPROTO_UDP },
	{ AF_INET, IPPROTO_UDP, .dead = true },
	{ AF_INET, IPPROTO_TCP },
};
static struct socket sockets[LINUX_SOCKETS] = {
	{ &socks[0] },
	{ &socks[1] },
	{ &socks[2] },
};

struct socket *sockfd_lookup(int fd, int *err)
{
	REQUIRE(!fake.locked);
	*err = fd < 0 || fd >= FDS ? -EBADF : fd >= LINUX_SOCKETS ? -ENOTSOCK : 0;
	if (*err)
		return NULL;
	sockets[fd].references++;
	return &sockets[fd];
}

void sockfd_put(struct socket *socket)
{
	REQUIRE(!fake.locked && socket->references > 0);
	socket->references--;
}

void sock_hold(struct sock *sk)
{
	sk->references++;
}

void sock_put(struct sock *sk)
{
	REQUIRE(!fake.locked && sk->references > 0);
	sk->references--;
}

bool sock_flag(const struct sock *sk, int flag)
{
	REQUIRE(flag == SOCK_DEAD && sk->references > 0);
	return sk->dead;
}

struct inet_sock *inet_sk(const struct sock *sk)
{
	static struct inet_sock inet = { 0x0100007f, 65535 };

	REQUIRE(sk->sk_family == AF_INET);
	return &inet;
}

struct socket_inode *SOCK_INODE(const struct socket *socket)
{
	static struct socket_inode inode = { 4242 };

	REQUIRE(socket->references > 0);
	return &inode;
}

int stream_socket_check(struct socket *socket, struct core_reason *why)
{
	REQUIRE(!fake.locked && socket->references > 0);
	return socket->sk->sk_protocol == IPPROTO_TCP ?
		       0 :
		       core_refuse(why, -EINVAL, "this is no socket of a stream");
}

int stream_socket_attached(struct socket *socket, const struct core_attach *request, uint32_t graft,
			   struct core_reason *why)
{
	REQUIRE(!fake.locked && socket->references > 0 && graft);
	REQUIRE(request->key == (uintptr_t)socket->sk && socket->sk->references > 0);
	return graft % 4 ? 0 : core_refuse(why, -EBUSY, "the socket is used by now");
}

bool stream_socket_is_used(const struct sock *target)
{
	REQUIRE(target->references > 0);
	return target->dead && target->sk_protocol == IPPROTO_TCP;
}

struct pid {
	int references; /* besides that of the process itself */
	bool ended;
};

static struct pid pids[LINUX_PIDS];
static unsigned int caller;
static int rcu, mutexes;

struct pid *linux_caller(void)
{
	return &pids[caller];
}

void linux_choose_caller(unsigned int which)
{
	caller = which < LINUX_PIDS - 1 && !pids[which].ended ? which : 0;
}

void linux_end_process(unsigned int which)
{
	if (which && which != caller && which < LINUX_PIDS)
		pids[which].ended = true;
}

struct pid *find_get_pid(pid_t number)
{
	struct pid *pid = pids + (number - LINUX_FIRST_PID);

	if (number < LINUX_FIRST_PID || number >= LINUX_FIRST_PID + LINUX_PIDS || pid->ended)
		return NULL;
	return get_pid(pid);
}

struct pid *get_pid(struct pid *pid)
{
	pid->references++;
	return pid;
}

void put_pid(struct pid *pid)
{
	if (!pid)
		return;
	REQUIRE(pid->references > 0);
	pid->references--;
}

void *pid_task(struct pid *pid, enum pid_type type)
{
	REQUIRE(rcu && type == PIDTYPE_TGID && pid->references > 0);
	return pid->ended || pid == &pids[LINUX_PIDS - 1] ? NULL : pid;
}

pid_t pid_vnr(struct pid *pid)
{
	REQUIRE(pid->references > 0);
	return LINUX_FIRST_PID + (pid_t)(pid - pids);
}

/* ---- time and locks ---- */

static unsigned int rounds;

bool linux_dying(void)
{
	return fake.fatal_signal;
}

u64 get_cycles(void)
{
	return ++fake.clock;
}

void cond_resched(void)
{
	REQUIRE(!fake.locked && !rcu);
	if (++rounds == ROUNDS_MAX)
		fake.fatal_signal = true;
}

void rcu_read_lock(void)
{
	rcu++;
}

void rcu_read_unlock(void)
{
	REQUIRE(rcu > 0);
	rcu--;
}

void mutex_lock(struct mutex *mutex)
{
	REQUIRE(!fake.locked && !rcu && !mutex->locked);
	mutex->locked = true;
	mutexes++;
}

int mutex_lock_killable(struct mutex *mutex)
{
	if (fake.fatal_signal)
		return -EINTR;
	mutex_lock(mutex);
	return 0;
}

void mutex_unlock(struct mutex *mutex)
{
	REQUIRE(mutex->locked);
	mutex->locked = false;
	mutexes--;
}

/* ---- work and events ---- */

static struct work_struct *work_first;

bool schedule_delayed_work(struct delayed_work *delayed, unsigned long jiffies)
{
	struct work_struct *work = &delayed->work;

	REQUIRE(jiffies);
	if (work->queued)
		return false;
	work->queued = true;
	work->next = work_first;
	work_first = work;
	return true;
}

int kobject_uevent_env(struct kobject *kobj, int action, char *facts[])
{
	static const char *const names[] = { "GRAFT=", "POINT=", "PLUGIN=", "WHY=" };
	unsigned int i;

	REQUIRE(kobj == &plugins_node.kobj && action == KOBJ_CHANGE && !fake.locked);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length = strlen(names[i]);

		REQUIRE(facts[i] && !strncmp(facts[i], names[i], length));
		REQUIRE(is_sentence(facts[i] + length, 512));
	}
	REQUIRE(!facts[i]);
	return 0;
}

void linux_settle(void)
{
	while (work_first) {
		struct work_struct *work = work_first;

		work_first = work->next;
		work->queued = false;
		work->run(work);
	}
	rounds = 0;
	REQUIRE(!fake.locked && !linux_memory && !rcu && !mutexes);
}

void linux_check(void)
{
	unsigned int i;

	for (i = 0; i < FDS; i++) {
		const struct file *file = fdget((int)i).file;

		REQUIRE(!file || !file->references);
	}
	for (i = 0; i < LINUX_PIDS; i++)
		REQUIRE(!pids[i].references);
	for (i = 0; i < LINUX_SOCKETS; i++)
		REQUIRE(!socks[i].references && !sockets[i].references);
}

void linux_begin(void)
{
	memset(pids, 0, sizeof(pids));
	caller = 0;
}

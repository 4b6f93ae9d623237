/* SPDX-License-Identifier: MIT */
/*
 * What the driver's files about grafts use of Linux besides linux_kernel.h, which is included
 * before; driver_linux.c has the functions. References are counted, for linux_check().
 */
#ifndef FUZZ_DRIVER_LINUX_H
#define FUZZ_DRIVER_LINUX_H

#define U64_MAX		     UINT64_MAX
#define KERN_WARNING	     ""
#define printk_ratelimit()   true
#define printk_deferred(...) linux_print(__VA_ARGS__)
#define noinline	     __attribute__((noinline))
#define __read_mostly
#define min(a, b)			    ((a) < (b) ? (a) : (b))
#define unlikely(what)			    __builtin_expect(!!(what), 0)
#define READ_ONCE(what)			    (*(const volatile typeof(what) *)&(what))
#define WRITE_ONCE(what, value)		    (*(volatile typeof(what) *)&(what) = (value))
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* 1 if the macro is defined as 1, else 0. */
#define __ARG_PLACEHOLDER_1	       0,
#define __second(ignored, second, ...) second
#define ___defined(junk)	       __second(junk 1, 0, )
#define __defined(value)	       ___defined(__ARG_PLACEHOLDER_##value)
#define __is_defined(name)	       __defined(name)

#define kmalloc(size, flags) linux_alloc(size)
/* Everything fits, or it is a complaint. */
int scnprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Files have the numbers of fdget(). */
struct file *fget(int fd);
void fput(struct file *file);

/* The copy is freed by the release, so that a use after it is seen. */
struct name_snapshot {
	struct {
		const char *name;
	} name;
};
void take_dentry_name_snapshot(struct name_snapshot *snapshot, struct dentry *dentry);
void release_dentry_name_snapshot(struct name_snapshot *snapshot);

/* Sockets have the numbers of sockfd_lookup(). */
#define AF_INET	    2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOCK_DEAD   1
struct sock {
	uint16_t sk_family, sk_protocol;
	int references; /* of sock_hold() */
	bool dead;
};
struct socket {
	struct sock *sk;
	int references; /* of sockfd_lookup() */
};
struct inet_sock {
	u32 inet_rcv_saddr;
	uint16_t inet_num;
};
struct socket *sockfd_lookup(int fd, int *err);
void sockfd_put(struct socket *socket);
void sock_hold(struct sock *sk);
void sock_put(struct sock *sk);
bool sock_flag(const struct sock *sk, int flag);
struct inet_sock *inet_sk(const struct sock *sk);
struct socket_inode {
	unsigned long i_ino;
};
struct socket_inode *SOCK_INODE(const struct socket *socket);

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };
struct pid;
struct pid *find_get_pid(pid_t number);
struct pid *get_pid(struct pid *pid);
void put_pid(struct pid *pid);
void *pid_task(struct pid *pid, enum pid_type type);
pid_t pid_vnr(struct pid *pid);
struct pid *linux_caller(void);
#define task_tgid(task) ((void)(task), linux_caller())

bool linux_dying(void);
#define fatal_signal_pending(task) ((void)(task), linux_dying())
u64 get_cycles(void);
/* Sooner or later the caller is killed. */
void cond_resched(void);

void rcu_read_lock(void);
void rcu_read_unlock(void);
struct mutex {
	bool locked;
};
#define DEFINE_MUTEX(name) struct mutex name
void mutex_lock(struct mutex *mutex);
int mutex_lock_killable(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

struct work_struct {
	void (*run)(struct work_struct *work);
	struct work_struct *next;
	bool queued;
};
struct delayed_work {
	struct work_struct work;
};

#define DECLARE_DELAYED_WORK(name, function) \
	struct delayed_work name = { .work = { .run = (function) } }
bool schedule_delayed_work(struct delayed_work *delayed, unsigned long jiffies);

struct kobject {
	bool used;
};
struct device {
	struct kobject kobj;
};
#define KOBJ_CHANGE 2
int kobject_uevent_env(struct kobject *kobj, int action, char *facts[]);

/* For driver_fuzz.c. */

/* Descriptors 0 and 1 are UDP sockets, of which 1 is closed when a graft has it; 2 is of TCP. */
#define LINUX_SOCKETS 3

/* The file with that number is many.plg, the last one of them grafts.plg. */
#define FILE_FD	  3
#define FILES	  11
#define GRAFTS_FD (FILE_FD + FILES - 1)
extern const uint8_t file[], file_end[]; /* many.plg */

#define LINUX_FIRST_PID 100 /* of LINUX_PIDS processes; the last one is a thread only */
#define LINUX_PIDS	5

extern bool linux_privileged;
extern const struct file_operations *linux_fops;

/* The caller is the first process or another. */
void linux_choose_caller(unsigned int which);
/* The process ends, unless that is the caller or the first. */
void linux_end_process(unsigned int which);
/* After an ioctl: runs the work, and checks that nothing is locked. */
void linux_settle(void);
/* After all plugins are unloaded: checks that all references are given back. */
void linux_check(void);
/* All processes live. */
void linux_begin(void);

#endif /* FUZZ_DRIVER_LINUX_H */

// SPDX-License-Identifier: MIT
/* Scheduling classes, nice values, affinity, usage; seccomp; resource limits. */
#include "program.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void classes(void)
{
	static const int list[] = { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE };
	struct sched_param param = { 0 };
	cpu_set_t set;
	int i;

	for (i = 0; i < 5; i++) {
		param.sched_priority = i == 1 || i == 2 ? 10 : 0;
		SHOW(sched_setscheduler(0, list[i], &param));
		printf("class %d\n", sched_getscheduler(0));
	}
	param.sched_priority = 0;
	MUST(sched_setscheduler(0, SCHED_OTHER, &param));
	SHOW(sched_setscheduler(0, SCHED_FIFO, &param));
	SHOW(nice(5));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(nice(-5));
	CPU_ZERO(&set);
	MUST(sched_getaffinity(0, sizeof(set), &set));
	printf("processors %d\n", CPU_COUNT(&set));
	CPU_ZERO(&set);
	CPU_SET(5, &set);
	SHOW(sched_setaffinity(0, sizeof(set), &set));
	printf("on %d\n", sched_getcpu());
}

/* The process of the real-time class always runs first. */
static void order(void)
{
	struct sched_param param = { .sched_priority = 5 }, other = { 0 };
	int fds[2], i;
	char text[32] = "";

	MUST(pipe(fds));
	MUST(sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 50 }));
	for (i = 0; i < 6; i++) {
		if (fork())
			continue;
		param.sched_priority = 10 + i * 5 % 6;
		sched_setscheduler(0, SCHED_FIFO, &param);
		sprintf(text, "%d", i);
		MUST(write(fds[1], text, 1));
		_exit(0);
	}
	for (i = 0; i < 6; i++)
		wait(NULL);
	MUST(read(fds[0], text, 31));
	printf("order: %s\n", text);
	MUST(sched_setscheduler(0, SCHED_OTHER, &other));
}

static void usage(void)
{
	struct rusage before, after;
	char *p = MUST(
		mmap(NULL, 100 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int i;

	MUST(getrusage(RUSAGE_SELF, &before));
	for (i = 0; i < 100; i++)
		p[i * 4096] = 1;
	MUST(getrusage(RUSAGE_SELF, &after));
	printf("page faults: %s, %ld major\n", yes(after.ru_minflt - before.ru_minflt >= 100),
	       after.ru_majflt - before.ru_majflt);
}

static void strict(void *unused)
{
	(void)unused;
	fflush(stdout);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	write(1, "still writes\n", 13);
	getpid();
}

static void filtered(void *action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, (uint32_t)(uintptr_t)action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	SHOW(syscall(SYS_getppid));
	SHOW(syscall(SYS_getuid32));
}

static void on_limit(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	printf("%s\n", sigabbrev_np(signal));
}

static void on_time_up(int signal, siginfo_t *info, void *context)
{
	on_limit(signal, info, context);
	fflush(stdout);
	_exit(8);
}

static void limits(void *unused)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };
	int fd;

	(void)unused;
	MUST(setrlimit(RLIMIT_AS, &limit));
	SHOW(mmap(NULL, 100 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	limit.rlim_cur = limit.rlim_max = 10000;
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	handle(SIGXFSZ, on_limit, 0);
	fd = MUST(open("/tmp/limited", O_CREAT | O_RDWR, 0600));
	SHOW(pwrite(fd, "abc", 3, 9999));
	SHOW(pwrite(fd, "abc", 3, 10000));
	unlink("/tmp/limited");
	limit.rlim_cur = limit.rlim_max = fd + 1;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	SHOW(dup(0));
	limit.rlim_cur = 1;
	limit.rlim_max = 2;
	MUST(setrlimit(RLIMIT_CPU, &limit));
	handle(SIGXCPU, on_time_up, 0);
	for (;;)
		;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 4096);
	order();
	usage();
	in_child("classes", (void (*)(void *))classes, NULL);
	in_child("strict", strict, NULL);
	in_child("errno", filtered, (void *)(SECCOMP_RET_ERRNO | ENOTTY));
	in_child("trap", filtered, (void *)SECCOMP_RET_TRAP);
	in_child("kill", filtered, (void *)SECCOMP_RET_KILL_PROCESS);
	in_child("limits", limits, NULL);
	return 0;
}

// SPDX-License-Identifier: MIT
/* 200 times fork and exec, vfork, posix_spawn, clone; exit statuses; orphans; exec's refusals. */
#include "program.h"
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>

extern char **environ;

static int child(int argc, char **argv)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < argc; i++)
		sum += checksum(argv[i], strlen(argv[i]));
	return (int)(sum % 251);
}

static void many(void)
{
	char number[16], *argv[] = { "fork_exec", "child", number, NULL };
	volatile unsigned long sum = 0;
	volatile int i;
	int status;
	pid_t pid;

	for (i = 0; i < 200; i++) {
		sprintf(number, "%d", i * i);
		pid = i % 4 == 3 ? vfork() : fork();
		if (!pid) {
			execv("/proc/self/exe", argv);
			_exit(99);
		}
		MUST(waitpid(pid, &status, 0));
		sum = sum * 7 + WEXITSTATUS(status);
		if (i % 50 == 0)
			show_status(number, status);
	}
	printf("200 statuses: %lu\n", sum);
	for (i = 0; i < 20; i++) {
		sprintf(number, "spawn %d", i);
		if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ))
			die("posix_spawn");
		MUST(waitpid(pid, &status, 0));
		sum = sum * 7 + WEXITSTATUS(status);
	}
	printf("and spawned: %lu\n", sum);
}

static int cloned(void *argument)
{
	(*(int *)argument)++;
	return 12;
}

static void clones(void)
{
	static const int flags[] = { 0, CLONE_VM, CLONE_VM | CLONE_VFORK, CLONE_FS | CLONE_FILES,
				     CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND };
	char *stack = malloc(65536);
	int i, status, value;

	for (i = 0; i < 5; i++) {
		value = 40 + i;
		MUST(clone(cloned, stack + 65536, flags[i] | SIGCHLD, &value));
		MUST(wait(&status));
		printf("clone %#x: value %d, ", flags[i], value);
		show_status("end", status);
	}
	SHOW(clone(cloned, stack + 65536, CLONE_SIGHAND | SIGCHLD, &value));
}

static void orphans(void)
{
	int fds[2];
	char text[64] = "";

	MUST(pipe(fds));
	fflush(stdout);
	if (!fork()) {
		if (!fork()) {
			int i;

			for (i = 0; i < 1000 && getppid() != 1; i++)
				usleep(1000);
			sprintf(text, "orphan's parent is 1: %s", yes(getppid() == 1));
			MUST(write(fds[1], text, strlen(text) + 1));
			_exit(0);
		}
		_exit(0);
	}
	MUST(wait(NULL));
	MUST(read(fds[0], text, sizeof(text)));
	puts(text);
}

static void refusals(void)
{
	static const char *const contents[] = {
		"",   "not a program",	      "\177ELF",      "#!/nowhere\n",
		"#!", "#! /bin/sh\nexit 9\n", "\177ELF\2\1\1"
	};
	char *argv[] = { "x", NULL };
	char what[32];
	unsigned int i;
	int fd, status;

	for (i = 0; i < 7; i++) {
		fd = MUST(open("/tmp/program", O_CREAT | O_TRUNC | O_WRONLY, 0755));
		MUST(write(fd, contents[i], i == 6 ? 64 : strlen(contents[i])));
		close(fd);
		fflush(stdout);
		if (!fork()) {
			execv("/tmp/program", argv);
			printf("exec %u: %s\n", i, strerrorname_np(errno));
			fflush(stdout);
			_exit(0);
		}
		wait(&status);
		sprintf(what, "program %u", i);
		show_status(what, status);
	}
	chmod("/tmp/program", 0644);
	SHOW(execv("/tmp/program", argv));
	SHOW(execv("/tmp", argv));
	SHOW(execv("/tmp/none", argv));
	SHOW(execv((char *)0xc0000000, argv));
	SHOW(execv("/proc/self/exe", (char **)16));
	unlink("/tmp/program");
}

static void ends(void)
{
	siginfo_t info;
	struct rusage usage;
	int status;

	fflush(stdout);
	if (!fork())
		_exit(0x1ff);
	MUST(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
	printf("waitid: code %d status %d\n", info.si_code, info.si_status);
	MUST(wait3(&status, 0, &usage));
	show_status("wait3", status);
	if (!fork()) {
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	MUST(waitid(P_ALL, 0, &info, WSTOPPED));
	printf("stopped: code %d status %d\n", info.si_code, info.si_status);
	kill(info.si_pid, SIGCONT);
	MUST(waitid(P_ALL, 0, &info, WCONTINUED));
	printf("continued: code %d status %d\n", info.si_code, info.si_status);
	kill(info.si_pid, SIGTERM);
	MUST(wait(&status));
	show_status("then", status);
	SHOW(wait(&status));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argc, argv);
	many();
	clones();
	orphans();
	refusals();
	ends();
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * Copies of the kernel from and to invalid addresses: each system call gives
 * EFAULT or the bytes up to the bad page, and nothing else changes.
 */
#include "program.h"
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

static const unsigned long bad[] = { 0,		 1,	     0x1000,	 0xbfffffff, 0xc0000000,
				     0xc0100000, 0xd0000000, 0xf57ff000, 0xf5800000, 0xf6800000,
				     0xfc000000, 0xfffff000, 0xffffffff };

static void calls(unsigned long address)
{
	void *at = (void *)address;
	struct iovec part = { at, 100 };
	int fds[2], file = MUST(open("/proc/self/exe", O_RDONLY));
	int results[24];
	int n = 0, i;
	char text[256];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	MUST(fcntl(fds[0], F_SETFL, O_NONBLOCK));
#define CALL(call) results[n++] = (call) == -1 ? -errno : 0
	CALL(syscall(SYS_read, file, at, 100));
	CALL(syscall(SYS_read, file, at, 8192));
	CALL(syscall(SYS_write, fds[1], at, 1));
	CALL(syscall(SYS_write, fds[1], at, 8192));
	CALL(syscall(SYS_writev, fds[1], &part, 1));
	CALL(syscall(SYS_writev, fds[1], at, 1));
	CALL(syscall(SYS_stat64, "/", at));
	CALL(syscall(SYS_stat64, at, text));
	CALL(syscall(SYS_open, at, O_RDONLY));
	CALL(syscall(SYS_uname, at));
	CALL(syscall(SYS_gettimeofday, at, NULL));
	CALL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, at));
	CALL(syscall(SYS_nanosleep, at, NULL));
	CALL(syscall(SYS_pipe, at));
	CALL(syscall(SYS_ugetrlimit, RLIMIT_NOFILE, at));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, at, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, at, 8));
	CALL(syscall(SYS_ioctl, fds[0], FIONREAD, at));
	CALL(syscall(SYS_getsockname, fds[0], at, at));
	CALL(syscall(SYS_getcwd, at, 100));
	CALL(syscall(SYS_getdents64, file, at, 100));
	printf("%#lx:", address);
	for (i = 0; i < n; i++)
		printf(" %s", results[i] ? strerrorname_np(-results[i]) : "0");
	printf("\n");
	close(fds[0]);
	close(fds[1]);
	close(file);
}

/* Up to the page that is not mapped. */
static void partial(void)
{
	char *p = MUST(
		mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int fds[2], zero = MUST(open("/dev/zero", O_RDWR)), i;

	MUST(mprotect(p + 2 * 4096, 4096, PROT_NONE));
	memset(p, 'x', 2 * 4096);
	MUST(pipe2(fds, O_NONBLOCK));
	for (i = 1; i < 8192; i *= 9) {
		char *end = p + 8192 - i;

		errno = 0;
		printf("%d before the end: write %ld", i,
		       (long)syscall(SYS_write, fds[1], end, 9000));
		printf(" read %ld", (long)syscall(SYS_read, fds[0], end, 9000));
		printf(" zero %ld", (long)syscall(SYS_read, zero, end, 9000));
		memset(p, 'x', 2 * 4096);
		printf(" cwd %ld", (long)syscall(SYS_getcwd, end, i));
		memset(p, 'x', 2 * 4096);
		printf(" open %s\n", open(end, O_RDONLY) < 0 ? strerrorname_np(errno) : "0");
	}
	/* Read-only, and copy on write under the kernel's own write. */
	MUST(mprotect(p, 4096, PROT_READ));
	SHOW(read(zero, p, 100));
	printf("kept: %c\n", p[0]);
	MUST(mprotect(p, 4096, PROT_READ | PROT_WRITE));
	if (!fork()) {
		MUST(read(zero, p, 100));
		_exit(p[0] ? 1 : 0);
	}
	wait(&i);
	printf("child's own copy: %s, here %c\n", yes(i == 0), p[0]);
	SHOW(read(zero, p, 0x7fffffff));
	SHOW(read(zero, p, 0xffffffff));
}

static void self_faults(void)
{
	/* Pages that are allocated only when the kernel writes to them. */
	size_t size = 8 << 20;
	char *p =
		MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int zero = MUST(open("/dev/zero", O_RDONLY));

	SHOW(read(zero, p, size));
	MUST(munmap(p, size));
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		calls(bad[i]);
	partial();
	self_faults();
	return 0;
}

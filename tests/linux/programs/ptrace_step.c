// SPDX-License-Identifier: MIT
/* ptrace: stepping, breakpoints, system calls, registers, memory, floating point. */
#include "program.h"
#include <sys/ptrace.h>
#include <sys/user.h>
#include <stddef.h>

extern char traced_begin[], traced_break[], traced_end[];

__asm__(".pushsection .text\n"
	".globl traced_begin, traced_break, traced_end\n"
	"traced_begin:\n"
	"	mov	$3, %ecx\n"
	"	xor	%eax, %eax\n"
	"1:	add	%ecx, %eax\n"
	"	loop	1b\n"
	"traced_break:\n"
	"	nop\n"
	"	push	%eax\n"
	"	pop	%edx\n"
	"	ret\n"
	"traced_end:\n"
	".popsection\n");

static void function(void)
{
	__asm__ volatile("call traced_begin" : : : "eax", "ecx", "edx", "cc", "memory");
}

static pid_t start(void (*body)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = MUST(fork());
	if (!pid) {
		MUST(ptrace(PTRACE_TRACEME, 0, 0, 0));
		MUST(raise(SIGSTOP));
		body();
		_exit(7);
	}
	MUST(waitpid(pid, &status, 0));
	show_status("start", status);
	return pid;
}

static int step(pid_t pid, int request)
{
	int status;

	MUST(ptrace(request, pid, 0, 0));
	MUST(waitpid(pid, &status, 0));
	return status;
}

static struct user_regs_struct registers(pid_t pid)
{
	struct user_regs_struct regs;

	MUST(ptrace(PTRACE_GETREGS, pid, 0, &regs));
	return regs;
}

static void stepping(void)
{
	pid_t pid = start(function);
	struct user_regs_struct regs;
	int status, shown = 0, total = 0;

	for (;;) {
		status = step(pid, PTRACE_SINGLESTEP);
		if (!WIFSTOPPED(status))
			break;
		total++;
		regs = registers(pid);
		if ((uint32_t)regs.eip <= (uint32_t)traced_begin ||
		    (uint32_t)regs.eip >= (uint32_t)traced_end || shown++ > 40)
			continue;
		printf("step %+ld eax %ld ecx %ld cs %#lx flags %#lx\n",
		       (long)(regs.eip - (uint32_t)traced_begin), regs.eax, regs.ecx,
		       (unsigned long)regs.xcs & 0xffff, (unsigned long)regs.eflags & ~0x8d5ul);
	}
	show_status("stepped", status);
	printf("some steps: %s\n", yes(total > 20));
}

static void breakpoint(void)
{
	pid_t pid = start(function);
	struct user_regs_struct regs;
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, pid, traced_break, 0);
	printf("word there: %#lx\n", word);
	MUST(ptrace(PTRACE_POKETEXT, pid, traced_break, (void *)((word & ~0xff) | 0xcc)));
	show_status("continue", step(pid, PTRACE_CONT));
	regs = registers(pid);
	printf("stopped at %+ld, eax %ld; text of the parent %s\n",
	       (long)(regs.eip - (uint32_t)traced_break), regs.eax,
	       yes((unsigned char)traced_break[0] == 0x90));
	MUST(ptrace(PTRACE_POKETEXT, pid, traced_break, (void *)word));
	regs.eip--;
	regs.eax = 1000;
	MUST(ptrace(PTRACE_SETREGS, pid, 0, &regs));
	step(pid, PTRACE_SINGLESTEP);
	step(pid, PTRACE_SINGLESTEP);
	step(pid, PTRACE_SINGLESTEP);
	regs = registers(pid);
	printf("edx is now %ld\n", regs.edx);
	show_status("detached", step(pid, PTRACE_CONT));
}

static void some_calls(void)
{
	int fd;

	fd = open("/proc/self/nothing", O_RDONLY);
	fd = dup(0);
	close(fd);
	syscall(SYS_getppid);
	syscall(999);
}

static void calls(void)
{
	pid_t pid = start(some_calls);
	struct user_regs_struct regs;
	int status, in = 1;

	MUST(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT));
	for (;;) {
		status = step(pid, PTRACE_SYSCALL);
		if (!WIFSTOPPED(status))
			break;
		regs = registers(pid);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			show_status("other stop", status);
			continue;
		}
		if (in)
			printf("call %ld, eax %ld\n", regs.orig_eax, regs.eax);
		else if (regs.orig_eax == SYS_getppid) {
			printf("getppid is the parent: %s\n", yes(regs.eax == getpid()));
			regs.eax = 4711;
			MUST(ptrace(PTRACE_SETREGS, pid, 0, &regs));
		} else
			printf("  is %ld\n", regs.eax);
		if (in && regs.orig_eax == 999) { /* another in its place */
			regs.orig_eax = SYS_getuid32;
			MUST(ptrace(PTRACE_SETREGS, pid, 0, &regs));
		}
		in = !in;
	}
	show_status("traced", status);
}

static void refused_registers(void)
{
	static const unsigned short selectors[] = {
		0, 3, 0x60, 0x61, 0x62, 0x63, 0x68, 0x69, 0x6b, 0x73, 0x7b, 0xe019, 0xe021, 0xffff
	};
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{ "cs", offsetof(struct user, regs.xcs) },
		{ "ss", offsetof(struct user, regs.xss) },
		{ "ds", offsetof(struct user, regs.xds) },
		{ "es", offsetof(struct user, regs.xes) },
		{ "fs", offsetof(struct user, regs.xfs) },
	};
	size_t i, k;
	pid_t pid;
	int status;
	long result;

	for (k = 0; k < sizeof(fields) / sizeof(*fields); k++)
		for (i = 0; i < sizeof(selectors) / sizeof(*selectors); i++) {
			pid = start(function);
			errno = 0;
			result = ptrace(PTRACE_POKEUSER, pid, fields[k].offset, selectors[i]);
			printf("%s = %#x: %ld %s, reads %#lx\n", fields[k].name, selectors[i],
			       result, result ? strerrorname_np(errno) : "",
			       ptrace(PTRACE_PEEKUSER, pid, fields[k].offset, 0) & 0xfffful);
			status = step(pid, PTRACE_SINGLESTEP);
			show_status("one step", status);
			if (WIFSTOPPED(status)) {
				kill(pid, SIGKILL);
				waitpid(pid, &status, 0);
			}
		}
	pid = start(function);
	for (i = 0; i < 32; i++) {
		long flags = ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.eflags), 0);

		result = ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eflags),
				flags ^ (1l << i));
		printf("flag %zu: changes %#lx\n", i,
		       (unsigned long)flags ^
			       ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.eflags), 0));
		ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eflags), flags);
	}
	show_status("end", step(pid, PTRACE_CONT));
}

static void wait_for_floating_point(void)
{
	double value = 1.5, result;

	__asm__ volatile("fldl %1; int3; fstpl %0" : "=m"(result) : "m"(value));
	printf("the child's number: %g\n", result);
}

static void floating_point(void)
{
	struct user_fpregs_struct fp;
	struct user_fpxregs_struct fpx;
	long double other = 42.25L;
	pid_t pid = start(wait_for_floating_point);

	show_status("loaded", step(pid, PTRACE_CONT));
	MUST(ptrace(PTRACE_GETFPREGS, pid, 0, &fp));
	MUST(ptrace(PTRACE_GETFPXREGS, pid, 0, &fpx));
	printf("cwd %#lx swd %#lx twd %#lx mxcsr %#lx\n", fp.cwd & 0xffff, fp.swd & 0xffff,
	       fp.twd & 0xffff, fpx.mxcsr);
	memcpy(fp.st_space, &other, 10);
	MUST(ptrace(PTRACE_SETFPREGS, pid, 0, &fp));
	show_status("end", step(pid, PTRACE_CONT));
}

static void forks(void)
{
	pid_t pid = fork();

	if (!pid)
		execl("/proc/self/exe", "ptrace_step", "child", NULL);
	waitpid(pid, NULL, 0);
}

static void events(void)
{
	pid_t pid = start(forks), who;
	unsigned long message;
	int status, alive = 1, n[8] = { 0 };

	MUST(ptrace(PTRACE_SETOPTIONS, pid, 0,
		    PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT));
	MUST(ptrace(PTRACE_CONT, pid, 0, 0));
	while (alive) {
		who = MUST(waitpid(-1, &status, __WALL));
		if (!WIFSTOPPED(status)) {
			show_status(who == pid ? "parent" : "child", status);
			alive += who == pid ? -1 : 0;
			continue;
		}
		n[(status >> 16) & 7]++;
		if (status >> 16 == PTRACE_EVENT_EXIT) {
			MUST(ptrace(PTRACE_GETEVENTMSG, who, 0, &message));
			printf("%s exits with %#lx\n", who == pid ? "parent" : "child", message);
		}
		MUST(ptrace(PTRACE_CONT, who, 0,
			    status >> 16 || WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status)));
	}
	printf("events: fork %d exec %d exit %d\n", n[1], n[4], n[6]);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 5;
	stepping();
	breakpoint();
	calls();
	refused_registers();
	floating_point();
	events();
	return 0;
}

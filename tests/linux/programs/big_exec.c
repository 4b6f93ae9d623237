// SPDX-License-Identifier: MIT
/* exec with large arguments and environment, its limits, and the auxiliary vector. */
#include "program.h"
#include <sys/auxv.h>
#include <sys/resource.h>

extern char **environ;

static int again(int argc, char **argv)
{
	uint32_t sum = 0;
	int n = 0, i;

	for (i = 0; i < argc; i++)
		sum = sum * 31 + checksum(argv[i], strlen(argv[i]));
	for (i = 0; environ[i]; i++, n++)
		sum = sum * 31 + checksum(environ[i], strlen(environ[i]));
	printf("got %d arguments, %d in the environment, %#x\n", argc, n, sum);
	return 0;
}

static char **strings(int n, int length)
{
	char **list = calloc(n + 4, sizeof(*list));
	int i;

	for (i = 0; i < n; i++) {
		list[i] = malloc(length + 1);
		memset(list[i], 'a' + i % 26, length);
		list[i][length] = 0;
	}
	return list;
}

static void run(const char *what, int arguments, int length, int variables, int size)
{
	char **argv = strings(arguments + 2, length);
	char **env = strings(variables, size);
	int status;

	argv[0] = "big_exec";
	argv[1] = "again";
	fflush(stdout);
	if (!fork()) {
		execve("/proc/self/exe", argv, env);
		printf("%s: %s\n", what, strerrorname_np(errno));
		fflush(stdout);
		_exit(1);
	}
	wait(&status);
	show_status(what, status);
}

int main(int argc, char **argv)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };

	if (argc > 1)
		return again(argc, argv);
	MUST(setrlimit(RLIMIT_STACK, &limit));
	run("small", 1, 10, 1, 10);
	run("none", 0, 1, 0, 1);
	run("1000 of 100", 1000, 100, 1000, 100);
	run("10000 of 10", 10000, 10, 10000, 10);
	run("one of 131071", 1, 131071, 1, 131071);
	run("one of 131072", 1, 131072, 0, 1);
	run("10 of 100000", 10, 100000, 5, 100000);
	run("30 of 100000", 30, 100000, 0, 1);
	printf("page size %lu, clock %lu, secure %lu, base %s, random %s, platform %s\n",
	       getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_SECURE),
	       yes(getauxval(AT_BASE) == 0), yes(getauxval(AT_RANDOM) != 0),
	       (char *)getauxval(AT_PLATFORM));
	printf("vdso %s, its first bytes %s\n", yes(getauxval(AT_SYSINFO_EHDR) != 0),
	       getauxval(AT_SYSINFO_EHDR) ? (char *)getauxval(AT_SYSINFO_EHDR) + 1 : "none");
	return 0;
}

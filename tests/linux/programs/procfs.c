// SPDX-License-Identifier: MIT
/* The files of a process in /proc, among them mem and pagemap. */
#include "program.h"
#include <dirent.h>
#include <sys/prctl.h>

static char text[65536];

static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, done = 0;

	memset(text, 0, sizeof(text));
	if (fd < 0) {
		sprintf(text, "(%s)", strerrorname_np(errno));
		return text;
	}
	while ((n = read(fd, text + done, sizeof(text) - 1 - done)) > 0)
		done += n;
	close(fd);
	return text;
}

static void lines(const char *path, const char *const *wanted)
{
	char *line, *rest = slurp(path);

	while ((line = strsep(&rest, "\n"))) {
		const char *const *one;

		for (one = wanted; *one; one++)
			if (!strncmp(line, *one, strlen(*one)))
				printf("%s: %s\n", path, line);
	}
}

static void maps(void)
{
	char *fixed = MUST(mmap((void *)0x40000000, 3 * 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	char *line, *rest;
	int stack = 0, vdso = 0, all = 0;
	unsigned long from, to;

	MUST(mprotect(fixed + 4096, 4096, PROT_READ));
	rest = slurp("/proc/self/maps");
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		all += to > 0xc0000000;
		stack += strstr(line, "[stack]") != NULL;
		vdso += strstr(line, "[vdso]") != NULL;
		if (from >= 0x40000000 && from < 0x40003000)
			puts(line);
		if (strstr(line, "/programs/procfs"))
			printf("%.8s %.4s\n", line, strchr(line, ' ') + 1);
	}
	printf("stack %d, vdso %d, above the user's part %d\n", stack, vdso, all);
}

static void memory(void)
{
	static volatile int variable = 12345;
	uint64_t entries[3];
	char *p = MUST(
		mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int fd = MUST(open("/proc/self/mem", O_RDWR)), value = 0;

	p[4096] = 1;
	MUST(pread(fd, &value, sizeof(value), (off_t)(uintptr_t)&variable));
	printf("by /proc/self/mem: %d\n", value);
	value = 777;
	MUST(pwrite(fd, &value, sizeof(value), (off_t)(uintptr_t)&variable));
	printf("written: %d\n", variable);
	SHOW(pread64(fd, &value, sizeof(value), 16));
	SHOW(pread64(fd, &value, sizeof(value), 0xc0100000ll));
	SHOW(pread64(fd, &value, sizeof(value), 0xfc000000ll));
	close(fd);
	fd = MUST(open("/proc/self/pagemap", O_RDONLY));
	MUST(pread64(fd, entries, sizeof(entries), (off64_t)((uintptr_t)p >> 12) * 8));
	printf("present: %d %d %d\n", (int)(entries[0] >> 63), (int)(entries[1] >> 63),
	       (int)(entries[2] >> 63));
}

int main(void)
{
	static const char *const status[] = { "Name",	  "State",  "Threads", "SigBlk",
					      "SigIgn",	  "SigCgt", "Uid",     "Groups",
					      "Seccomp:", "VmLck",  NULL };
	static const char *const limits[] = { "Max open", "Max core", "Max address", NULL };
	struct dirent *entry;
	int fd, n = 0;
	DIR *folder;
	char *word;

	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NAME, "a new name");
	lines("/proc/self/status", status);
	lines("/proc/self/limits", limits);
	printf("comm: %s", slurp("/proc/self/comm"));
	printf("cmdline: %s\n", slurp("/proc/self/cmdline"));
	word = slurp("/proc/self/stat");
	printf("stat: name and state %.13s\n", strchr(word, '('));
	MUST(readlink("/proc/self/exe", memset(text, 0, 100), 99));
	printf("exe: %s\n", text);
	MUST(readlink("/proc/self/cwd", memset(text, 0, 100), 99));
	printf("cwd: %s\n", text);
	fd = MUST(open("/dev/null", O_RDWR));
	memset(text, 0, 300);
	sprintf(text, "/proc/self/fd/%d", fd);
	MUST(readlink(text, text + 100, 99));
	printf("fd: %s\n", text + 100);
	folder = opendir("/proc/self/fd");
	while ((entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	printf("descriptors: %d\n", n);
	maps();
	memory();
	printf("uptime goes: %s\n", yes(atof(slurp("/proc/uptime")) > 0));
	printf("ostype: %s", slurp("/proc/sys/kernel/ostype"));
	printf("osrelease: %s", slurp("/proc/sys/kernel/osrelease"));
	printf("cpus: %s", strstr(slurp("/proc/stat"), "cpu1") ? "many\n" : "one\n");
	printf("mounts: %s\n", yes(strstr(slurp("/proc/mounts"), "tmpfs") != NULL));
	printf("nothing: %s\n", slurp("/proc/self/nothing"));
	return 0;
}

// SPDX-License-Identifier: MIT
/* Files on tmpfs: making, renaming, holes, locks, many names, sendfile, times. */
#include "program.h"
#include <dirent.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static void names(void)
{
	struct dirent *entry;
	unsigned int sum = 0;
	int i, n = 0;
	char name[32];
	DIR *folder;

	MUST(mkdir("many", 0755));
	for (i = 0; i < 1000; i++) {
		sprintf(name, "many/%d", i * 7919 % 10007);
		close(MUST(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600)));
	}
	folder = opendir("many");
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.') {
			n++;
			sum += atoi(entry->d_name);
		}
	closedir(folder);
	printf("names: %d, sum %u\n", n, sum);
	SHOW(rmdir("many"));
	for (i = 0; i < 1000; i++) {
		sprintf(name, "many/%d", i * 7919 % 10007);
		MUST(unlink(name));
	}
	SHOW(rmdir("many"));
}

static void links(void)
{
	struct stat about;
	char text[64] = "";

	close(MUST(open("one", O_CREAT | O_WRONLY, 0640)));
	MUST(link("one", "two"));
	MUST(symlink("one", "soft"));
	MUST(stat("two", &about));
	printf("links %lu, mode %o\n", (unsigned long)about.st_nlink, about.st_mode);
	MUST(lstat("soft", &about));
	printf("soft: mode %o, size %ld\n", about.st_mode & S_IFMT, (long)about.st_size);
	MUST(readlink("soft", text, 63));
	printf("points to %s\n", text);
	SHOW(open("soft", O_RDONLY | O_NOFOLLOW));
	MUST(symlink("loop", "loop"));
	SHOW(open("loop", O_RDONLY));
	MUST(rename("one", "three"));
	SHOW(open("soft", O_RDONLY));
	SHOW(link("none", "four"));
	SHOW(mkdir("two", 0755));
	SHOW(open("two/x", O_RDONLY));
	SHOW(open("two", O_CREAT | O_EXCL | O_WRONLY, 0600));
	MUST(chmod("two", 0));
	SHOW(access("two", R_OK));
	unlink("two");
	unlink("three");
	unlink("soft");
	unlink("loop");
}

static void contents(void)
{
	int fd = MUST(open("data", O_CREAT | O_RDWR | O_TRUNC, 0600)), copy;
	struct timespec times[2] = { { 1000000000, 5 }, { 1100000000, 7 } };
	static char block[100000], seen[100000];
	struct stat about;
	uint32_t seed = 6;
	off_t at = 0;
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = (char)next_number(&seed);
	SHOW(write(fd, block, sizeof(block)));
	SHOW(pwrite(fd, "tail", 4, 1 << 20));
	MUST(fstat(fd, &about));
	printf("size %ld, blocks %ld\n", (long)about.st_size, (long)about.st_blocks);
	SHOW(lseek(fd, 0, SEEK_HOLE));
	SHOW(lseek(fd, 500000, SEEK_DATA));
	SHOW(lseek(fd, -5, SEEK_SET));
	SHOW(pread(fd, seen, sizeof(seen), 0));
	printf("same: %s\n", yes(!memcmp(seen, block, sizeof(seen))));
	copy = MUST(open("copy", O_CREAT | O_RDWR | O_TRUNC, 0600));
	SHOW(sendfile(copy, fd, &at, sizeof(block)));
	SHOW(copy_file_range(fd, &(loff_t){ 0 }, copy, NULL, 1000, 0));
	close(copy);
	copy = MUST(open("copy", O_RDONLY));
	SHOW(read(copy, seen, sizeof(seen)));
	printf("copied: %s\n", yes(!memcmp(seen, block, sizeof(seen))));
	SHOW(ftruncate(fd, 10));
	SHOW(ftruncate(fd, 5000));
	SHOW(pread(fd, seen, 20, 5));
	printf("cut: %s\n", yes(!memcmp(seen, block + 5, 5) && !seen[5] && !seen[19]));
	SHOW(fallocate(fd, 0, 0, 100000));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8192));
	SHOW(pread(fd, seen, 10, 0));
	printf("punched: %d\n", seen[0]);
	MUST(futimens(fd, times));
	MUST(fstat(fd, &about));
	printf("times %ld.%ld\n", (long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
	SHOW(fsetxattr(fd, "trusted.test", "value", 5, 0));
	SHOW(fgetxattr(fd, "trusted.test", seen, 10));
	SHOW(fsync(fd));
	close(fd);
	close(copy);
	unlink("data");
	unlink("copy");
}

static void locks(void)
{
	int fd = MUST(open("locked", O_CREAT | O_RDWR, 0600)), status;
	struct flock lock = { .l_type = F_WRLCK, .l_start = 10, .l_len = 20 };

	MUST(fcntl(fd, F_SETLK, &lock));
	MUST(flock(fd, LOCK_EX));
	fflush(stdout);
	if (!fork()) {
		int other = MUST(open("locked", O_RDWR));

		SHOW(flock(other, LOCK_EX | LOCK_NB));
		SHOW(fcntl(other, F_SETLK, &lock));
		lock.l_start = 40;
		SHOW(fcntl(other, F_SETLK, &lock));
		lock = (struct flock){ .l_type = F_WRLCK };
		MUST(fcntl(other, F_GETLK, &lock));
		printf("held: from %ld, %ld bytes, by the parent %s\n", (long)lock.l_start,
		       (long)lock.l_len, yes(lock.l_pid == getppid()));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	show_status("locks", status);
	unlink("locked");
	close(fd);
}

static void rights(void *unused)
{
	(void)unused;
	close(MUST(open("private", O_CREAT | O_WRONLY, 0600)));
	MUST(setgid(1000));
	MUST(setuid(1000));
	SHOW(open("private", O_RDONLY));
	SHOW(mkdir("/proc/x", 0700));
	SHOW(setuid(0));
	SHOW(kill(1, SIGTERM));
	SHOW(chroot("/"));
	SHOW(syscall(SYS_mount, "x", "/", "tmpfs", 0, 0));
	SHOW(syscall(SYS_reboot, 1, 2, 3, 4));
}

int main(void)
{
	umask(022);
	MUST(mkdir("/tmp/files", 0755));
	MUST(chdir("/tmp/files"));
	names();
	links();
	contents();
	locks();
	in_child("another user", rights, NULL);
	unlink("private");
	MUST(chdir("/"));
	MUST(rmdir("/tmp/files"));
	return 0;
}

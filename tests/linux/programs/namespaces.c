// SPDX-License-Identifier: MIT
/* Namespaces, mounts, pseudo-terminals with job control. */
#include "program.h"
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>

static void names(void *unused)
{
	struct utsname name;

	(void)unused;
	MUST(unshare(CLONE_NEWUTS));
	MUST(sethostname("other", 5));
	MUST(uname(&name));
	printf("here %s\n", name.nodename);
}

static void pids(void *unused)
{
	int status;

	(void)unused;
	MUST(unshare(CLONE_NEWPID));
	if (!fork()) {
		printf("pid %d, parent %d\n", getpid(), getppid());
		if (!fork()) {
			printf("pid %d, parent %d\n", getpid(), getppid());
			_exit(0);
		}
		wait(NULL);
		_exit(4);
	}
	wait(&status);
	show_status("first of its namespace", status);
}

static void mounts(void *unused)
{
	(void)unused;
	MUST(unshare(CLONE_NEWNS));
	MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mkdir("/tmp/mounted", 0755));
	MUST(mount("x", "/tmp/mounted", "tmpfs", 0, "size=64k"));
	close(MUST(open("/tmp/mounted/file", O_CREAT | O_WRONLY, 0600)));
	SHOW(access("/tmp/mounted/file", F_OK));
	SHOW(mount("x", "/tmp/mounted", "nothing", 0, NULL));
	SHOW(mount("/dev/null", "/tmp/mounted", "ext4", 0, NULL));
	SHOW(mount("x", "/tmp/mounted", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL));
	SHOW(open("/tmp/mounted/new", O_CREAT | O_WRONLY, 0600));
}

static void terminal(void)
{
	struct winsize size = { 30, 100, 0, 0 };
	int master = MUST(posix_openpt(O_RDWR | O_NOCTTY)), slave, status, unlock = 0, number;
	struct termios modes;
	char name[32], text[64] = "";
	pid_t pid;

	MUST(ioctl(master, TIOCSPTLCK, &unlock));
	MUST(ioctl(master, TIOCGPTN, &number));
	sprintf(name, "/dev/pts/%d", number);
	slave = MUST(open(name, O_RDWR | O_NOCTTY));
	MUST(ioctl(master, TIOCSWINSZ, &size));
	memset(&size, 0, sizeof(size));
	MUST(ioctl(slave, TIOCGWINSZ, &size));
	printf("window %d x %d\n", size.ws_row, size.ws_col);
	MUST(write(master, "wrong\025line\177\177ve\n", 15));
	MUST(read(slave, text, 63));
	printf("edited: %s", text);
	MUST(tcgetattr(slave, &modes));
	modes.c_lflag &= ~ICANON;
	MUST(tcsetattr(slave, TCSANOW, &modes));
	MUST(write(master, "x", 1));
	SHOW(read(slave, text, 63));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setsid();
		MUST(ioctl(slave, TIOCSCTTY, 0));
		for (;;)
			pause();
	}
	while (ioctl(master, TIOCGSID, &number) < 0 || number != pid)
		usleep(1000);
	MUST(write(master, "\003", 1)); /* Ctrl-C */
	wait(&status);
	show_status("interrupted", status);
	pid = fork();
	if (!pid) {
		close(master);
		setsid();
		MUST(ioctl(slave, TIOCSCTTY, 1));
		for (;;)
			pause();
	}
	while (ioctl(master, TIOCGSID, &number) < 0 || number != pid)
		usleep(1000);
	close(slave);
	close(master);
	wait(&status);
	show_status("hung up", status);
}

int main(void)
{
	struct utsname name;

	in_child("names", names, NULL);
	MUST(uname(&name));
	printf("still %s on %s, %s\n", name.nodename, name.machine, name.sysname);
	in_child("pids", pids, NULL);
	in_child("mounts", mounts, NULL);
	SHOW(access("/tmp/mounted/file", F_OK));
	rmdir("/tmp/mounted");
	terminal();
	return 0;
}

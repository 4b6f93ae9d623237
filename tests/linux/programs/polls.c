// SPDX-License-Identifier: MIT
/*
 * poll, select, epoll, eventfd, signalfd, timerfd, inotify: which descriptors become ready,
 * and when.
 */
#include "program.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

static void show_poll(const char *what, struct pollfd *list, int n, int timeout)
{
	int i, ready = MUST(poll(list, n, timeout));

	printf("%s: %d:", what, ready);
	for (i = 0; i < n; i++)
		printf(" %#x", list[i].revents);
	printf("\n");
}

static void polls(void)
{
	int fds[2];
	struct pollfd list[3];
	struct timeval none = { 0, 0 };
	fd_set set;

	MUST(pipe(fds));
	list[0] = (struct pollfd){ fds[0], POLLIN, 0 };
	list[1] = (struct pollfd){ fds[1], POLLOUT, 0 };
	list[2] = (struct pollfd){ 99, POLLIN, 0 };
	show_poll("empty pipe", list, 3, 0);
	show_poll("waiting", list, 1, 20);
	MUST(write(fds[1], "x", 1));
	show_poll("a byte", list, 2, -1);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	SHOW(select(fds[0] + 1, &set, NULL, NULL, &none));
	close(fds[1]);
	show_poll("closed", list, 2, 0);
	SHOW(poll((void *)0xc0000000, 1, 0));
	SHOW(select(2000, &set, NULL, NULL, &none));
	close(fds[0]);
}

static void epolls(void)
{
	int epoll = MUST(epoll_create1(0)), fds[10][2], i, n, round;
	struct epoll_event event, events[16];
	unsigned int seen;

	for (i = 0; i < 10; i++) {
		MUST(pipe(fds[i]));
		event = (struct epoll_event){ EPOLLIN | (i & 1 ? EPOLLET : 0), { .u32 = i } };
		MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i][0], &event));
	}
	SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0][0], &event));
	SHOW(epoll_wait(epoll, events, 16, 10));
	if (!fork()) {
		for (i = 0; i < 10; i += 3)
			MUST(write(fds[i][1], "x", 1));
		_exit(0);
	}
	wait(NULL);
	for (round = 0; round < 2; round++) {
		n = MUST(epoll_wait(epoll, events, 16, 100));
		for (i = seen = 0; i < n; i++)
			seen |= 1u << events[i].data.u32;
		printf("ready: %d, %#x\n", n, seen);
	}
	SHOW(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0][0], NULL));
	SHOW(epoll_wait(epoll, (void *)0xc0000000, 16, 0));
}

static void descriptors(void)
{
	struct itimerspec time = { { 0, 0 }, { 0, 20000000 } };
	struct signalfd_siginfo info;
	int fd, epoll = MUST(epoll_create1(0));
	struct epoll_event event = { EPOLLIN, { .u32 = 1 } };
	uint64_t value = 5;
	sigset_t set;

	fd = MUST(eventfd(3, EFD_NONBLOCK));
	MUST(write(fd, &value, 8));
	MUST(read(fd, &value, 8));
	printf("eventfd: %llu\n", (unsigned long long)value);
	SHOW(read(fd, &value, 8));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	fd = MUST(signalfd(-1, &set, 0));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	if (!fork()) {
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	MUST(epoll_wait(epoll, &event, 1, -1));
	MUST(read(fd, &info, sizeof(info)));
	printf("signalfd: %s code %d\n", sigabbrev_np(info.ssi_signo), info.ssi_code);
	wait(NULL);
	fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	MUST(timerfd_settime(fd, 0, &time, NULL));
	MUST(epoll_wait(epoll, &event, 1, -1));
	MUST(read(fd, &value, 8));
	printf("timerfd: %llu\n", (unsigned long long)value);
}

static void watches(void)
{
	int fd = MUST(inotify_init1(IN_NONBLOCK)), file;
	char buffer[1024] __attribute__((aligned(8)));
	ssize_t n, at;

	MUST(mkdir("/tmp/watched", 0755));
	MUST(inotify_add_watch(fd, "/tmp/watched", IN_ALL_EVENTS));
	file = MUST(open("/tmp/watched/a", O_CREAT | O_WRONLY, 0644));
	MUST(write(file, "x", 1));
	close(file);
	MUST(rename("/tmp/watched/a", "/tmp/watched/b"));
	MUST(unlink("/tmp/watched/b"));
	MUST(rmdir("/tmp/watched"));
	n = MUST(read(fd, buffer, sizeof(buffer)));
	for (at = 0; at < n;) {
		struct inotify_event *event = (void *)(buffer + at);

		printf("event %#x %s\n", event->mask, event->len ? event->name : "-");
		at += sizeof(*event) + event->len;
	}
}

int main(void)
{
	polls();
	epolls();
	descriptors();
	watches();
	return 0;
}

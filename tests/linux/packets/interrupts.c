// SPDX-License-Identifier: MIT
/*
 * Has processes and softirqs ask the plugin `asked` at the same time. The plugin has a graft for
 * each of two sockets, and one for this process at the point `trial`.
 *
 *	interrupts ROUNDS ADDRESS PORT NR
 *
 * One process calls the plugin's entry `spin` again and again, one sends datagrams to the first
 * socket over the loopback device, one sleeps in a timer of 100 us, and one exchanges datagrams by
 * the second socket with a server at ADDRESS:PORT, which sends each back: they come by interrupts of
 * the network card, and every second one is answered by the graft, as it begins with '?'. Meanwhile
 * this process asks the point `trial` ROUNDS times. Ends when that is done and NR datagrams have come
 * back; prints what each has done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attaching.h"

#define ROUNDS_MAX 1000000u /* of one ioctl */

/* Shared by the processes. */
static struct {
	uint32_t calls, loops, timers, sent, returned, wrong;
} * done;

static int open_socket(void)
{
	struct timeval limit = { .tv_usec = 200000 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), "socket");
	return fd;
}

static void call_spin(void)
{
	const uint32_t rounds = 3000;

	for (;; done->calls++)
		must(call_plugin("asked", "spin", &rounds, 1) == rounds, "spin");
}

/* Sends datagrams to the socket, which is this process's, and takes them from there. */
static void loop(int fd)
{
	struct sockaddr_in to;
	socklen_t size = sizeof(to);
	uint32_t got;

	must(!getsockname(fd, (struct sockaddr *)&to, &size), "getsockname");
	for (;; done->loops++) {
		must(sendto(fd, &done->loops, 4, 0, (struct sockaddr *)&to, sizeof(to)) == 4,
		     "sendto");
		if (done->loops % 256 == '?')
			must(recv(fd, &got, 4, 0) == 4 && got == done->loops - '?' + '!', "reply");
		else
			must(recv(fd, &got, 4, 0) == 4 && got == done->loops, "recv");
	}
}

static void wait_for_timers(void)
{
	struct timespec nap = { .tv_nsec = 100000 };

	for (;; done->timers++)
		nanosleep(&nap, NULL);
}

/* The server's replies to datagrams that begin with '-'. Those to '?' are answered by the graft. */
static void exchange(int fd, const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	char text[64], got[64];
	ssize_t length;
	int i;

	inet_pton(AF_INET, address, &to.sin_addr);
	for (;;) {
		for (i = 0; i < 8; i++) {
			length = sprintf(text, "%c%u", i % 2 ? '?' : '-', ++done->sent);
			must(sendto(fd, text, (size_t)length, 0, (struct sockaddr *)&to,
				    sizeof(to)) == length,
			     "sendto");
		}
		/* Datagrams may be lost. */
		for (i = 0; i < 4 && (length = recv(fd, got, sizeof(got), 0)) > 0; i++) {
			done->returned++;
			done->wrong += got[0] != '-';
		}
	}
}

/* The process ends with this one, or before if it fails. */
#define START(work)                                       \
	do {                                              \
		if (!fork()) {                            \
			prctl(PR_SET_PDEATHSIG, SIGKILL); \
			work;                             \
		}                                         \
	} while (0)

static void ask_trial(uint32_t rounds)
{
	struct ringfence_ask ask = { .limit = UINT32_MAX };

	for (; rounds; rounds -= ask.rounds) {
		ask.rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
		must(!plugin_ioctl(RINGFENCE_IOC_ASK, &ask, sizeof(ask)), "ask");
		must(ask.answered == ask.rounds, "answers");
	}
}

int main(int argc, char **argv)
{
	struct ringfence_attach trial = { .scope = RINGFENCE_SCOPE_PROCESS };
	struct sockaddr_in any = { .sin_family = AF_INET };
	int looped = open_socket(), exchanged = open_socket();
	uint32_t rounds, least, waited = 0;

	must(argc == 5, "usage: interrupts ROUNDS ADDRESS PORT NR");
	rounds = (uint32_t)atoi(argv[1]);
	least = (uint32_t)atoi(argv[4]);
	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(done != MAP_FAILED && !bind(looped, (struct sockaddr *)&any, sizeof(any)), "bind");
	attach("packet", "asked", looped);
	attach("packet", "asked", exchanged);
	strcpy(trial.point, "trial");
	strcpy(trial.name, "asked");
	must(!plugin_ioctl(RINGFENCE_IOC_ATTACH, &trial, sizeof(trial)), "attach trial");
	START(call_spin());
	START(loop(looped));
	START(wait_for_timers());
	START(exchange(exchanged, argv[2], argv[3]));
	ask_trial(rounds);
	while (done->returned < least && waited++ < 3000)
		usleep(10000);
	must(!waitpid(-1, NULL, WNOHANG), "a process has ended");
	printf("{\"trial\": %u, \"calls\": %u, \"loops\": %u, \"timers\": %u, \"sent\": %u, "
	       "\"returned\": %u, \"wrong\": %u}\n",
	       rounds, done->calls, done->loops, done->timers, done->sent, done->returned,
	       done->wrong);
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * Sends the same random datagrams to two UDP sockets of this process. The first has the graft of
 * the plugin `filter`, which the program attaches and gives rules; the second has the same rules as
 * a classic BPF program. Prints how many datagrams each has let in, and how many verdicts differ.
 *
 *	verdicts ADDRESS SEED NR
 *
 * ADDRESS: own address, to which the datagrams are sent. Status 0 also if verdicts differ.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attaching.h"

#define LONGEST 1472

/* A rule of the plugin filter, in the order of the arguments of its entry `pass`. */
struct rule {
	uint32_t least, most, port, last_port, word, mask;
};

static uint32_t seed;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 4) * limit >> 28);
}

static int open_socket(const char *address, uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, address, &name.sin_addr);
	must(fd >= 0 && !bind(fd, (struct sockaddr *)&name, sizeof(name)), "socket");
	return fd;
}

static struct sockaddr_in name_of(int fd)
{
	struct sockaddr_in name;
	socklen_t size = sizeof(name);

	must(!getsockname(fd, (struct sockaddr *)&name, &size), "getsockname");
	return name;
}

/* ---- the rules as classic BPF, which sees the UDP header before the payload ---- */

#define UDP_HEADER 8

static struct sock_filter program[256];
static unsigned int nr_program;

static void emit(uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	program[nr_program++] = (struct sock_filter){ code, yes, no, k };
}

/* A rule of at most 12 instructions, that returns at once if all conditions hold. */
static void compile_rule(const struct rule *rule)
{
	emit(BPF_LD | BPF_W | BPF_LEN, 0, 0, 0);
	emit(BPF_JMP | BPF_JGE | BPF_K, 0, 10, UDP_HEADER + rule->least);
	emit(BPF_JMP | BPF_JGT | BPF_K, 9, 0, UDP_HEADER + rule->most);
	emit(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0); /* the sender's port */
	emit(BPF_JMP | BPF_JGE | BPF_K, 0, 7, rule->port);
	emit(BPF_JMP | BPF_JGT | BPF_K, 6, 0, rule->last_port);
	emit(BPF_LD | BPF_W | BPF_LEN, 0, 0, 0);
	emit(BPF_JMP | BPF_JGE | BPF_K, 0, rule->mask ? 4 : 0, UDP_HEADER + 4);
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, rule->mask ? UDP_HEADER : 0);
	emit(BPF_ALU | BPF_AND | BPF_K, 0, 0, rule->mask);
	emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, rule->word & rule->mask);
	emit(BPF_RET | BPF_K, 0, 0, 0xffffffff);
}

static void attach_bpf(int fd, const struct rule *rules, unsigned int nr)
{
	struct sock_fprog filter = { .filter = program };
	unsigned int i;

	for (i = 0; i < nr; i++)
		compile_rule(&rules[i]);
	emit(BPF_RET | BPF_K, 0, 0, 0);
	filter.len = (unsigned short)nr_program;
	must(!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), "BPF");
}

static void attach_plugin(int fd, const struct rule *rules, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		must(call_plugin("filter", "pass", &rules[i].least, 6) == i + 1, "pass");
	attach("packet", "filter", fd);
}

/* ---- the traffic ---- */

/* Is a datagram there? Its first bytes go to @begin. */
static int receive(int fd, uint8_t *bytes, ssize_t *length)
{
	*length = recv(fd, bytes, LONGEST, MSG_DONTWAIT);
	return *length >= 0;
}

int main(int argc, char **argv)
{
	static const char *const begins[] = { "get ", "set ", "gets", "GET ", "\0\0\0\0" };
	struct rule rules[3];
	uint8_t sent[LONGEST], got[2][LONGEST];
	int sockets[2], senders[2], passed[2] = { 0 }, differ = 0, wrong = 0, i, j, nr;

	must(argc == 4, "usage: verdicts ADDRESS SEED NR");
	seed = (uint32_t)atoi(argv[2]);
	nr = atoi(argv[3]);
	for (j = 0; j < 2; j++) {
		sockets[j] = open_socket(argv[1], 0);
		senders[j] = open_socket(argv[1], 0);
	}
	/* One of the senders, some lengths, and some begins fit. */
	rules[0] = (struct rule){ 4, 200, 1, 65535, 0x67657420, 0xffffffff }; /* "get " */
	rules[1] = (struct rule){
		0, 40, ntohs(name_of(senders[0]).sin_port), ntohs(name_of(senders[0]).sin_port),
		0, 0
	};
	rules[2] = (struct rule){ 500, 1400, 1, 65535, 0x40000000, 0xc0000000 };
	attach_plugin(sockets[0], rules, 3);
	attach_bpf(sockets[1], rules, 3);
	for (i = 0; i < nr; i++) {
		ssize_t length = random_below(3) ? random_below(260) : random_below(LONGEST + 1);
		int from = senders[random_below(2)], in[2];
		ssize_t lengths[2];

		for (j = 0; j < length; j++)
			sent[j] = (uint8_t)random_below(256);
		if (length >= 4 && random_below(2))
			memcpy(sent, begins[random_below(5)], 4);
		for (j = 0; j < 2; j++) {
			struct sockaddr_in to = name_of(sockets[j]);

			must(sendto(from, sent, (size_t)length, 0, (struct sockaddr *)&to,
				    sizeof(to)) == length,
			     "sendto");
		}
		for (j = 0; j < 2; j++) {
			in[j] = receive(sockets[j], got[j], &lengths[j]);
			passed[j] += in[j];
			wrong += in[j] &&
				 (lengths[j] != length || memcmp(got[j], sent, (size_t)length));
		}
		differ += in[0] != in[1];
	}
	printf("{\"sent\": %d, \"graft\": %d, \"bpf\": %d, \"differ\": %d, \"wrong\": %d}\n", nr,
	       passed[0], passed[1], differ, wrong);
	return 0;
}

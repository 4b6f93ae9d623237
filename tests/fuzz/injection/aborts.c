// SPDX-License-Identifier: MIT
/* See aborts.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aborts.h"
#include "accounts.h"
#include "plan.h"

#define KEYS	 8u
#define SERVICES 0xffbe /* all but `random` */
#define SPINS	 500u

enum { WELL, UNDONE, FAULTS, FORBIDDEN, KILLED, WAYS }; /* the first four as in interim.c */

/* Of the readers, which are processes of their own. */
static struct shared {
	volatile unsigned long values, meanwhile, odd, datagrams;
	volatile bool over;
} * shared;

static struct plugin plugin = { .name = "writer", .services = SERVICES };

/* The value of the key, or 0 if it is not there. */
static uint32_t get(const char *map, uint32_t key)
{
	struct ringfence_map_entry entry = { .key_size = 4, .value_size = 4 };
	uint32_t value = 0;

	strcpy(entry.name, map);
	memcpy(entry.key, &key, sizeof(key));
	if (!request(RINGFENCE_IOC_MAP_GET, &entry, sizeof(entry)))
		memcpy(&value, entry.value, sizeof(value));
	return value;
}

static bool is_staged(const char *name)
{
	struct ringfence_map map = { 0 };

	strcpy(map.name, name);
	return !request(RINGFENCE_IOC_MAP_SHOW, &map, sizeof(map)) && map.staged;
}

static void note(uint32_t value)
{
	shared->values++;
	shared->odd += value & 1;
}

/* All that MAP_WALK or MAP_POP gives. */
static void read_all(unsigned long number, const char *map, uint32_t key_size)
{
	struct ringfence_map_entry entry = { .key_size = key_size, .value_size = 4 };
	uint32_t value;

	strcpy(entry.name, map);
	while (!request(number, &entry, sizeof(entry))) {
		memcpy(&value, entry.value, sizeof(value));
		note(value);
		memset(entry.key, 0, sizeof(entry.key));
		memset(entry.value, 0, sizeof(entry.value));
	}
}

static void sleep_us(unsigned int us)
{
	const struct timespec time = { .tv_nsec = us * 1000 };

	nanosleep(&time, NULL);
}

static void read_maps(void)
{
	uint32_t key;
	bool staged;

	while (!shared->over) {
		staged = is_staged("table");
		for (key = 0; key < KEYS; key++) {
			note(get("table", key));
			note(get("counters", key));
		}
		shared->meanwhile += staged && is_staged("table");
		read_all(RINGFENCE_IOC_MAP_WALK, "table", 4);
		read_all(RINGFENCE_IOC_MAP_POP, "events", 0);
		sleep_us(20);
	}
}

static void send_datagrams(int fd, const struct sockaddr_in *name)
{
	uint8_t got[4];

	while (!shared->over) {
		if (sendto(fd, "read", 4, 0, (const struct sockaddr *)name, sizeof(*name)) == 4)
			shared->datagrams++;
		while (recv(fd, got, sizeof(got), MSG_DONTWAIT) >= 0)
			;
		sleep_us(50);
	}
}

static int make_socket(struct sockaddr_in *name)
{
	socklen_t size = sizeof(*name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*name = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)name, size) ||
	    getsockname(fd, (struct sockaddr *)name, &size))
		fail("there is no socket");
	return fd;
}

static void start_readers(void)
{
	struct sockaddr_in name;
	int fd = make_socket(&name);

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	attach_graft("packet", "reader", RINGFENCE_SCOPE_SOCKET, fd);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_maps();
		_exit(0);
	}
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		send_datagrams(fd, &name);
		_exit(0);
	}
	close(fd);
}

/* One call with the value. Returns whether it was committed. */
static bool change(uint32_t value, uint32_t way, uint32_t kill_after_us)
{
	const uint32_t args[] = { value, way == KILLED ? UNDONE : way, SPINS };
	const struct call call = { .plugin = "writer",
				   .entry = "change",
				   .args = args,
				   .nr_args = 3,
				   .kill_after_us = way == KILLED ? kill_after_us : 0 };
	uint32_t refused, status = call_plugin(&call, &refused);

	if (status) {
		unload_plugin("writer");
		load_plugin(&plugin);
	} else if (way == FAULTS || way == FORBIDDEN) {
		fail("a call that should have been stopped was not");
	}
	return !status && way == WELL && !refused;
}

static uint32_t count_in_softirqs(uint32_t of_wrong)
{
	const struct call count = {
		.plugin = "reader", .entry = "count", .args = &of_wrong, .nr_args = 1
	};
	uint32_t value;

	if (call_plugin(&count, &value))
		fail("the plugin that reads was stopped");
	return value;
}

void aborts(unsigned long count, uint32_t seed)
{
	uint32_t way, key, value = 0, committed = 0, ways[WAYS] = { 0 };
	unsigned long aborted = 0, well = 0;
	struct plugin reader;

	plugin.image = read_whole("interim.plg", &plugin.size);
	accounts_open("canary.plg");
	create_map("table", RINGFENCE_MAP_HASH, 4, 4, 16);
	create_map("counters", RINGFENCE_MAP_ARRAY, 4, 4, KEYS);
	create_map("events", RINGFENCE_MAP_RING, 0, 4, 64);
	reader = plugin;
	reader.name = "reader";
	load_plugin(&plugin);
	load_plugin(&reader);
	start_readers();
	while (aborted < count) {
		way = next_random(&seed) % 24;
		way = way >= KILLED + 1 ? way % 4 ? UNDONE : WELL : way;
		value += 2;
		if (change(way == WELL ? value : value | 1, way, next_random(&seed) % 400 + 1)) {
			committed = value;
			well++;
		} else {
			aborted++;
		}
		ways[way]++;
		for (key = 0; key < KEYS; key++)
			if (get("table", key) != committed || get("counters", key) != committed)
				fail("key %u is not %u", key, committed);
	}
	shared->over = true;
	while (wait(NULL) > 0)
		;
	printf("%lu aborted, %lu well; undone %u, faults %u, forbidden %u, killed %u\n", aborted,
	       well, ways[UNDONE], ways[FAULTS], ways[FORBIDDEN], ways[KILLED]);
	printf("read %lu values by a process, %lu rounds while changes were staged, %lu odd; "
	       "%u by a plugin in %lu datagrams, %u odd\n",
	       shared->values, shared->meanwhile, shared->odd, count_in_softirqs(0),
	       shared->datagrams, count_in_softirqs(1));
	if (shared->odd || count_in_softirqs(1))
		fail("somebody has read what was undone");
	if (!shared->meanwhile || !shared->datagrams || !well)
		fail("nobody has read meanwhile");
	unload_plugin("writer");
	unload_plugin("reader");
	delete_map("table");
	delete_map("counters");
	delete_map("events");
	check_accounts(false);
	check_canaries();
	print_accounts();
	print_audit();
	printf("done %lu\n", aborted);
}

// SPDX-License-Identifier: MIT
/* See accounts.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "device.h"
#include "plan.h"

#define WORDS (64u << 10)

static struct {
	uint32_t plugins, pages_free, grafts, maps;
	unsigned long text;
} first;
static uint32_t *own; /* the canary in this process */

/* A number that the kernel's audit has, see audit.h of the driver. */
static unsigned long audited(const char *what, int base)
{
	char name[64], text[32] = "";
	int fd;

	snprintf(name, sizeof(name), "/sys/module/plugins/parameters/audit_%s", what);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		fail("%s cannot be read", name);
	close(fd);
	return strtoul(text, NULL, base);
}

static struct ringfence_info info(void)
{
	struct ringfence_info info = { 0 };

	if (request(RINGFENCE_IOC_INFO, &info, sizeof(info)))
		fail("the device says nothing");
	return info;
}

static uint32_t count_grafts(void)
{
	struct ringfence_point point = { 0 };
	uint32_t nr = 0;

	for (; !request(RINGFENCE_IOC_POINT, &point, sizeof(point)); point.index++)
		nr += point.grafts;
	return nr;
}

static uint32_t count_maps(void)
{
	struct ringfence_map map = { .head.flags = RINGFENCE_MAP_NEXT };
	uint32_t nr = 0;

	while (!request(RINGFENCE_IOC_MAP_SHOW, &map, sizeof(map)))
		nr++;
	return nr;
}

void check_canaries(void)
{
	const struct call check = { .plugin = "canary", .entry = "check" };
	uint32_t wrong, i;

	if (call_plugin(&check, &wrong) || wrong)
		fail("%u words of another plugin are not its own", wrong);
	for (i = 0; i < WORDS; i++)
		if (own[i] != i * 2246822519u)
			fail("a word of this process is not its own");
	if (audited("text", 16) != first.text)
		fail("the kernel's code or constants are not what they were");
}

void accounts_open(const char *canary)
{
	struct plugin plugin = { .name = "canary" };
	uint32_t i;

	plugin.image = read_whole(canary, &plugin.size);
	load_plugin(&plugin);
	own = malloc(WORDS * sizeof(*own));
	for (i = 0; i < WORDS; i++)
		own[i] = i * 2246822519u;
	first.text = audited("text", 16);
	check_canaries();
	first.plugins = info().plugins;
	first.pages_free = info().pages_free;
	first.grafts = count_grafts();
	first.maps = count_maps();
}

void check_accounts(bool is_alone)
{
	struct ringfence_info now = info();

	if (now.plugins != first.plugins)
		fail("there are %u plugins, not %u", now.plugins, first.plugins);
	if (now.pages_free != first.pages_free)
		fail("the monitor has %u pages free, not %u", now.pages_free, first.pages_free);
	if (count_grafts() != first.grafts)
		fail("%u grafts are attached, not %u", count_grafts(), first.grafts);
	if (count_maps() != first.maps)
		fail("there are %u maps, not %u", count_maps(), first.maps);
	if (audited("differences", 10))
		fail("the kernel is not what it was before a call that was aborted: see its log");
	if (is_alone && audited("moved", 10))
		fail("a call that was aborted has changed maps, or somebody else has");
}

void print_accounts(void)
{
	struct ringfence_info now = info();

	printf("accounts: plugins %u, now %u; grafts %u, now %u; maps %u, now %u; the monitor's "
	       "free pages %u, now %u\n",
	       first.plugins, now.plugins, first.grafts, count_grafts(), first.maps, count_maps(),
	       first.pages_free, now.pages_free);
}

void print_audit(void)
{
	printf("audited %lu moved %lu\n", audited("aborts", 10), audited("moved", 10));
}

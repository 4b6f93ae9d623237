// SPDX-License-Identifier: MIT
/* The verb attach. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "device.h"
#include "failure.h"
#include "name.h"
#include "number.h"
#include "output.h"
#include "regular_file.h"
#include "socket.h"
#include "words.h"

static const struct fact facts[] = {
	{ FACT_MEMBER(struct ringfence_attach, id), .type = FACT_NUMBER },
	{ FACT_NAMED("plugin", struct ringfence_attach, name), .type = FACT_TEXT },
	{ FACT_MEMBER(struct ringfence_attach, entry), .type = FACT_TEXT },
	{ FACT_MEMBER(struct ringfence_attach, point), .type = FACT_TEXT },
	{ FACT_MEMBER(struct ringfence_attach, scope), .type = FACT_WORD, .word = scope_word },
	{ 0 },
};

static const struct form form = {
	facts,
	.text = (const char *const[]){ "attached {plugin} to {point} as graft {id}", NULL },
};

/* Parses @word, NAME[:ENTRY], which loses its colon. */
static void take_entry(struct ringfence_attach *attach, char *word)
{
	char *colon = strchr(word, ':');

	if (colon) {
		*colon = 0;
		name_set_entry(attach->entry, colon + 1);
	}
	name_set(attach->name, word);
}

static int open_cgroup(const char *path)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		fail("%s, the cgroup that a graft is for, cannot be opened: %s", path,
		     strerror(errno));
	return directory;
}

/* Sets for whose requests the graft is. */
static void take_scope(const struct arguments *arguments, struct ringfence_attach *attach)
{
	const char *path = option_value(arguments, "--file");
	const char *cgroup = option_value(arguments, "--cgroup");
	uint32_t pid = number_option(arguments, "--pid", 1, INT32_MAX, 0);
	uint32_t udp = number_option(arguments, "--udp", 1, UINT16_MAX, 0);
	uint32_t tcp = number_option(arguments, "--tcp", 1, UINT16_MAX, 0);
	const char *socket = option_value(arguments, "--socket");

	if (!!path + !!cgroup + !!pid + !!udp + !!tcp + !!socket > 1)
		usage(arguments->verb,
		      "a graft is for a file, a process, a cgroup or a socket: "
		      "give one of --file, --pid, --cgroup, --udp, --tcp and --socket");
	attach->scope = RINGFENCE_SCOPE_ALL;
	if (pid) {
		attach->scope = RINGFENCE_SCOPE_PROCESS;
		attach->target = (int32_t)pid;
	} else if (udp || tcp || socket) {
		attach->scope = RINGFENCE_SCOPE_SOCKET;
		attach->target = socket ? socket_of_process(socket) :
				 udp	? socket_of_port(SOCKET_UDP, udp) :
					  socket_of_port(SOCKET_TCP, tcp);
	} else if (path) {
		attach->scope = RINGFENCE_SCOPE_FILE;
		attach->target = regular_file_open(path, O_RDONLY, "what a graft is for", 0, NULL);
	} else if (cgroup) {
		attach->scope = RINGFENCE_SCOPE_CGROUP;
		attach->target = open_cgroup(cgroup);
	}
}

int run_attach(const struct arguments *arguments)
{
	struct ringfence_attach attach = { 0 };

	name_set_point(attach.point, arguments->words[0]);
	take_entry(&attach, arguments->words[1]);
	attach.failures = number_option(arguments, "--failures", 1, UINT32_MAX, 0);
	attach.fails_closed = option_value(arguments, "--fail-closed") != NULL;
	take_scope(arguments, &attach);
	if (device_run(RINGFENCE_IOC_ATTACH, &attach, sizeof(attach), 0))
		fail("%s was not attached: %s", attach.name, reason());
	if (attach.scope == RINGFENCE_SCOPE_FILE || attach.scope == RINGFENCE_SCOPE_CGROUP ||
	    attach.scope == RINGFENCE_SCOPE_SOCKET)
		close(attach.target);
	if (!attach.entry[0])
		strcpy(attach.entry, attach.point); /* the entry that the kernel took */
	output(&form, &attach);
	return EXIT_SUCCESS;
}

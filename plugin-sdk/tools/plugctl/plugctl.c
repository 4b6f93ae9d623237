// SPDX-License-Identifier: MIT
/*
 * plugctl: load, call, list, show, replace, kill and unload plugins. Exit status:
 * 0 done, 1 not done (one sentence says why), 2 called wrongly, 3 the monitor
 * stopped the plugin, now or before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_op.h"

#include <linux/ringfence.h>

#include "failure.h"
#include "help.h"
#include "options.h"
#include "output.h"

/*
 * Opens /dev/null for each closed standard stream. Otherwise a file opened later would get
 * descriptor 0, 1 or 2, and plugctl would print into that file.
 */
static void keep_standard_streams(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			exit(EXIT_FAILURE);
}

static int print_help(const struct verb *verb)
{
	if (as_json)
		help_json(verb);
	else
		help(stdout, verb);
	return EXIT_SUCCESS;
}

struct version {
	uint32_t abi, uapi;
};

static int print_version(void)
{
	static const struct fact facts[] = {
		{ FACT_MEMBER(struct version, abi), .type = FACT_ABI },
		{ FACT_MEMBER(struct version, uapi), .type = FACT_NUMBER },
		{ 0 },
	};
	static const char *const text[] = {
		"plugctl for plugin ABI {abi}, /dev/plugins version {uapi}", NULL
	};
	static const struct form form = { facts, .text = text };

	output(&form, &(struct version){ PLUGIN_ABI, RINGFENCE_UAPI_VERSION });
	return EXIT_SUCCESS;
}

/*
 * Runs the verb argv[0] with the words behind it. options_everywhere() has removed its
 * options from @argv. Returns the exit status.
 */
static int run(int argc, char **argv, int want_help)
{
	int is_help = argc && !strcmp(argv[0], "help");
	const struct verb *verb;
	struct arguments arguments;
	int nr; /* words of the verb */

	if (is_help) {
		argc--;
		argv++;
	}
	if (!argc && (is_help || want_help))
		return print_help(NULL);
	if (!argc)
		usage(NULL, "give a VERB");
	if (!strcmp(argv[0], "version") || !strcmp(argv[0], "--version")) {
		if (argc > 1)
			usage(NULL, "%s: \"%s\" is one word too many: give none", argv[0], argv[1]);
		return print_version();
	}
	verb = verb_find(argv, &nr);
	if (is_help && argc > (verb ? nr : 1))
		usage(NULL, "help: \"%s\" is one word too many: give one VERB",
		      argv[verb ? nr : 1]);
	if (!verb && argv[0][0] == '-')
		usage(NULL, "there is no option \"%s\"", argv[0]);
	if (!verb)
		usage(NULL, "there is no verb \"%s%s%s\"", argv[0],
		      !strcmp(argv[0], "map") && argv[1] ? " " : "",
		      !strcmp(argv[0], "map") && argv[1] ? argv[1] : "");
	if (is_help || want_help)
		return print_help(verb);
	options_parse(verb, argc - nr, argv + nr, &arguments);
	return verb->run(&arguments);
}

int main(int argc, char **argv)
{
	struct everywhere found = { 0 };
	int status;

	keep_standard_streams();
	if (argc > 0) {
		argc--;
		argv++;
	}
	argc = options_everywhere(argc, argv, &found);
	as_json = found.json;
	status = run(argc, argv, found.help);
	if (fflush(stdout) || ferror(stdout)) {
		as_json = 0;
		fail("the output cannot be written: %s", strerror(errno));
	}
	return status;
}

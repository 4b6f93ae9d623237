// SPDX-License-Identifier: MIT
/*
 * plugctl: load, call, list, show, replace, kill and unload plugins. Exit status: 0 done,
 * 1 not done (one sentence says why), 2 called wrongly, 3 the plugin was
 * stopped by the monitor (or had been before).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#include "device.h"
#include "json.h"
#include "report.h"
#include "services.h"
#include "window.h"
#include "words.h"

#define EXIT_USAGE   2
#define EXIT_STOPPED 3

static const char usage_text[] =
	"plugctl [--json] COMMAND\n"
	"  load FILE [--name NAME] [--budget-us N]  load a plugin; its name is FILE's without .plg\n"
	"    [--allow SERVICE,...|none|all]         what it may ask for, see docs/services.md\n"
	"    [--strikes N]                          the N-th request for others stops it (1)\n"
	"  call NAME ENTRY [ARG...]                 call an entry with up to six 32-bit numbers\n"
	"    [--window FILE[:rw]]                   the first two: where it sees FILE, and length\n"
	"    [--kill-after-ms N]                    end it if it takes longer, before its budget\n"
	"  replace NAME FILE [--kill]               load FILE, as load does, in the place of NAME\n"
	"    [--budget-us N] [--allow ...] [--strikes N]\n"
	"  list                                     all plugins, one a line\n"
	"  show NAME                                one plugin: state, sizes, entries, last fault\n"
	"  kill NAME                                end a plugin: it never runs again\n"
	"  unload NAME [--kill]                     unload a plugin, also in the middle of a call\n"
	"  info                                     the monitor: ABI, mode, what it enforces\n"
	"Exit status: 0 done, 1 error, 2 wrong use, 3 the plugin was stopped.\n";

static int as_json;

static void print_failure(const char *kind, const char *text)
{
	if (as_json) {
		json_open(NULL, '{');
		json_text(kind, text);
		json_close();
	} else {
		fprintf(stderr, "plugctl: %s\n", text);
	}
}

void fail(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_failure("error", text);
	exit(EXIT_FAILURE);
}

static void __attribute__((format(printf, 1, 2), noreturn)) usage(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_failure("error", text);
	if (!as_json)
		fputs(usage_text, stderr);
	exit(EXIT_USAGE);
}

/* A 32-bit number, decimal, 0x or negative. */
static uint32_t number(const char *text, const char *what)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 0);
	if (errno || end == text || *end || value < -0x80000000ll || value > 0xffffffffll)
		usage("%s \"%s\" is not a 32-bit number: write it like 10, -1 or 0x1f", what, text);
	return (uint32_t)value;
}

static void set_name(char *field, const char *name)
{
	if (!name[0] || strlen(name) >= RINGFENCE_NAME_SIZE)
		fail("\"%s\" is not a plugin's name: it has 1 to %d characters", name,
		     RINGFENCE_NAME_SIZE - 1);
	strcpy(field, name);
}

static void name_from_file(char *field, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t length;

	base = base ? base + 1 : path;
	length = strlen(base);
	if (length > 4 && !strcmp(base + length - 4, ".plg"))
		length -= 4;
	if (!length || length >= RINGFENCE_NAME_SIZE)
		fail("%s: the file's name does not make a plugin's name: give one of 1 to %d "
		     "characters with --name",
		     path, RINGFENCE_NAME_SIZE - 1);
	memcpy(field, base, length);
	field[length] = 0;
}

static struct ringfence_show show_by_name(const char *name)
{
	struct ringfence_show show = { 0 };

	set_name(show.name, name);
	if (device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), 0))
		fail("%s", reason());
	return show;
}

/* load and replace: the name of the latter is not an option. */
static int load_plugin(int argc, char **argv, const char *replaced)
{
	const char *command = replaced ? "replace" : "load", *path = NULL;
	struct ringfence_load load = { 0 };
	unsigned int flags = 0;
	int i;

	if (replaced)
		set_name(load.name, replaced);
	for (i = 0; i < argc; i++) {
		if (!replaced && !strcmp(argv[i], "--name") && i + 1 < argc)
			set_name(load.name, argv[++i]);
		else if (replaced && !strcmp(argv[i], "--kill"))
			flags |= RINGFENCE_REPLACE_KILL;
		else if (!strcmp(argv[i], "--budget-us") && i + 1 < argc)
			load.budget_us = number(argv[++i], "the budget");
		else if (!strcmp(argv[i], "--strikes") && i + 1 < argc)
			load.strikes = number(argv[++i], "the number of strikes");
		else if (!strcmp(argv[i], "--allow") && i + 1 < argc) {
			services_parse(argv[++i], load.services);
			flags |= RINGFENCE_LOAD_SERVICES;
		} else if (argv[i][0] == '-' || path)
			usage("%s: \"%s\" is not understood", command, argv[i]);
		else
			path = argv[i];
	}
	if (!path)
		usage("%s: which FILE?", command);
	if (!load.name[0])
		name_from_file(load.name, path);
	load.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (load.fd < 0)
		fail("%s cannot be opened: %s", path, strerror(errno));
	if (device_run(replaced ? RINGFENCE_IOC_REPLACE : RINGFENCE_IOC_LOAD, &load, sizeof(load),
		       flags))
		fail("%s was not loaded: %s", path, reason());
	if (as_json) {
		struct ringfence_show show = show_by_name(load.name);

		json_open(NULL, '{');
		json_text("name", load.name);
		report_plugin_json(&show);
		json_close();
	} else {
		printf("%s %s\n", replaced ? "replaced" : "loaded", load.name);
	}
	return EXIT_SUCCESS;
}

static int do_load(int argc, char **argv)
{
	return load_plugin(argc, argv, NULL);
}

static int do_replace(int argc, char **argv)
{
	if (argc < 2 || argv[0][0] == '-')
		usage("replace: give NAME and FILE");
	return load_plugin(argc - 1, argv + 1, argv[0]);
}

static void report_done(const char *name, const char *what)
{
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", name);
		json_bool(what, 1);
		json_close();
	} else {
		printf("%s %s\n", what, name);
	}
}

static int do_unload(int argc, char **argv)
{
	struct ringfence_unload unload = { 0 };
	int kill = argc == 2 && !strcmp(argv[1], "--kill");

	if (argc != 1 + kill)
		usage("unload: give one NAME");
	set_name(unload.name, argv[0]);
	if (device_run(RINGFENCE_IOC_UNLOAD, &unload, sizeof(unload),
		       kill ? RINGFENCE_UNLOAD_KILL : 0))
		fail("%s was not unloaded: %s", argv[0], reason());
	report_done(unload.name, "unloaded");
	return EXIT_SUCCESS;
}

static int do_kill(int argc, char **argv)
{
	struct ringfence_kill kill = { 0 };

	if (argc != 1)
		usage("kill: give one NAME");
	set_name(kill.name, argv[0]);
	if (device_run(RINGFENCE_IOC_KILL, &kill, sizeof(kill), 0))
		fail("%s was not killed: %s", argv[0], reason());
	report_done(kill.name, "killed");
	return EXIT_SUCCESS;
}

/* Returns 0 if there is a record. Without the right to read it there is none. */
static int get_fault(const char *name, struct ringfence_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	set_name(fault->name, name);
	return device_run(RINGFENCE_IOC_FAULT, fault, sizeof(*fault), 0);
}

/* Takes an option with its value out of the arguments, wherever it stands. */
static int take_option(int argc, char **argv, const char *option, const char *what,
		       const char **value)
{
	int kept = 0, i;

	for (i = 0; i < argc; i++) {
		if (i < 2 || strcmp(argv[i], option)) {
			argv[kept++] = argv[i];
			continue;
		}
		if (*value || i + 1 == argc)
			usage("call: give one %s after %s, once", what, option);
		*value = argv[++i];
	}
	return kept;
}

static uint32_t microseconds(const char *ms)
{
	uint32_t value = number(ms, "the time");

	if (!value || value > UINT32_MAX / 1000)
		usage("a call cannot be killed after %s ms: give 1 to %u", ms, UINT32_MAX / 1000);
	return value * 1000;
}

static int do_call(int argc, char **argv)
{
	struct ringfence_call call = { 0 };
	struct ringfence_fault fault;
	const char *window = NULL, *kill_after = NULL;
	unsigned int flags = 0;
	int have_fault, room, i;

	if (argc < 2)
		usage("call: give NAME and ENTRY");
	set_name(call.name, argv[0]);
	if (strlen(argv[1]) >= sizeof(call.entry))
		fail("plugin %s has no entry with so long a name", argv[0]);
	strcpy(call.entry, argv[1]);
	argc = take_option(argc, argv, "--window", "FILE", &window);
	argc = take_option(argc, argv, "--kill-after-ms", "N", &kill_after);
	if (kill_after)
		call.kill_after_us = microseconds(kill_after);
	room = window ? RINGFENCE_ARGS_MAX - 2 : RINGFENCE_ARGS_MAX;
	if (argc - 2 > room)
		usage("call: an entry takes at most %d arguments%s, not %d", room,
		      window ? " after a window" : "", argc - 2);
	for (i = 2; i < argc; i++)
		call.args[call.nr_args++] = number(argv[i], "the argument");
	if (window)
		window_read(window, &call, &flags);
	if (device_run(RINGFENCE_IOC_CALL, &call, sizeof(call), flags))
		fail("%s was not called: %s", argv[0], reason());
	if (window && !call.status)
		window_write(&call);

	have_fault = call.status && !get_fault(call.name, &fault);
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", call.name);
		json_text("entry", call.entry);
		json_text("status", status_word(call.status));
		if (!call.status)
			json_number("value", call.value);
		if (have_fault)
			report_fault_json(&fault);
		json_close();
	} else if (!call.status) {
		printf("%u (%#x), status ok\n", call.value, call.value);
	} else {
		fflush(stdout);
		if (call.status == PLUGIN_STATUS_DEAD)
			fprintf(stderr,
				"plugctl: plugin %s was not run, it had been stopped before: "
				"unload it and load it again\n",
				call.name);
		if (have_fault)
			report_fault(stderr, &fault);
		else if (call.status != PLUGIN_STATUS_DEAD)
			fprintf(stderr, "plugctl: plugin %s was stopped: %s\n", call.name,
				status_word(call.status));
	}
	return call.status ? EXIT_STOPPED : EXIT_SUCCESS;
}

static void list_one(const struct ringfence_show *show, int first)
{
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", show->name);
		report_plugin_json(show);
		json_close();
		return;
	}
	if (first)
		printf("%-4s %-16s %-9s %-9s %10s %7s %7s  %s\n", "ID", "NAME", "STATE", "MODE",
		       "CALLS", "FAULTS", "KIB", "DESCRIPTION");
	printf("%-4u %-16s %-9s %-9s %10llu %7llu %7u  %s\n", show->id, show->name,
	       state_word(show->state), mode_word(show->mode), (unsigned long long)show->calls,
	       (unsigned long long)show->faults,
	       (show->text + show->rodata + show->data + show->heap + show->stack) >> 10,
	       show->description);
}

static int do_list(int argc, char **argv)
{
	struct ringfence_show show = { 0 };
	int err, first = 1;

	(void)argv;
	if (argc)
		usage("list: takes no arguments");
	err = device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), RINGFENCE_SHOW_NEXT);
	if (err && err != ENOENT)
		fail("%s", reason());
	if (as_json)
		json_open(NULL, '[');
	while (!err) {
		list_one(&show, first);
		first = 0;
		err = device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), RINGFENCE_SHOW_NEXT);
	}
	if (as_json)
		json_close();
	return EXIT_SUCCESS;
}

static void show_entries(const char *name, uint32_t nr)
{
	struct ringfence_entry entry = { 0 };
	uint32_t i;

	for (i = 0; i < nr; i++) {
		strcpy(entry.name, name);
		entry.index = i;
		if (device_run(RINGFENCE_IOC_ENTRY, &entry, sizeof(entry), 0))
			break;
		if (as_json) {
			json_open(NULL, '{');
			json_text("name", entry.entry);
			json_number("offset", entry.offset);
			json_close();
		} else {
			printf("%s%s", i ? " " : "", entry.entry);
		}
	}
}

/* Their names; in JSON into the array that is open. */
static void show_services(const uint32_t *set)
{
	const char *blank = "";
	uint32_t i;

	for (i = 0; i < SERVICES_MAX; i++) {
		if (!service_in(set, i))
			continue;
		if (as_json)
			json_text(NULL, service_name(i));
		else
			printf("%s%s", blank, service_name(i));
		blank = " ";
	}
	if (!as_json)
		puts(blank[0] ? "" : "none");
}

static int do_show(int argc, char **argv)
{
	struct ringfence_fault fault;
	struct ringfence_show show;
	int have_fault;

	if (argc != 1)
		usage("show: give one NAME");
	show = show_by_name(argv[0]);
	have_fault = show.fault_status && !get_fault(show.name, &fault);
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", show.name);
		report_plugin_json(&show);
		json_open("abi", '{');
		json_number("major", show.abi >> 16);
		json_number("minor", show.abi & 0xffff);
		json_close();
		json_number("budget_us", show.budget_us);
		json_number("text", show.text);
		json_number("rodata", show.rodata);
		json_number("data", show.data);
		json_number("heap", show.heap);
		json_number("stack", show.stack);
		json_number("text_limit", show.text_limit);
		json_number("data_limit", show.data_limit);
		json_open("entries", '[');
		show_entries(show.name, show.nr_entries);
		json_close();
		json_open("services", '[');
		show_services(show.services);
		json_close();
		json_number("strikes", show.strikes);
		json_number("requests", show.requests);
		json_number("refused", show.refused);
		json_number("window_room", show.window_room);
		json_number("windows", show.windows);
		if (have_fault)
			report_fault_json(&fault);
		json_close();
		return EXIT_SUCCESS;
	}
	printf("name         %s\nid           %u\nversion      %s\ndescription  %s\n", show.name,
	       show.id, show.version, show.description);
	printf("state        %s\nmode         %s\nabi          %u.%u\n", state_word(show.state),
	       mode_word(show.mode), show.abi >> 16, show.abi & 0xffff);
	printf("budget       %u us\ncalls        %llu\nfaults       %llu\n", show.budget_us,
	       (unsigned long long)show.calls, (unsigned long long)show.faults);
	printf("memory       text %u, rodata %u, data %u, heap %u, stack %u bytes\n", show.text,
	       show.rodata, show.data, show.heap, show.stack);
	printf("limits       code %#x, data %#x\nentries      ", show.text_limit, show.data_limit);
	show_entries(show.name, show.nr_entries);
	printf("\nservices     ");
	show_services(show.services);
	printf("requests     %llu, refused %llu; stopped at %u for services it may not have\n",
	       (unsigned long long)show.requests, (unsigned long long)show.refused, show.strikes);
	printf("windows      %u, room %u bytes\n", show.windows, show.window_room);
	printf("last fault   ");
	if (have_fault)
		report_fault(stdout, &fault);
	else
		puts(show.fault_status ? status_word(show.fault_status) : "none");
	return EXIT_SUCCESS;
}

static int do_info(int argc, char **argv)
{
	static const char *const enforced[] = { "limit", "nx", "wp", "io_bitmap", "umip" };
	struct ringfence_info info = { 0 };
	unsigned int i;

	(void)argv;
	if (argc)
		usage("info: takes no arguments");
	if (device_run(RINGFENCE_IOC_INFO, &info, sizeof(info), 0))
		fail("%s", reason());
	if (as_json) {
		json_open(NULL, '{');
		json_open("abi", '{');
		json_number("major", info.abi >> 16);
		json_number("minor", info.abi & 0xffff);
		json_close();
		json_text("mode", mode_word(info.mode));
		json_open("enforces", '[');
		for (i = 0; i < sizeof(enforced) / sizeof(enforced[0]); i++)
			if (info.enforces & 1u << i)
				json_text(NULL, enforced[i]);
		json_close();
		json_number("tick_us", info.tick_us);
		json_number("budget_us", info.budget_us);
		json_number("plugins", info.plugins);
		json_number("plugins_max", info.plugins_max);
		json_number("pages_free", info.pages_free);
		json_close();
		return EXIT_SUCCESS;
	}
	printf("abi          %u.%u\nmode         %s\nenforces    ", info.abi >> 16,
	       info.abi & 0xffff, mode_word(info.mode));
	for (i = 0; i < sizeof(enforced) / sizeof(enforced[0]); i++)
		if (info.enforces & 1u << i)
			printf(" %s", enforced[i]);
	printf("\ntick         %u us\nbudget       %u us a call, if a plugin does not say\n",
	       info.tick_us, info.budget_us);
	printf("plugins      %u of %u\npages free   %u\n", info.plugins, info.plugins_max,
	       info.pages_free);
	return EXIT_SUCCESS;
}

static int do_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs(usage_text, stdout);
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "load", do_load },   { "call", do_call },	  { "list", do_list },
	{ "show", do_show },   { "unload", do_unload },	  { "info", do_info },
	{ "kill", do_kill },   { "replace", do_replace }, { "help", do_help },
	{ "--help", do_help }, { "-h", do_help },
};

/* --json may stand anywhere. */
static int take_json(int argc, char **argv)
{
	int kept = 1, i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			as_json = 1;
		else
			argv[kept++] = argv[i];
	}
	argv[kept < argc ? kept : argc] = NULL;
	return kept;
}

int main(int argc, char **argv)
{
	size_t i;
	int status;

	argc = take_json(argc, argv);
	if (argc < 2)
		usage("which COMMAND?");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		status = commands[i].run(argc - 2, argv + 2);
		if (fflush(stdout) || ferror(stdout)) {
			as_json = 0;
			fail("the output cannot be written: %s", strerror(errno));
		}
		return status;
	}
	usage("\"%s\" is not a command", argv[1]);
}

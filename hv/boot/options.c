/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's command line: words of the form name=value.
 */
#include <hv/boot.h>
#include <hv/dev.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/trace.h>

u32 option_tick_hz = 250, option_tick_late = 1, option_guest_mem_mib;
enum plugin_mode_option option_plugin_mode;
enum crash_option option_crash;

/* Callers give a `min` above 0, so that an empty value (0) is refused. */
static u32 number(const char *name, const char *s, u32 min, u32 max)
{
	const char *p = s;
	u32 v = 0;

	for (; *p >= '0' && *p <= '9' && v <= max; p++)
		v = v * 10 + (u32)(*p - '0');
	if (*p || v < min || v > max)
		cannot_boot("option %s=%s: give a number from %u to %u", name, s, min, max);
	return v;
}

static u32 choice(const char *name, const char *s, const char *const *list, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!strcmp(s, list[i]))
			return i;
	cannot_boot("option %s=%s is not known; docs/testing.md lists the choices", name, s);
}

static void option(const char *name, const char *value)
{
	static const char *const levels[] = { "err", "warn", "info", "debug" };
	static const char *const alls[] = { "all" };
	static const char *const consoles[] = { "com1", "debugcon", "both" };
	static const char *const modes[] = { "auto", "segment", "page", "unguarded" };
	static const char *const crashes[] = { "no", "bug", "fault", "stack" };
	static const char *const traces[] = { "off", "on", "dump" };

	if (!strcmp(name, "loglvl")) {
		loglevel = !strcmp(value, alls[0]) ?
				   LOG_DEBUG :
				   choice(name, value, levels, ARRAY_SIZE(levels));
	} else if (!strcmp(name, "console")) {
		choice(name, value, consoles, ARRAY_SIZE(consoles));
		console_options(value);
	} else if (!strcmp(name, "plugin_mode")) {
		option_plugin_mode = choice(name, value, modes, ARRAY_SIZE(modes));
	} else if (!strcmp(name, "crash")) {
		option_crash = choice(name, value, crashes, ARRAY_SIZE(crashes));
	} else if (!strcmp(name, "trace")) {
		u32 t = choice(name, value, traces, ARRAY_SIZE(traces));

		trace_on = t > 0;
		trace_at_exit = t > 1;
	} else if (!strcmp(name, "guest_mem")) {
		option_guest_mem_mib = number(name, value, 8, 4096);
	} else if (!strcmp(name, "tick_hz")) {
		option_tick_hz = number(name, value, 20, 4000);
	} else if (!strcmp(name, "tick_late")) {
		option_tick_late = number(name, value, 1, 20);
	} else {
		cannot_boot("unknown option %s; docs/testing.md lists the monitor's options", name);
	}
}

void options_parse(char *s)
{
	while (*s) {
		char *name = s, *value = NULL;

		while (*s && *s != ' ') {
			if (*s == '=' && !value) {
				*s = '\0';
				value = s + 1;
			}
			s++;
		}
		if (*s)
			*s++ = '\0';
		if (*name || value)
			option(name, value ? value : "");
	}
}

// SPDX-License-Identifier: MIT
/*
 * The monitor's command line: each option with its valid values, the numbers at both ends
 * of its range and beside them, and how words end.
 *
 * Cannot tell: what an option does.
 */
#include <hv/boot.h>
#include <hv/dev.h>
#include <hv/printk.h>
#include <hv/trace.h>

#include "refuse.h"

enum loglevel loglevel;
bool trace_on, trace_at_exit;
static char console[32];

void console_options(const char *value)
{
	strcpy(console, value);
}

static void reset(void)
{
	loglevel = LOG_ERR;
	trace_on = trace_at_exit = false;
	console[0] = 0;
	option_tick_hz = option_tick_late = option_guest_mem_mib = 7777;
	option_plugin_mode = MODE_AUTO;
	option_crash = CRASH_NO;
}

/* Parses a copy of the line, with options behind its end that must not be read. */
static void parse(const void *with)
{
	const char *line = with;
	static char copy[256];

	reset();
	snprintf(copy, sizeof(copy), "%s", line);
	strcpy(copy + strlen(line) + 1, "tick_hz=1234 crash=stack");
	options_parse(copy);
}

static void refuse(const char *line, const char *words)
{
	REFUSED(parse, line, words);
}

static void numbers(void)
{
	static const struct {
		const char *line;
		u32 want;
	} taken[] = {
		{ "tick_hz=20", 20 },	 { "tick_hz=4000", 4000 }, { "tick_hz=1999", 1999 },
		{ "tick_hz=0250", 250 }, { "guest_mem=8", 8 },	   { "guest_mem=4096", 4096 },
		{ "tick_late=1", 1 },	 { "tick_late=20", 20 },
	};
	static const char *const refused[] = {
		"tick_hz=19",	  "tick_hz=4001",   "tick_hz=40000",	  "tick_hz=",
		"tick_hz",	  "tick_hz=x",	    "tick_hz=250x",	  "tick_hz=-250",
		"tick_hz=30/",	  "tick_hz=30:",    "tick_hz=4294967546", "guest_mem=7",
		"guest_mem=4097", "guest_mem=0x10", "guest_mem=",	  "tick_late=0",
		"tick_late=21",	  "tick_late=",	    "tick_hz=250=250",	  "guest_mem=4294967304",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		u32 *option = taken[i].line[0] == 'g' ? &option_guest_mem_mib :
			      taken[i].line[5] == 'h' ? &option_tick_hz :
							&option_tick_late;

		TAKEN(parse, taken[i].line);
		CHECK(*option == taken[i].want, "%s: %u", taken[i].line, *option);
		*option = 7777;
		CHECK(option_tick_hz == 7777 && option_tick_late == 7777 &&
		      option_guest_mem_mib == 7777);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		refuse(refused[i], "give a number from");
	refuse("tick_hz=19", "option tick_hz=19: give a number from 20 to 4000");
	refuse("guest_mem=9999", "from 8 to 4096");
	refuse("tick_late=99", "from 1 to 20");
}

static void choices(void)
{
	static const char *const modes[] = { "auto", "segment", "page", "unguarded" };
	static const char *const crashes[] = { "no", "bug", "fault", "stack" };
	static const char *const levels[] = { "err", "warn", "info", "debug" };
	static const char *const consoles[] = { "com1", "debugcon", "both" };
	char line[64];
	u32 i;

	for (i = 0; i < 4; i++) {
		sprintf(line, "plugin_mode=%s", modes[i]);
		TAKEN(parse, line);
		CHECK(option_plugin_mode == (enum plugin_mode_option)i, "%s", line);
		sprintf(line, "crash=%s", crashes[i]);
		TAKEN(parse, line);
		CHECK(option_crash == (enum crash_option)i, "%s", line);
		sprintf(line, "loglvl=%s", levels[i]);
		TAKEN(parse, line);
		CHECK(loglevel == (enum loglevel)i, "%s", line);
	}
	TAKEN(parse, "loglvl=all");
	CHECK(loglevel == LOG_DEBUG);
	for (i = 0; i < 3; i++) {
		sprintf(line, "console=%s", consoles[i]);
		TAKEN(parse, line);
		CHECK(!strcmp(console, consoles[i]), "%s", console);
	}
	TAKEN(parse, "trace=off");
	CHECK(!trace_on && !trace_at_exit);
	TAKEN(parse, "trace=on");
	CHECK(trace_on && !trace_at_exit);
	TAKEN(parse, "trace=dump");
	CHECK(trace_on && trace_at_exit);
	refuse("plugin_mode=", "option plugin_mode= is not known");
	refuse("plugin_mode=pages", "option plugin_mode=pages is not known");
	refuse("crash", "option crash= is not known");
	refuse("console=com2", "option console=com2 is not known");
	refuse("loglvl=al", "option loglvl=al is not known");
	refuse("trace=yes", "option trace=yes is not known");
	CHECK(!console[0] && !trace_on);
}

/* How words and names end. */
static void words(void)
{
	TAKEN(parse, "");
	TAKEN(parse, "   ");
	CHECK(option_tick_hz == 7777 && option_crash == CRASH_NO);
	TAKEN(parse, "  tick_hz=100   crash=bug ");
	CHECK(option_tick_hz == 100 && option_crash == CRASH_BUG);
	TAKEN(parse, "tick_hz=100 tick_hz=200");
	CHECK(option_tick_hz == 200);
	refuse("tick_h=100", "unknown option tick_h;");
	refuse("tick_hzz=100", "unknown option tick_hzz;");
	refuse("=100", "unknown option ;");
	refuse("=", "unknown option ;");
	refuse("crash=bug=x", "option crash=bug=x is not known");
	refuse("tick_hz=100 what", "unknown option what;");
}

int main(void)
{
	CHECK(option_tick_hz == 250 && option_tick_late == 1 && !option_guest_mem_mib);
	numbers();
	choices();
	words();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * The ioctl that calls with a window, in Linux's driver, if the monitor refuses to revoke the
 * window; against a fake monitor.
 *
 * Claims: the window that stays in the plugin's list lies in memory that stays allocated, and
 * so do its pages, until the plugin is unloaded and afterwards. A window that is revoked leaves
 * nothing allocated. Cannot tell: what Linux does with such a call (tests/plugins).
 *
 * Argument: many.plg, as for registry_test.
 */
#include <stdarg.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"
#include "audit.h"
#include "ioctl.h"

/* The audit is off. */
bool audit_on;

void audit_begin(struct audit *audit)
{
	(void)audit;
}

void audit_end(const struct audit *audit, bool aborted, const char *what)
{
	(void)audit, (void)aborted, (void)what;
}

long linux_memory;
static void *last; /* what linux_alloc() returned last */

void *linux_alloc(size_t size)
{
	linux_memory++;
	return last = calloc(1, size);
}

void kfree(const void *memory)
{
	linux_memory -= !!memory;
	free((void *)memory);
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	memcpy(to, from, size);
	return 0;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	memcpy(to, from, size);
	return 0;
}

static char printed[512];

void linux_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(printed, sizeof(printed), format, args);
	va_end(args);
}

int ioctl_check_text(const char *text, size_t room, const char *what, struct core_reason *why)
{
	return 0;
}

int ioctl_check_pointer(u64 address, const char *what, struct core_reason *why)
{
	return 0;
}

int ioctl_check_reserved(u32 reserved, struct core_reason *why)
{
	return 0;
}

void ioctl_tell_fault(const struct core_plugin *plugin, struct ringfence_fault *fault)
{
}

static struct core_reason why;

static void call(void)
{
	static uint8_t window[2 * 4096 + 1];
	struct ringfence_call call = { .name = "p",
				       .entry = "first",
				       .window = (uintptr_t)window,
				       .window_size = sizeof(window) };

	CHECK(!ioctl_call(&call, &why), "%s", why.text);
	CHECK(!call.status);
}

int main(int argc, char **argv)
{
	static struct bytes many; /* as the test ends without freeing it */
	struct core_load load = { .name = "p" };
	const struct core_plugin *plugin;
	uint32_t id;

	many = read_file(argc > 1 ? argv[1] : "");
	load.image = many.at;
	load.size = many.size;
	CHECK(!core_load(&load, &id, &why));
	call();
	CHECK(!linux_memory && !fake.windows && !printed[0]);

	fake.refuse_revoke = -EINVAL;
	call();
	CHECK(strstr(printed, "3 pages are lost: the monitor would not revoke a window"));
	port_lock();
	plugin = core_find("p");
	CHECK(plugin->nr_windows == 1 && fake.windows == 1);
	/* Not on the stack of the call. */
	CHECK(linux_memory == 1 && (void *)plugin->windows == last);
	CHECK(plugin->windows->nr == 3 && plugin->windows->plugin == plugin);
	port_unlock();
	fake.refuse_revoke = 0;
	CHECK(!core_unload("p", false, &why)); /* writes into the window */
	CHECK(linux_memory == 1 && fake.frames == 3 && !fake.windows);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

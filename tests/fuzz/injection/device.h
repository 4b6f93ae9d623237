/* SPDX-License-Identifier: MIT */
/* /dev/plugins, by ioctls of this process. Whatever the kernel must not refuse ends the program. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/ringfence.h>

extern char said[RINGFENCE_REASON_SIZE]; /* the sentence that refused the last request */

/* Says what is wrong, with the seed of the injection, and ends the program with status 1. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void name_injection(uint32_t seed);

void device_open(void);
/* Returns 0 or the errno. The structure begins with its head, which this fills but for flags. */
int request(unsigned long number, void *structure, uint32_t size);

struct plugin {
	const char *name;
	const uint8_t *image;
	uint32_t size;
	uint32_t services; /* 0: the default */
};

void load_plugin(const struct plugin *plugin);
void unload_plugin(const char *name);
struct ringfence_show show_plugin(const char *name);

struct call {
	const char *plugin, *entry;
	const void *window;
	uint32_t window_size;
	const uint32_t *args;
	uint32_t nr_args;
	uint32_t kill_after_us; /* 0: as the plugin's limit is */
};

/* Returns the status; with 0 *@value is what the entry has returned. */
uint32_t call_plugin(const struct call *call, uint32_t *value);

/* Attaches the entry with the name of the point. Returns the graft's id, or 0: the plugin is dead. */
uint32_t attach_graft(const char *point, const char *plugin, uint32_t scope, int target);
/* What the graft was asked so far. Of id 0: nothing. */
struct ringfence_graft graft_of(uint32_t id);

void create_map(const char *name, uint32_t kind, uint32_t key_size, uint32_t value_size,
		uint32_t max);
void delete_map(const char *name);

#endif /* DEVICE_H */

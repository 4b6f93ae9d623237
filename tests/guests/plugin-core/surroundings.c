// SPDX-License-Identifier: MIT
/* What the plugin core asks of a kernel, answered by a guest that has no other task. */
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/plugin.h>
#include <lib/report.h>

#include "surroundings.h"

#define HEAP_SIZE (256 << 10)
#define FRAMES	  512

struct surroundings surroundings;

/* Blocks are never used again; what counts is that each is given back. */
void *core_alloc(size_t size)
{
	static u8 heap[HEAP_SIZE] ALIGNED(16);
	static size_t used;
	void *block = heap + used;

	require(size < HEAP_SIZE - used, "the test's heap is too small");
	used += (size + 15) & ~15u;
	surroundings.blocks++;
	return block;
}

void core_free(void *memory)
{
	surroundings.blocks -= !!memory;
}

static void *spare[FRAMES];
static u32 nr_spare;

int core_frame_alloc(void **address, uint32_t *mfn)
{
	*address = nr_spare ? spare[--nr_spare] : page_alloc();
	memset(*address, 0, PAGE_SIZE);
	*mfn = frame_of(*address);
	surroundings.frames++;
	return 0;
}

/* The frame must be free for any use: the monitor has let go of it. */
void core_frame_free(void *address, uint32_t mfn)
{
	check_eq(frame_of(address), mfn, "frame given back");
	require(nr_spare < FRAMES, "the test has too few places for frames");
	spare[nr_spare++] = address;
	surroundings.frames--;
}

long core_plugin_op(uint32_t command, uint32_t ecx, uint32_t edx)
{
	return hypercall(plugin_op, command, ecx, edx);
}

long core_plugin_create(const struct plugin_create *create, const uint32_t *frames)
{
	struct plugin_create request = *create;

	request.frames = (u32)frames;
	return hypercall(plugin_op, PLUGINOP_create, &request);
}

long core_plugin_invoke(uint32_t handle, uint32_t entry, const uint32_t *args, uint32_t nr_args,
			uint32_t *value)
{
	return plugin_invoke(handle, entry, args, nr_args, value);
}

long core_plugin_info(struct plugin_info *info)
{
	return hypercall(plugin_op, PLUGINOP_info, info);
}

long core_plugin_query(uint32_t handle, struct plugin_query *query)
{
	return hypercall(plugin_op, PLUGINOP_query, handle, query);
}

void core_lock(void)
{
	check(!surroundings.locked, "the lock is taken twice");
	surroundings.locked = true;
}

void core_unlock(void)
{
	surroundings.locked = false;
}

int core_publish(struct core_plugin *plugin)
{
	(void)plugin;
	return 0;
}

void core_withdraw(struct core_plugin *plugin)
{
	(void)plugin;
}

void core_warn(const char *line)
{
	print("warning: %s\n", line);
	surroundings.warnings++;
}

// SPDX-License-Identifier: MIT
/* The functions that the plugin core needs of a kernel, for a guest with a single task. */
#include <lib/clock.h>
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/plugin.h>
#include <lib/report.h>

#include "graft/point.h"
#include "surroundings.h"

#define HEAP_SIZE (256 << 10)
#define FRAMES	  512

struct surroundings surroundings;

#define POISON 0xd5

/*
 * Freed blocks are not reused: the test checks that each block is freed, and port_free()
 * poisons it. The size of a block lies in front of the block.
 */
void *port_alloc(size_t size)
{
	static u8 heap[HEAP_SIZE] ALIGNED(16);
	static size_t used;
	void *block = heap + used + 16;

	size += 16;
	require(size < HEAP_SIZE - used, "the test's heap is too small");
	*(size_t *)(heap + used) = size - 16;
	used += (size + 15) & ~15u;
	surroundings.blocks++;
	return block;
}

void port_free(void *memory)
{
	if (!memory)
		return;
	memset(memory, POISON, *(size_t *)((u8 *)memory - 16));
	surroundings.blocks--;
}

static void *spare[FRAMES];
static u32 nr_spare;

int port_frame_alloc(void **address, uint32_t *mfn)
{
	*address = nr_spare ? spare[--nr_spare] : page_alloc();
	memset(*address, 0, PAGE_SIZE);
	*mfn = frame_of(*address);
	surroundings.frames++;
	return 0;
}

/* The monitor must hold no reference on the frame: the frame is written and reused. */
void port_frame_free(void *address, uint32_t mfn)
{
	check_eq(frame_of(address), mfn, "frame given back");
	memset(address, POISON, PAGE_SIZE);
	require(nr_spare < FRAMES, "the test has too few places for frames");
	spare[nr_spare++] = address;
	surroundings.frames--;
}

/* No graft is attached here. */
int port_frames_alloc(uint32_t nr, struct core_frame *frames)
{
	(void)nr, (void)frames;
	return -ENOMEM;
}

void port_frames_free(uint32_t nr, const struct core_frame *frames)
{
	(void)nr, (void)frames;
}

long port_plugin_op(uint32_t command, uint32_t ecx, uint32_t edx)
{
	return hypercall(plugin_op, command, ecx, edx);
}

long port_plugin_create(const struct plugin_create *create, const uint32_t *frames)
{
	struct plugin_create request = *create;

	request.frames = (u32)frames;
	return hypercall(plugin_op, PLUGINOP_create, &request);
}

/* Issues plugin_op as hypercall5() does, and stores the registers at its return. */
static long run(u32 command, u32 ecx, u32 edx, u32 esi, u32 edi, struct port_answer *answer)
{
	long status = (long)&hypercall_page[__HYPERVISOR_plugin_op * HYPERCALL_SLOT];

	asm volatile("call *%%eax"
		     : "+a"(status), "+b"(command), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
		     :
		     : "memory", "cc");
	*answer = (struct port_answer){
		.ebx = command, .ecx = ecx, .edx = edx, .esi = esi, .edi = edi
	};
	return status;
}

long port_plugin_invoke(uint32_t interruptible, uint32_t handle, uint32_t entry,
			const uint32_t *args, uint32_t nr_args, struct port_answer *answer)
{
	return run(PLUGINOP_invoke | interruptible, handle, entry, (u32)args, nr_args, answer);
}

long port_plugin_reply(uint32_t interruptible, uint32_t handle, uint32_t value, int status,
		       struct port_answer *answer)
{
	return run(PLUGINOP_reply | interruptible, handle, value, (u32)status, 0, answer);
}

long port_plugin_resume(uint32_t interruptible, uint32_t handle, struct port_answer *answer)
{
	return run(PLUGINOP_resume | interruptible, handle, 0, 0, 0, answer);
}

long port_plugin_services(uint32_t handle, const struct plugin_services *services)
{
	return hypercall(plugin_op, PLUGINOP_services, handle, services);
}

long port_plugin_grant(uint32_t handle, struct plugin_window *window, const uint32_t *frames)
{
	window->frames = (u32)frames;
	return hypercall(plugin_op, PLUGINOP_grant, handle, window);
}

long port_plugin_info(struct plugin_info *info)
{
	info->size = sizeof(*info);
	return hypercall(plugin_op, PLUGINOP_info, info);
}

long port_plugin_query(uint32_t handle, struct plugin_query *query)
{
	query->size = sizeof(*query);
	return hypercall(plugin_op, PLUGINOP_query, handle, query);
}

void port_lock(void)
{
	check(!surroundings.locked, "the lock is taken twice");
	surroundings.locked = true;
}

void port_unlock(void)
{
	surroundings.locked = false;
}

/* No other caller exists, so a wait would never end: fail at once. */
int port_wait(bool (*over)(void *what), void *what)
{
	return over(what) ? 0 : -EINTR;
}

int port_wait_for(bool (*over)(void *what), void *what, uint32_t us)
{
	(void)us;
	return over(what) ? 0 : -ETIMEDOUT;
}

void port_give_way(void)
{
}

enum port_bars port_mask(enum port_bars bars)
{
	(void)bars;
	return PORT_BARS_TASKS;
}

void port_unmask(enum port_bars bars)
{
	(void)bars;
}

bool port_is_dying(void)
{
	return false;
}

uintptr_t port_caller(void)
{
	return 1;
}

/* Nobody waits here. */
uint64_t port_caller_ns(uintptr_t caller)
{
	(void)caller;
	return 0;
}

uint64_t port_clock(void)
{
	return clock_ns();
}

uint64_t port_cycles_ns(uint64_t cycles)
{
	return cycles;
}

void port_mark(struct port_mark *mark)
{
	mark->clock = clock_ns();
}

uint64_t port_since(struct port_mark *mark)
{
	uint64_t before = mark->clock;

	mark->clock = clock_ns();
	return mark->clock - before;
}

void port_wake(void)
{
}

void port_hand_over(struct core_plugin *from, struct core_plugin *to)
{
	(void)from;
	(void)to;
}

int port_publish(struct core_plugin *plugin)
{
	(void)plugin;
	return 0;
}

void port_withdraw(struct core_plugin *plugin)
{
	(void)plugin;
}

void port_warn(const char *line)
{
	print("warning: %s\n", line);
	surroundings.warnings++;
}

void port_log_line(const char *plugin, const char *line)
{
	print("plugin %s: %s\n", plugin, line);
	require(strlen(line) < sizeof(surroundings.line), "a long line");
	memcpy(surroundings.line, line, strlen(line) + 1);
	surroundings.lines++;
}

uint64_t port_now(void)
{
	return clock_ns();
}

/* Not random; a pattern that is found nowhere else. */
void port_random(void *to, size_t size)
{
	memset(to, 0x5a, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	const volatile u8 *source = from;
	u8 *target = to;
	size_t i;

	for (i = 0; i < size && to < from; i++)
		target[i] = source[i];
	for (i = size; i-- > 0 && to > from;)
		target[i] = source[i];
	return to;
}

/* Nothing here is a graft. */
void port_point_armed(const struct core_point *point, bool armed)
{
	(void)point;
	(void)armed;
}

bool port_scope_ended(enum core_scope scope, const void *held)
{
	(void)scope;
	(void)held;
	return false;
}

void port_scope_release(enum core_scope scope, void *held)
{
	(void)scope;
	(void)held;
}

void port_grafts_ended(void)
{
}

void port_tell_end(const struct core_ended *ended)
{
	(void)ended;
}

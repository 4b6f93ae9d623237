/* SPDX-License-Identifier: MIT */
/*
 * Fibers: functions that run on stacks of their own, one at a time, and give way to the main
 * program where they like. AddressSanitizer is told of each change of stacks.
 */
#ifndef HOST_FIBER_H
#define HOST_FIBER_H

#include <sanitizer/common_interface_defs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <ucontext.h>

#ifndef __SANITIZE_ADDRESS__
#define __sanitizer_start_switch_fiber(save, bottom, size)  ((void)(save))
#define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)(save))
#endif

#define FIBER_STACK (256u << 10)

struct fiber {
	ucontext_t context, main;
	void (*run)(void *what);
	void *what;
	bool over;
	char *stack;
	const void *main_stack;
	size_t main_size;
};

static inline void fiber_begin(unsigned int low, unsigned int high)
{
	struct fiber *fiber = (struct fiber *)((uintptr_t)high << 16 << 16 | low);

	__sanitizer_finish_switch_fiber(NULL, &fiber->main_stack, &fiber->main_size);
	fiber->run(fiber->what);
	fiber->over = true;
	__sanitizer_start_switch_fiber(NULL, fiber->main_stack, fiber->main_size);
	swapcontext(&fiber->context, &fiber->main);
}

/* Let the fiber begin with run(@what) when it is resumed next. Keeps an old stack. */
static inline void fiber_set(struct fiber *fiber, void (*run)(void *what), void *what)
{
	uintptr_t self = (uintptr_t)fiber;

	if (!fiber->stack)
		fiber->stack = malloc(FIBER_STACK);
	fiber->run = run;
	fiber->what = what;
	fiber->over = false;
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = FIBER_STACK;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, (void (*)(void))fiber_begin, 2, (unsigned int)self,
		    (unsigned int)((uint64_t)self >> 32));
}

/* From the main program: run the fiber until it gives way or is over. */
static inline void fiber_resume(struct fiber *fiber)
{
	void *save = NULL;

	__sanitizer_start_switch_fiber(&save, fiber->stack, FIBER_STACK);
	swapcontext(&fiber->main, &fiber->context);
	__sanitizer_finish_switch_fiber(save, NULL, NULL);
}

/* From the fiber: go back to the main program. */
static inline void fiber_give_way(struct fiber *fiber)
{
	void *save = NULL;

	__sanitizer_start_switch_fiber(&save, fiber->main_stack, fiber->main_size);
	swapcontext(&fiber->context, &fiber->main);
	__sanitizer_finish_switch_fiber(save, NULL, NULL);
}

#endif /* HOST_FIBER_H */

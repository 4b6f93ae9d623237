/* SPDX-License-Identifier: MIT */
/*
 * Ring 3: functions marked USER_TEXT, data marked USER_DATA, and calls of the
 * former. They share nothing else with the guest kernel: a ring-3 function
 * may neither call nor touch what is not marked.
 */
#ifndef LIB_USER_H
#define LIB_USER_H

#include <lib/regs.h>
#include <lib/xen.h>

#define USER_TEXT __attribute__((section(".user_text"), noinline, noclone))
#define USER_DATA __attribute__((section(".user_data")))

/* int 0x80 with this in EAX ends user_call() with the value in EBX. */
#define USER_EXIT 0x55736572

extern u32 user_cs, user_ss, user_ds; /* flat by default */
extern u32 user_eflags;		      /* what user_call() asks for: IF by default */

/* Makes the marked pages accessible to ring 3 and sets the ring-1 stack. */
void user_init(void);
/* Calls fn(argument) in ring 3 and gives what it returns. */
u32 user_call(u32 (*fn)(u32), u32 argument);
/* The parts: start anywhere in ring 3; back from within a trap handler. */
u32 user_run(u32 eip, u32 esp, u32 eflags, u32 eax);
void user_leave(u32 value) __attribute__((noreturn));

/* int 0x80 from ring 3: eax and two arguments; gives eax. */
static inline __attribute__((always_inline)) u32 user_syscall(u32 number, u32 a, u32 b)
{
	asm volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b) : "memory");
	return number;
}

#endif /* LIB_USER_H */

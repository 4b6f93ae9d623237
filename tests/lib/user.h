/* SPDX-License-Identifier: MIT */
/*
 * Code of ring 3: functions marked USER_TEXT and data marked USER_DATA. A ring-3 function
 * can call and access only marked functions and data.
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
/* Calls fn(argument) in ring 3 and returns its result. */
u32 user_call(u32 (*fn)(u32), u32 argument);
/* Enters ring 3 with these registers. Returns the value given to user_leave(). */
u32 user_run(u32 eip, u32 esp, u32 eflags, u32 eax);
/* Called in a trap handler: user_run() returns value. */
void user_leave(u32 value) __attribute__((noreturn));

/* int 0x80 from ring 3 with a number and two arguments; returns EAX. */
static inline __attribute__((always_inline)) u32 user_syscall(u32 number, u32 a, u32 b)
{
	asm volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b) : "memory");
	return number;
}

#endif /* LIB_USER_H */

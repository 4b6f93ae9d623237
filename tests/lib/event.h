/* SPDX-License-Identifier: MIT */
/* Event channels and the upcall mask, seen from the guest. */
#ifndef LIB_EVENT_H
#define LIB_EVENT_H

#include <lib/regs.h>
#include <lib/xen.h>

extern struct shared_info shared_info;
#define vcpu0 (shared_info.vcpu_info[0])

typedef void (*event_handler_t)(u32 port, struct regs *regs);

/* Registers the callbacks of entry.S. 0 or -errno. */
long event_init(void);
void event_handle(u32 port, event_handler_t handler);
void event_dispatch(struct regs *regs);

void event_mask(u32 port);
long event_unmask(u32 port); /* through EVTCHNOP_unmask */
bool event_pending(u32 port);
void event_clear(u32 port);
long event_send(u32 port);
long event_close(u32 port);
/* A port, or -errno. Use event_unmask(): a new port may be masked. */
long event_bind_ipi(void);
long event_bind_virq(u32 virq);

extern u32 upcall_count; /* upcalls taken so far */

void upcalls_off(void);
/* Clears the upcall mask. An event that came meanwhile is delivered as an upcall. */
void upcalls_on(void);

/* Blocks until *flag is not 0, at most ms milliseconds. Returns with upcalls on. */
bool event_wait(volatile u32 *flag, u32 ms);

#endif /* LIB_EVENT_H */

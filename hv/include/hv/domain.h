/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one domain and its one virtual CPU.
 */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <hv/types.h>
#include <hv/regs.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/arch-x86/xen.h>

struct vcpu {
	struct trap_info traps[256];
	u32 kernel_ss, kernel_sp; /* stack_switch */
	u32 event_cs, event_eip;  /* callbacks */
	u32 failsafe_cs, failsafe_eip;
	bool failsafe_masks_events;
	u32 nmi_cs, nmi_eip;
	bool ts; /* CR0.TS as the guest set it: #NM at the next FPU use */
	u32 debugreg[8];
	u32 vm_assist;
	u64 timer_deadline; /* ns of system time; 0: none */
	u64 periodic_period, periodic_next;
	bool blocked;
};

struct domain {
	u32 tot_pages; /* frames the guest owns */
	u32 max_pages;
	mfn_t shared_mfn;
	u32 nr_pfns;   /* entries of the p2m */
	bool identity; /* pfn == mfn */
};

extern struct vcpu vcpu;
extern struct domain domain;
extern struct shared_info *shared;  /* the monitor's mapping */
extern struct vcpu_info *vcpu_info; /* the monitor's mapping */

/* ---- trap/bounce.c ---- */
/* Enter the guest kernel at its handler for `vector` (error code in regs). */
void bounce_trap(struct regs *r, unsigned int vector, bool has_error);
/* The same for an exception that the monitor raises itself, with its error code. */
void inject_trap(struct regs *r, unsigned int vector, u32 error_code);
/* Enter the guest kernel at its event callback, if it has registered one. */
void bounce_event(struct regs *r);

/* ---- dom/event.c ---- */
void event_set_virq(unsigned int virq);
void event_set_pirq(unsigned int irq);

/* ---- dom/time.c ---- */
u64 system_time(void);	  /* ns since the monitor started */
u64 us_to_cycles(u32 us); /* TSC cycles, rounded up */
void time_update_vcpu(void);
void time_tick(void); /* from the tick interrupt: fire guest timers */
extern u32 tick_us;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Ringfence plugin ABI: the one hypercall that Xen does not have.
 *
 * Who may call it: the guest kernel (ring 1) of the initial domain, through
 * the hypercall page, slot __HYPERVISOR_plugin_op.  Sub-operation in EBX,
 * further arguments as each command says.  The return value (EAX) is a
 * negative Xen errno when the *caller* was wrong, and otherwise what the
 * command says.  A plugin that misbehaves is never an errno: PLUGINOP_invoke
 * then returns a PLUGIN_STATUS_* above zero and leaves a fault record.
 *
 * The gate a plugin uses (PLUGIN_GATE) is described at the end.
 *
 * Every address a plugin sees is an offset into its own segment.  It is the
 * same in both modes (PLUGIN_MODE_*), so one binary serves both.
 *
 * This header is used from C and, for its constants, from assembly.
 */
#ifndef RINGFENCE_PUBLIC_PLUGIN_OP_H
#define RINGFENCE_PUBLIC_PLUGIN_OP_H

/* Hypercall number: Xen's __HYPERVISOR_arch_7, which x86 leaves free. */
#define __HYPERVISOR_plugin_op 55

/*
 * ABI version.  Major: incompatible.  Minor: additions only.  A caller states
 * the version it was built for in plugin_create.abi; the monitor takes its own
 * major with any minor up to its own.
 */
#define PLUGIN_ABI_MAJOR 1
#define PLUGIN_ABI_MINOR 2 /* 1: PLUGINOP_kill; 2: PLUGINOP_INTERRUPTIBLE */
#define PLUGIN_ABI	 ((PLUGIN_ABI_MAJOR << 16) | PLUGIN_ABI_MINOR)

/* Commands (EBX). */
#define PLUGINOP_info	 0 /* ECX = struct plugin_info *; 0 */
#define PLUGINOP_create	 1 /* ECX = struct plugin_create *; handle > 0 */
#define PLUGINOP_destroy 2 /* ECX = handle; 0 */
/*
 * ECX = handle, EDX = entry (offset in text), ESI = uint32_t args[] in guest
 * kernel memory, EDI = number of args (0..PLUGIN_ARGS_MAX; ESI is not read
 * when 0).  Returns PLUGIN_STATUS_*; EDX = value (PLUGIN_STATUS_OK only,
 * otherwise 0).  Other argument registers are undefined afterwards.  -ENOMEM:
 * not run; there is no memory to keep the registers of another paused call.
 *
 * An event for the guest that arrives meanwhile is delivered at once, at the
 * hypercall instruction with EBX changed to PLUGINOP_resume: returning there
 * continues the plugin.  PLUGINOP_INTERRUPTIBLE (at the end) changes that.
 */
#define PLUGINOP_invoke 3
#define PLUGINOP_resume 4 /* ECX = handle; made by the monitor, or after INTERRUPTED */
#define PLUGINOP_query	5 /* ECX = handle, EDX = struct plugin_query *; 0 */
#define PLUGINOP_budget 6 /* ECX = handle, EDX = budget in us (1..10^7); 0 */
#define PLUGINOP_grant	7 /* ECX = handle, EDX = struct plugin_window *; 0 */
/*
 * ECX = handle, EDX = plugin_window.offset of a window; 0. Also while a call is
 * under way: the plugin's next access there faults. -EINVAL: no window is there.
 */
#define PLUGINOP_revoke	  8
#define PLUGINOP_services 9 /* ECX = handle, EDX = struct plugin_services *; 0 */
/*
 * The answer to PLUGIN_STATUS_SERVICE: ECX = handle, EDX = value, ESI = status
 * (0 or a negative errno). The plugin goes on with EAX = status, EDX = value;
 * the hypercall returns as PLUGINOP_invoke does. -EINVAL: the plugin does not wait
 * for a reply; PLUGIN_STATUS_KILLED: it has been destroyed or killed.
 */
#define PLUGINOP_reply 10
/*
 * ECX = handle; 0, also if the plugin is dead already. The plugin never runs
 * again: a call that is suspended or waits for a reply is over, and returns
 * PLUGIN_STATUS_KILLED when it is resumed or replied to. Like a plugin that
 * faulted, a killed one is PLUGIN_STATE_DEAD with a fault record, and holds its
 * memory and windows until destroy. The guest may issue this in any context, also
 * in an event handler and while it carries out a service.
 */
#define PLUGINOP_kill 11
/* 12..31 are kept for more. */

#define PLUGIN_ARGS_MAX 6

/* How a call ended: results of invoke, resume and reply. Never negative. */
#define PLUGIN_STATUS_OK	0 /* the plugin returned; the value is valid */
#define PLUGIN_STATUS_FAULT	1 /* the plugin took an exception */
#define PLUGIN_STATUS_TIMEOUT	2 /* the call used up its budget */
#define PLUGIN_STATUS_KILLED	3 /* the plugin was killed or destroyed during the call */
#define PLUGIN_STATUS_FORBIDDEN 4 /* the last strike: a service that is not allowed */
#define PLUGIN_STATUS_DEAD	5 /* not run: an earlier call ended with 1..4, or killed */
/*
 * The call has not ended: the plugin asks for a service that is allowed, and waits.
 * EDX = number, EBX, ECX, ESI, EDI = its arguments, unchecked. The guest answers
 * with PLUGINOP_reply, or kills or destroys the plugin. Time until then does not
 * count against the budget.
 */
#define PLUGIN_STATUS_SERVICE 6

/* How plugins are confined; chosen by the monitor at boot. */
#define PLUGIN_MODE_SEGMENT   1 /* ring 2 behind segment limits */
#define PLUGIN_MODE_PAGE      2 /* ring 3 in a private page directory */
#define PLUGIN_MODE_UNGUARDED 3 /* ring 2, limits not enforced (boot option) */

/*
 * The plugin's address space (offsets), all sizes in 4 KiB pages:
 *
 *   0            unmapped page
 *   0x1000       text      read-only, executable; the code limit ends here
 *   +nr_text     read-only data
 *   +nr_rodata   data, bss, heap: read-write, never executable
 *   +nr_data     unmapped guard page
 *   +1           stack: read-write, grows down to the guard
 *   +nr_stack    unmapped guard page, only if nr_window is not 0
 *   +1           windows: what PLUGINOP_grant puts there, the rest unmapped
 *   +nr_window   end: the data limit
 */
#define PLUGIN_TEXT_BASE	0x1000
#define PLUGIN_PAGES_MAX	4096 /* text + rodata + data + stack */
#define PLUGIN_WINDOW_PAGES_MAX 4096 /* nr_window */
#define PLUGIN_SERVICES_MAX	256  /* service numbers are 1..255 */

#ifndef __ASSEMBLY__

#include <stdint.h>

/* What the boot self-test found that this machine enforces (bits). */
#define PLUGIN_ENFORCES_LIMIT	  (1u << 0) /* segment limits */
#define PLUGIN_ENFORCES_NX	  (1u << 1) /* no-execute pages */
#define PLUGIN_ENFORCES_WP	  (1u << 2) /* read-only pages in rings 0-2 */
#define PLUGIN_ENFORCES_IO_BITMAP (1u << 3) /* the TSS port bitmap */
#define PLUGIN_ENFORCES_UMIP	  (1u << 4) /* sgdt, sidt, str, smsw trap */

/*
 * PLUGINOP_info. All fields but the first are filled by the monitor. As in
 * struct plugin_query, size is the caller's sizeof on the way in and the number of
 * bytes filled on the way out: the structure may grow within a major version. A size
 * below 8 is -EINVAL.
 */
struct plugin_info {
	uint32_t size;	      /* in and out, bytes */
	uint32_t abi;	      /* PLUGIN_ABI of the monitor */
	uint32_t mode;	      /* PLUGIN_MODE_* that create will use */
	uint32_t enforces;    /* PLUGIN_ENFORCES_* */
	uint32_t tick_us;     /* monitor tick period, microseconds */
	uint32_t budget_us;   /* default budget of a call, microseconds */
	uint32_t plugins;     /* plugins that exist now */
	uint32_t plugins_max; /* plugins that may exist */
	uint32_t pages_free;  /* pages that all further plugins together can have, at most */
};

/*
 * PLUGINOP_create. The frames come in address order: text, rodata, data,
 * stack, and stay the guest's; the monitor holds a reference (a writable one
 * for data and stack) until destroy. The guest fills them before it calls create.
 * Errors: -EFAULT, -EINVAL (counts, entry outside text, budget), -ENOEXEC
 * (abi), -ENOSPC (no slot), -ENOMEM (no memory for the list of pages), -EPERM (a frame is
 * not the caller's or cannot be had as the type needed; none is then held).
 */
struct plugin_create {
	uint32_t abi;	    /* PLUGIN_ABI the caller was built for */
	uint32_t start;	    /* offset of the start stub, see PLUGIN_GATE */
	uint32_t nr_text;   /* 1.. */
	uint32_t nr_rodata; /* 0.. */
	uint32_t nr_data;   /* 0.. */
	uint32_t nr_stack;  /* 1.. */
	uint32_t budget_us; /* 0: default; else 1..10,000,000 */
	uint32_t flags;	    /* must be 0 */
	uint32_t frames;    /* guest address of uint32_t mfn[sum of the four] */
	uint32_t nr_window; /* 0..PLUGIN_WINDOW_PAGES_MAX: room for windows */
};

/*
 * PLUGINOP_grant: a part of the guest's memory, shared with the plugin without
 * a copy. The monitor holds a reference on each frame (a writable one with
 * PLUGIN_WINDOW_WRITE) until revoke or destroy. Windows are never executable.
 * Errors: -EFAULT, -EINVAL (nr, flags), -EPERM (a frame is not the caller's, is
 * a page table, or cannot be had writable), -ENOSPC (no free room of that size);
 * nothing is then held.
 */
#define PLUGIN_WINDOW_WRITE (1u << 0)
struct plugin_window {
	uint32_t frames; /* guest address of uint32_t mfn[nr] */
	uint32_t nr;	 /* pages, 1.. */
	uint32_t flags;	 /* PLUGIN_WINDOW_* */
	uint32_t offset; /* out: where the plugin sees it */
};

/*
 * PLUGINOP_services: which service numbers the plugin may ask for (bit n % 32
 * of allowed[n / 32]; bit 0 must be clear), and how many requests for others
 * end its call: the strikes-th does, with PLUGIN_STATUS_FORBIDDEN; those before
 * are answered with -EPERM. They are counted from this command on, over all
 * calls. A new plugin has no services and strikes = 1.
 * Errors: -EFAULT, -EINVAL (bit 0, strikes).
 */
struct plugin_services {
	uint32_t allowed[PLUGIN_SERVICES_MAX / 32];
	uint32_t strikes; /* 1.. */
};

/*
 * Fault record: the last call that did not end with PLUGIN_STATUS_OK. eip and
 * esp are offsets in the plugin's segments. address is valid only with
 * PLUGIN_FAULT_ADDRESS (then an offset too, modulo 2^32). Of a killed plugin the
 * registers are those of the paused call, with eip at the next instruction, or 0 if
 * no call was paused.
 */
#define PLUGIN_FAULT_ADDRESS  (1u << 0) /* address is valid */
#define PLUGIN_FAULT_WRITE    (1u << 1) /* the access was a write */
#define PLUGIN_FAULT_FETCH    (1u << 2) /* the access was a fetch */
#define PLUGIN_FAULT_IN_LIMIT (1u << 3) /* address was inside the segment */

struct plugin_fault {
	uint32_t status;     /* PLUGIN_STATUS_*; 0: there is no record */
	uint32_t vector;     /* exception vector (SDM vol. 3, 6.3.1); timeout: 32;
				forbidden: PLUGIN_GATE, eip at the instruction;
				killed: 33 */
	uint32_t error_code; /* as the CPU pushed it, 0 if none */
	uint32_t flags;	     /* PLUGIN_FAULT_* */
	uint32_t address;
	uint32_t eip, eflags, esp;
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint32_t cs, ss, ds, es, fs, gs;
	uint32_t call; /* value of plugin_query.calls at the fault */
};

/* PLUGINOP_query. size is as in struct plugin_info. */
struct plugin_query {
	uint32_t size;		      /* in and out, bytes */
	uint32_t mode;		      /* PLUGIN_MODE_* */
	uint32_t state;		      /* PLUGIN_STATE_* */
	uint32_t text_limit;	      /* last executable offset */
	uint32_t data_limit;	      /* last readable offset */
	uint32_t rodata, data, stack; /* offsets where these begin */
	uint32_t budget_us;
	uint32_t calls;		    /* invocations begun, modulo 2^32 */
	uint32_t faults;	    /* invocations that ended with a status above 0 */
	uint32_t window, windows;   /* offset of the room for windows; how many */
	uint32_t services, refused; /* requests passed on; refused, modulo 2^32 */
	struct plugin_fault fault;
};
#define PLUGIN_STATE_IDLE 0
#define PLUGIN_STATE_BUSY 1 /* running, suspended or waiting for a reply */
#define PLUGIN_STATE_DEAD 2 /* stopped or killed; can only be queried and destroyed */

#endif /* !__ASSEMBLY__ */

/*
 * Added to the command (EBX) of invoke, resume or reply: an event that arrives
 * while the plugin runs ends that hypercall. The event is delivered at once, behind
 * the hypercall instruction, with PLUGIN_STATUS_INTERRUPTED as the result (EDX =
 * 0). That is not the end of the call: the plugin is suspended, and the guest
 * resumes it with PLUGINOP_resume at any later time, or kills or destroys it. Time
 * until then does not count against the budget. The flag is valid for this one
 * command, not for the whole call. Added to another command it is -ENOSYS.
 */
#define PLUGINOP_INTERRUPTIBLE	  0x80000000u
#define PLUGIN_STATUS_INTERRUPTED 7 /* only of interruptible commands */

/*
 * The gate: `int $PLUGIN_GATE`, the only software interrupt that does not
 * fault in a plugin. EAX = function. PLUGIN_GATE_RETURN ends the call with
 * value EDX. 1..255 asks for that service with up to four arguments in EBX,
 * ECX, ESI, EDI, and comes back with EAX = status (0 or a negative errno),
 * EDX = value and all other registers as they were. A number that the plugin
 * may not use, or above 255, is a strike: see struct plugin_services.
 *
 * How a call begins: EIP = plugin_create.start, ESP = end of the stack,
 * EAX = entry, and args[0..5] in EBX, ECX, EDX, ESI, EDI, EBP (0 beyond the
 * number given). DS = ES = SS = the data segment, FS = GS = 0, CS = the code
 * segment (not readable where the machine can), EFLAGS = IF. The x87 and SSE
 * state is initialised on first use. The SDK's start stub turns this into a
 * cdecl call of the entry and its return value into PLUGIN_GATE_RETURN.
 */
#define PLUGIN_GATE	   0x81
#define PLUGIN_GATE_RETURN 0

#endif /* RINGFENCE_PUBLIC_PLUGIN_OP_H */

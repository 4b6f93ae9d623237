/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * /dev/plugins: untrusted plugins of the kernel, held in by the Ringfence
 * monitor. What a plugin is and how calls of it end (status, fault record,
 * modes) is the monitor's ABI, in its header plugin_op.h; the numbers here are
 * the same.
 *
 * Every structure begins with struct ringfence_head, whose size is that of the
 * whole structure as the caller knows it. A smaller one than the kernel's is
 * from an older caller, a larger one must have zeroes in what the kernel does
 * not know; all are multiples of 8. What cannot be meant is EINVAL: an address
 * that no pointer holds (if it is the reason's there is none), a reserved field
 * that is not 0, an unknown flag, a field that would be passed over. Loading,
 * calling, unloading and reading fault records need CAP_SYS_ADMIN. An ioctl
 * gives 0 or an errno; with an errno, if the caller gave room, the reason is one
 * sentence for people.
 */
#ifndef _UAPI_LINUX_RINGFENCE_H
#define _UAPI_LINUX_RINGFENCE_H

#include <linux/ioctl.h>
#include <linux/ringfence_facts.h>
#include <linux/types.h>

#define RINGFENCE_UAPI_VERSION 1

#define RINGFENCE_NAME_SIZE	   32 /* sizes of strings: with their zero */
#define RINGFENCE_VERSION_SIZE	   16
#define RINGFENCE_DESCRIPTION_SIZE 80
#define RINGFENCE_ENTRY_SIZE	   56
#define RINGFENCE_POINT_SIZE	   32
#define RINGFENCE_SYMBOL_SIZE	   128
#define RINGFENCE_LINE_SIZE	   320
#define RINGFENCE_SOURCE_SIZE	   64
#define RINGFENCE_REASON_SIZE	   256 /* enough for every reason */
#define RINGFENCE_KEY_SIZE	   64  /* of a map's key, at most */
#define RINGFENCE_VALUE_SIZE	   256 /* of a map's value or record, at most */
#define RINGFENCE_ARGS_MAX	   6
#define RINGFENCE_SERVICES_WORDS   8 /* bit n % 32 of word n / 32: service n */

struct ringfence_head {
	__u32 size;
	__u32 flags;
	__aligned_u64 reason; /* user address of reason_size bytes, or 0 */
	__u32 reason_size;
	__u32 reserved; /* 0 */
};

/* What there is to hold plugins. All but the head is output. */
struct ringfence_info {
	struct ringfence_head head;
	__u32 uapi;	/* RINGFENCE_UAPI_VERSION */
	__u32 abi;	/* plugin ABI: major << 16 | minor */
	__u32 mode;	/* PLUGIN_MODE_* of new plugins */
	__u32 enforces; /* PLUGIN_ENFORCES_* */
	__u32 tick_us;
	__u32 budget_us; /* of plugins that ask for none */
	__u32 plugins;
	__u32 plugins_max;
	__u32 pages_free;
	__u32 reserved;
};

#define RINGFENCE_LOAD_SERVICES 1u /* head.flags: services says what it may ask for */

/*
 * Loads a .plg from memory or, if image and image_size are 0, from an open
 * regular file. Without LOAD_SERVICES it may ask for those services that are
 * harmless, and services has to be 0. No plugin can be named "monitor".
 */
struct ringfence_load {
	struct ringfence_head head;
	__aligned_u64 image;
	__u32 image_size;
	__s32 fd;
	__u32 budget_us;		/* 0: as the file says */
	__u32 id;			/* output */
	char name[RINGFENCE_NAME_SIZE]; /* empty: as the file says */
	__u32 services[RINGFENCE_SERVICES_WORDS];
	__u32 strikes; /* requests for other services until it is stopped; 0: 1 */
	/* Limits of a call besides budget_us, which is CPU time in the plugin; 0: the default. */
	__u32 wall_us;	  /* from the begin of the call to its end */
	__u32 service_us; /* CPU time in services */
	__u32 reserved;	  /* 0 */
};

#define RINGFENCE_REPLACE_KILL 2u /* head.flags: a call that is under way ends at once */

/*
 * RINGFENCE_IOC_REPLACE takes struct ringfence_load too. The new plugin takes the
 * name from the one that has it, once it is loaded whole and in one step; the old
 * one is unloaded when its call is over. After an errno the old one is as it was.
 */

#define RINGFENCE_UNLOAD_KILL 1u /* head.flags: one that runs is killed, and waited for */

/* Without UNLOAD_KILL fails with EBUSY while the plugin runs. */
struct ringfence_unload {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
};

/* The plugin never runs again; a call that is under way ends with status 3. */
struct ringfence_kill {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
};

#define RINGFENCE_CALL_WRITE 1u /* head.flags: the window may be written */

/*
 * Calls an entry. Success means that the plugin was called; status says how
 * that ended (PLUGIN_STATUS_*) and value is valid if it is 0.
 *
 * Without a window, window, window_size and CALL_WRITE are 0.
 * With window_size above 0 the plugin has a copy of those bytes as a window for
 * this call; the window's offset and window_size then come before the arguments
 * and count among them. With CALL_WRITE, what the plugin made of them is copied
 * back if status is 0. The plugin has the window while it runs for this caller, and
 * at no other time.
 *
 * With fault, whose head needs a size and no more, the record of how the plugin
 * that was called was stopped, now or before, goes there if status is not 0; its own
 * status is 0 if there is none. RINGFENCE_IOC_FAULT asks by name, which may be
 * another plugin's by then.
 */
struct ringfence_call {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
	char entry[RINGFENCE_ENTRY_SIZE];
	__u32 nr_args;
	__u32 args[RINGFENCE_ARGS_MAX];
	__u32 status; /* output */
	__u32 value;  /* output */
	__u32 window_size;
	__aligned_u64 window;
	__u32 kill_after_us; /* a limit of this call as ringfence_load.wall_us; 0: none */
	__u32 reserved;	     /* 0 */
	__aligned_u64 fault; /* user address of a struct ringfence_fault, or 0 */
};

#define RINGFENCE_SHOW_NEXT 1u /* head.flags: the first with a higher id, by no name */

#define RINGFENCE_STATE_LOADING	  0
#define RINGFENCE_STATE_IDLE	  1
#define RINGFENCE_STATE_BUSY	  2
#define RINGFENCE_STATE_DEAD	  3 /* was stopped; can be shown and unloaded */
#define RINGFENCE_STATE_UNLOADING 4 /* maybe in its last call, its name another's */

/*
 * Describes the plugin whose name is in name, or with RINGFENCE_SHOW_NEXT each in turn: the
 * first whose id is above the id in id. ENOENT after the last. The fields after head are those
 * of the list in <linux/ringfence_facts.h>; docs/abi.md has their offsets.
 */
struct ringfence_show {
	struct ringfence_head head;
	RINGFENCE_PLUGIN_FACTS(RINGFENCE_FIELD)
};

/* The entry with number index, from 0. ENOENT after the last. */
struct ringfence_entry {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
	__u32 index;
	__u32 offset;			  /* output */
	char entry[RINGFENCE_ENTRY_SIZE]; /* output */
	char point[RINGFENCE_POINT_SIZE]; /* output: that the entry is a graft for; or empty */
};

/* The last fault record. ENODATA if there is none. */
struct ringfence_fault {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
	/* From here to call: struct plugin_fault. */
	__u32 status;
	__u32 vector;
	__u32 error_code;
	__u32 flags; /* PLUGIN_FAULT_* */
	__u32 address;
	__u32 eip, eflags, esp;
	__u32 eax, ebx, ecx, edx, esi, edi, ebp;
	__u32 cs, ss, ds, es, fs, gs;
	__u32 call;
	__u32 text_limit;
	__u32 data_limit;
	__u32 budget_us;
	__u32 symbol_offset;		    /* of eip from symbol */
	char symbol[RINGFENCE_SYMBOL_SIZE]; /* empty: not known */
	char vector_name[48];
	char line[RINGFENCE_LINE_SIZE];		 /* the report in one line */
	char source_file[RINGFENCE_SOURCE_SIZE]; /* empty: not known */
	__u32 source_line;
	__u32 reserved;
};

#define RINGFENCE_QUESTION_SIZE 128
#define RINGFENCE_OUTCOME_SIZE	160

/* Whose requests a graft is asked for: of the grafts of a point the first that fits. */
#define RINGFENCE_SCOPE_FILE	1 /* those for one file */
#define RINGFENCE_SCOPE_PROCESS 2 /* those of the threads of one process */
#define RINGFENCE_SCOPE_ALL	3
#define RINGFENCE_SCOPE_CGROUP	4 /* those for the pages of one cgroup; before SCOPE_ALL */
#define RINGFENCE_SCOPE_SOCKET	5 /* datagrams of one socket */

/*
 * Attaches an entry of a plugin to a graft point: from then on the kernel asks it. entry
 * empty: the entry with the name of the point. EEXIST: the point has a graft of that scope.
 * The graft stays until RINGFENCE_IOC_DETACH, until the plugin is unloaded, replaced or
 * stopped, until the process or cgroup has ended or the socket is closed, or until it has failed as
 * often as failures says. A graft is attached when no call of the plugin is under way.
 */
struct ringfence_attach {
	struct ringfence_head head;
	char point[RINGFENCE_POINT_SIZE];
	char name[RINGFENCE_NAME_SIZE]; /* of the plugin */
	char entry[RINGFENCE_ENTRY_SIZE];
	__u32 scope; /* RINGFENCE_SCOPE_* */
	/*
	 * SCOPE_FILE, SCOPE_SOCKET: a descriptor; SCOPE_CGROUP: one of the cgroup's directory;
	 * SCOPE_PROCESS: a process ID, 0: the caller; SCOPE_ALL: 0
	 */
	__s32 target;
	__u32 failures; /* detach after so many; 0: as the point says */
	__u32 id;	/* output: of the graft, never given twice */
	/*
	 * 1: if the graft fails, or its plugin is unloaded, what it would be asked about is refused until
	 * it is detached; 0: the kernel decides as without a graft. Only points whose row says so.
	 */
	__u32 fails_closed;
	__u32 reserved; /* 0 */
};

/* Detaches a graft. A call that is under way goes on, and its answer counts. */
struct ringfence_detach {
	struct ringfence_head head;
	__u32 id;
	__u32 reserved; /* 0 */
};

/*
 * Describes a graft point: that with number index, from 0. ENOENT after the last. All fields but
 * head and index are output.
 */
struct ringfence_point {
	struct ringfence_head head;
	char point[RINGFENCE_POINT_SIZE];
	char question[RINGFENCE_QUESTION_SIZE];
	__u32 index;
	__u32 number, version;
	__u32 kind;		/* 0: method, 1: event, 2: event ring */
	__u32 context;		/* 0: process, 1: softirq, 2: switch, 3: any */
	__u32 failures;		/* grafts are detached after so many */
	__u32 grafts;		/* attached now */
	__u32 budget_us;	/* CPU time that a graft has for an answer */
	__aligned_u64 asked;	/* grafts, since boot */
	__aligned_u64 answered; /* of these: with an answer that was taken */
	__aligned_u64 aborted;	/* of these: the graft failed, and the kernel decided */
	__aligned_u64 unasked;	/* of these: could not be asked, and the kernel decided */
};

/*
 * Describes a graft: the first one whose number is above that in the field id, on input; 0 asks
 * for the first of all. The kernel keeps the last 64 detached grafts, besides those that are
 * attached. ENOENT after the last graft.
 */
struct ringfence_graft {
	struct ringfence_head head;
	__u32 id;
	__u32 attached; /* 1, or 0: outcome says why not */
	char point[RINGFENCE_POINT_SIZE];
	char name[RINGFENCE_NAME_SIZE]; /* of the plugin, when it was attached */
	char entry[RINGFENCE_ENTRY_SIZE];
	__u32 scope;
	__s32 process; /* SCOPE_PROCESS: the process ID */
	__u32 failures, failures_max;
	__aligned_u64 asked, answered, aborted, unasked; /* as in struct ringfence_point */
	/* SCOPE_FILE, SCOPE_CGROUP: the last component of its name; SCOPE_SOCKET: its address */
	char target[RINGFENCE_SOURCE_SIZE];
	char outcome
		[RINGFENCE_OUTCOME_SIZE]; /* why it was aborted last, shut or detached; or empty */
	__u32 fails_closed;		  /* as in struct ringfence_attach */
	__u32 shut;			  /* 1: attached, but not asked any more */
};

/*
 * Asks the graft of the point `trial` rounds times, with the round as its first argument. 0 also
 * if no answer was taken.
 */
struct ringfence_ask {
	struct ringfence_head head;
	__u32 rounds; /* 1 to 1,000,000; a fatal signal ends them */
	__u32 limit;  /* answers are good if below */
	__u32 args[2];
	__u32 answered;		    /* output: rounds whose answer was taken */
	__u32 value;		    /* output: of the last of these */
	__aligned_u64 least_cycles; /* output: by the time-stamp counter, of the quickest round */
	__aligned_u64 cycles;	    /* output: of all rounds */
	/*
	 * Output, with RINGFENCE_ASK_ENDS: the least and most cycles from the check of the answer to the
	 * end of a round; if there was no answer, as the plugin was stopped, those of the whole round.
	 */
	__aligned_u64 least_end_cycles, most_end_cycles;
};

#define RINGFENCE_ASK_ENDS 1u /* head.flags */

#define RINGFENCE_MAP_HASH  1 /* keys of key_size bytes */
#define RINGFENCE_MAP_ARRAY 2 /* key_size is 4: an index below max */
#define RINGFENCE_MAP_RING  3 /* key_size is 0: records, of which the oldest is popped */

#define RINGFENCE_MAP_NEXT 1u /* head.flags: the first with a higher id, by no name */

/*
 * A map: a table in the kernel that plugins and processes share. RINGFENCE_IOC_MAP_CREATE takes
 * name to max and gives id. RINGFENCE_IOC_MAP_SHOW describes the map whose name is in name, or with
 * RINGFENCE_MAP_NEXT each in turn: the first whose id is above the id in id; ENOENT after the last.
 */
struct ringfence_map {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
	__u32 kind; /* RINGFENCE_MAP_* */
	__u32 key_size, value_size;
	__u32 max; /* entries or records */
	/* The fields from here on are output; but for MAP_SHOW with MAP_NEXT, id. */
	__u32 id;	       /* never given twice */
	__u32 used;	       /* entries or records */
	__u32 staged;	       /* changes and locks of calls that are under way */
	__u32 bytes;	       /* of memory */
	__aligned_u64 commits; /* changes that calls have made */
	__aligned_u64 undos;   /* changes that were undone, as the call did not end well */
	__aligned_u64 full;    /* changes that were refused for want of room */
};

/* Deletes a map. EBUSY while a call that is under way has changed or locked something in it. */
struct ringfence_map_delete {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
};

/*
 * An entry of a map, or a record of a ring. key_size and value_size must be the map's; the rest of
 * key and value that are input is 0. MAP_GET: key in, value out. MAP_SET: both in. MAP_REMOVE: key
 * in. MAP_WALK: both out, of the first entry at or behind place, which is 0 for the first; place is
 * behind it then. MAP_POP: value out, and the record is gone. What calls have changed is seen when
 * they have ended well; who changes it meanwhile waits for their end, at most some 10 ms.
 */
struct ringfence_map_entry {
	struct ringfence_head head;
	char name[RINGFENCE_NAME_SIZE];
	__u32 key_size, value_size;
	__u32 place;	/* MAP_WALK; else 0 */
	__u32 reserved; /* 0 */
	__u8 key[RINGFENCE_KEY_SIZE];
	__u8 value[RINGFENCE_VALUE_SIZE];
};

/* The size is in the structure, so it is not in the number. */
#define RINGFENCE_IOC_INFO	 _IO(0xbc, 0)
#define RINGFENCE_IOC_LOAD	 _IO(0xbc, 1)
#define RINGFENCE_IOC_UNLOAD	 _IO(0xbc, 2)
#define RINGFENCE_IOC_CALL	 _IO(0xbc, 3)
#define RINGFENCE_IOC_SHOW	 _IO(0xbc, 4)
#define RINGFENCE_IOC_ENTRY	 _IO(0xbc, 5)
#define RINGFENCE_IOC_FAULT	 _IO(0xbc, 6)
#define RINGFENCE_IOC_KILL	 _IO(0xbc, 7)
#define RINGFENCE_IOC_REPLACE	 _IO(0xbc, 8)
#define RINGFENCE_IOC_ATTACH	 _IO(0xbc, 9)
#define RINGFENCE_IOC_DETACH	 _IO(0xbc, 10)
#define RINGFENCE_IOC_POINT	 _IO(0xbc, 11)
#define RINGFENCE_IOC_GRAFT	 _IO(0xbc, 12)
#define RINGFENCE_IOC_ASK	 _IO(0xbc, 13)
#define RINGFENCE_IOC_MAP_CREATE _IO(0xbc, 14)
#define RINGFENCE_IOC_MAP_DELETE _IO(0xbc, 15)
#define RINGFENCE_IOC_MAP_SHOW	 _IO(0xbc, 16)
#define RINGFENCE_IOC_MAP_GET	 _IO(0xbc, 17)
#define RINGFENCE_IOC_MAP_SET	 _IO(0xbc, 18)
#define RINGFENCE_IOC_MAP_REMOVE _IO(0xbc, 19)
#define RINGFENCE_IOC_MAP_WALK	 _IO(0xbc, 20)
#define RINGFENCE_IOC_MAP_POP	 _IO(0xbc, 21)

#endif /* _UAPI_LINUX_RINGFENCE_H */

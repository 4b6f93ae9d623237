/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Graft points and grafts: entries of plugins that the kernel asks for a decision.
 *
 * The port has one struct core_point for each point of <ringfence/point_list.h>, and calls
 * core_ask() where the kernel decides. A graft is an entry that is attached to a point for a
 * scope: the requests for one file, those of one process or one cgroup, the datagrams of one socket,
 * or all.
 *
 * A question is one call of the plugin. While the plugin is BUSY for the call, core_ask() has
 * the port write the question to the window, calls the entry, and has the port copy and check
 * the answer. If it is good the port carries it out; else the kernel decides as if there was no
 * graft. Until then no other call of the plugin begins.
 *
 * While a plugin has grafts, all its calls are masked: from the begin of a call to its end no
 * other task runs. With one processor, which is all that a guest has, nobody who asks finds the
 * plugin BUSY, so no question waits: not for a task of lower priority, nor in page reclaim for
 * one that needs memory to go on. The plugin's budget, which an attach lowers to the point's, is
 * how long other tasks can be held up. An attach waits until no call is under way.
 *
 * While one of the grafts is attached to a point of CORE_SOFTIRQ, no softirq runs between the begin of
 * a call of the plugin and its end either, unless the call is made in a softirq. Softirqs do not
 * interrupt each other, so one that asks does not find the plugin BUSY.
 *
 * While one of the grafts is attached to a point of CORE_SWITCH, no interrupt is handled between the begin
 * of a call of the plugin and its end: nobody is woken up then, nor does the scheduler run.
 *
 * A graft has failed if its plugin was stopped in the call, or if the port refuses its answer.
 * After as many failures as its attach says, or at once if the plugin was stopped, the graft
 * is detached. A graft that could not be asked has not failed: the caller is being killed,
 * the monitor has no memory, or the question came up within a call of the plugin.
 *
 * A graft that was attached to fail closed is not detached when it has failed as above, or when its
 * plugin is unloaded or replaced: it is shut. It then stays attached, belongs to no plugin, and is
 * not asked, and the port refuses what it would be asked about, until a user detaches it or what it
 * is for has ended. For that the port chooses the graft first, with core_choose(), and asks that one,
 * with core_ask_graft().
 *
 * A detached graft is listed for users to read, until CORE_DETACHED_MAX others have been
 * detached after it. Its references, on the plugin and on the file, process or socket, are dropped
 * when no core_ask() uses it any more: by a task, never by a softirq or the scheduler.
 *
 * The window is one for all grafts of a plugin, as large as the largest struct NAME_window of
 * their points. It is granted at the first attach and stays until the plugin is destroyed; the
 * core owns its pages.
 *
 * The lock (life/registry.h) guards the lists, counters and states. Functions sleep unless
 * they say otherwise.
 */
#ifndef CORE_POINT_H
#define CORE_POINT_H

#include "life/registry.h"

/* core_ask() prefers them in this order, but CORE_SCOPE_ALL last. */
enum core_scope {
	CORE_SCOPE_FILE = 1,
	CORE_SCOPE_PROCESS,
	CORE_SCOPE_ALL,
	CORE_SCOPE_CGROUP,
	CORE_SCOPE_SOCKET,
	CORE_SCOPES
};

/* CORE_EVENT_RING: nobody is asked, see ring.h. */
enum core_point_kind { CORE_METHOD, CORE_EVENT, CORE_EVENT_RING };
/*
 * Who calls core_ask() at a point. CORE_PROCESS: a task, which may sleep before and after the
 * question. CORE_SOFTIRQ: also a softirq, which never sleeps, and may have interrupted a call of
 * another plugin. CORE_SWITCH: the scheduler, with its locks held and interrupts off: nothing in
 * such a question sleeps, allocates, or wakes up anybody, and services that might do so are refused.
 * CORE_ANY: of CORE_EVENT_RING, at which nobody calls it.
 */
enum core_point_context { CORE_PROCESS, CORE_SOFTIRQ, CORE_SWITCH, CORE_ANY };

/* How often grafts were asked, and what came of it. */
struct core_asked {
	uint64_t answered; /* the answer was taken; of CORE_EVENT_RING: the event was written */
	uint64_t aborted;  /* the graft has failed, and its answer is void */
	uint64_t unasked;  /* the graft could not be asked */
};

struct core_point {
	const char *name;
	const char *question;
	uint32_t number, version;
	enum core_point_kind kind;
	enum core_point_context context;
	uint32_t scopes;       /* that an attach may name: a bit for each, 1 << scope */
	uint32_t failures_max; /* of grafts whose attach says none */
	uint32_t nr_args;      /* of questions, at most PLUGIN_ARGS_MAX - 1 */
	/* Of CORE_EVENT_RING: pages of the ring, bytes of an event. */
	uint32_t ring_pages, event_bytes;
	bool writes;	    /* questions have a function `write` */
	bool closes;	    /* grafts may be attached to fail closed */
	uint32_t budget_us; /* upper bound of the budget of attached plugins */
	uint32_t nr_grafts;
	struct core_graft *grafts; /* attached, the preferred scopes first */
	struct core_asked asked;
	bool *armed; /* the port's */
	void *only; /* of CORE_EVENT_RING: core_graft.ring if one graft is attached, for all; or NULL */
};

/* Why a graft is not attached any more, or was aborted last. */
enum core_outcome {
	CORE_OUTCOME_NONE,
	CORE_OUTCOME_REFUSED,  /* the port refused the answer, see core_graft.refusal */
	CORE_OUTCOME_STOPPED,  /* the plugin was stopped in the call */
	CORE_OUTCOME_UNLOADED, /* the plugin has been unloaded or replaced */
	CORE_OUTCOME_DETACHED, /* core_detach() */
	CORE_OUTCOME_TARGET,   /* the process of the scope has ended */
	CORE_OUTCOME_CGROUP,   /* the cgroup of the scope was removed */
	CORE_OUTCOME_SOCKET,   /* the socket of the scope was closed */
};

#define CORE_DETACHED_MAX 64

struct core_graft {
	struct core_graft *next;		/* of the point's list, while attached */
	struct core_graft *next_id, *before_id; /* of the list of all, by ascending ids */
	struct core_graft *next_untold;		/* see untold_shut */
	struct core_graft *next_left;		/* of those with references to drop */
	uint32_t id;				/* never given twice */
	uint32_t askers;			/* calls of core_ask() that use the graft */
	bool attached;
	bool fails_closed;
	bool shut;  /* only if fails_closed, while attached: the plugin is not asked any more */
	bool freed; /* target and held are dropped; only after the detach */
	struct core_point *point;
	struct core_target target;
	void *ring;	 /* of CORE_EVENT_RING: struct NAME_window, in the kernel; else NULL */
	uint32_t events; /* with a ring: the number of the first that is not counted in `asked` */
	struct core_call call; /* what is the same in each question; target is that above */
	enum core_scope scope;
	uintptr_t key; /* of the file, process, cgroup or socket; 0 for CORE_SCOPE_ALL */
	void *held;    /* the port's reference on that, for port_scope_release() */
	int32_t process;
	uint32_t failures, failures_max;
	struct core_asked asked;
	enum core_outcome outcome;	   /* of the last abort, or why it is detached */
	bool untold_shut, untold_detached; /* users are to be told of this end of the graft */
	enum core_outcome shut_for;	   /* with untold_shut */
	const char *refusal; /* of the last answer that was refused, a constant; or NULL */
	char plugin_name[PLG_NAME_SIZE];
	char entry[PLG_ENTRY_NAME_SIZE];
	char target_name[64];
};

struct core_attach {
	struct core_point *point;
	const char *plugin, *entry; /* entry: empty: the point's name */
	enum core_scope scope;
	uintptr_t key;
	void *held; /* the graft's from a successful attach on */
	int32_t process;
	const char *target_name;
	uint32_t failures; /* 0: as the point says */
	bool fails_closed;
};

/*
 * Attach a graft; *@id is its id. The port makes one call at a time. 0 or an errno with a
 * reason: -ENOENT (no such plugin or entry), -EINVAL (the entry is no graft of this point and
 * version, or the point has not that scope or cannot fail closed), -EEXIST, -EBUSY (the plugin is being loaded or
 * unloaded), -ESTALE (it was replaced or unloaded meanwhile), -EOWNERDEAD (it was stopped), -EINTR,
 * -ENOMEM.
 */
int core_attach(const struct core_attach *attach, uint32_t *id, struct core_reason *why);

/* Detach a graft. -ENOENT: no attached graft has the id. */
int core_detach(uint32_t id, struct core_reason *why);

/* A question for a point, on the caller's stack. */
struct core_question {
	struct core_point *point;
	uintptr_t keys[CORE_SCOPES]; /* by scope; that of CORE_SCOPE_ALL is 0 */
	uint32_t *args;		     /* core_point.nr_args, behind one for core_ask(), the window */
	/*
	 * The plugin is BUSY for this question: write it to @window. Only if
	 * core_point.writes is set. Does not sleep.
	 */
	void (*write)(void *what, void *window);
	/*
	 * The same, after the call has returned @value: copy the answer from @window, as the
	 * plugin's other calls may change it later, and check the copy. Trusts nothing. NULL:
	 * the answer is taken, and is carried out after core_ask() has returned; or a phrase,
	 * a constant, that says what is wrong with it. Does not sleep.
	 */
	const char *(*check)(void *what, const void *window, uint32_t value);
	void *what;
};

/*
 * Ask the graft of the question's point that fits best. True: its answer was taken. False:
 * the kernel is to decide. Waits for nobody and allocates nothing; may sleep to free a graft, but only
 * at a point of CORE_PROCESS.
 */
bool core_ask(const struct core_question *question);

/* What core_choose() has found. */
struct core_chosen {
	uint32_t id;
	bool fails_closed;
	bool shut; /* refuse: core_ask_graft() would not ask it */
};

/*
 * The graft of the point that fits @keys, as in core_question, best. False: there is none. For questions
 * that are about the same, as the parts of a file, and are to be asked of one graft. In any context.
 */
bool core_choose(const struct core_point *point, const uintptr_t keys[CORE_SCOPES],
		 struct core_chosen *chosen);
/* As core_ask(), but ask the graft with that id. False also if it is detached or shut. */
bool core_ask_graft(const struct core_question *question, uint32_t id);

/* With the lock: the graft with the lowest id above @id, attached or not; or NULL. */
struct core_graft *core_next_graft(uint32_t id);
/* With the lock: count the events that were written for the graft, in graft->asked and that of its point. */
void core_count_events(struct core_graft *graft);
/* With the lock: set @outcome to why the graft was aborted last or is detached; else to "". */
void core_graft_outcome(const struct core_graft *graft, struct core_reason *outcome);
/*
 * Detach the grafts whose process or cgroup has ended, or whose socket is closed, and drop the
 * references of grafts that have ended.
 */
void core_sweep_grafts(void);

/* What the port provides for grafts. All but port_scope_release() with the lock. */

/* @point has got its first graft, or has lost its last: is core_ask() to be called? */
void port_point_armed(const struct core_point *point, bool armed);
/* Has @held of a graft, a process, cgroup or socket as @scope says, ended? */
bool port_scope_ended(enum core_scope scope, const void *held);
/* Drop @held of a graft whose scope is not CORE_SCOPE_ALL. May sleep. */
void port_scope_release(enum core_scope scope, void *held);
/* Why a graft was aborted last or is detached. */
struct core_graft_end {
	enum core_outcome outcome;
	uint32_t failures, failures_max;
	const char *refusal; /* a constant, or NULL */
};

/* Set @text to the words for @end, which are none for CORE_OUTCOME_NONE. In any context. */
void core_tell_end(const struct core_graft_end *end, struct core_reason *text);

/* An end of a graft, detached or shut, that users are told of. */
struct core_ended {
	uint32_t graft;	   /* its id */
	const char *point; /* its name */
	char plugin[PLG_NAME_SIZE];
	struct core_graft_end end;
};

/*
 * Grafts were detached or shut: have a task call core_tell_ends() when that does not hold up the one
 * who detached them. Does not sleep, allocate or wake up anybody.
 */
void port_grafts_ended(void);
/* Tell users. Without the lock; may sleep. Called by core_tell_ends(). */
void port_tell_end(const struct core_ended *ended);

/*
 * Tell users of the grafts that have ended, drop references of these, and forget the oldest if more
 * than CORE_DETACHED_MAX are listed. May sleep; one caller at a time.
 */
void core_tell_ends(void);

#endif /* CORE_POINT_H */

/* SPDX-License-Identifier: MIT */
/*
 * The life of plugins in the monitor, and the guest that uses them.
 *
 * One processor. The guest has tasks, and each is a stack of contexts: one runs
 * commands, and at any point between two of them, and at any point of a plugin
 * that runs, an event puts another on top, which may do the same. Between two
 * hypercalls a task that no event is on top of may let the other one run, so
 * that paused calls are gone on with in any order. A command is a hypercall
 * and atomic. What a context stands in the middle of is a call of its own:
 *
 *	INVOKE, runs:	plugin_invoke()			hv/plugin/call.c
 *	  returns	plugin_returned()
 *	  faults	plugin_end()
 *	  is suspended	plugin_interrupted(), suspend(); PLUGINOP_resume follows by
 *			itself or, if the hypercall is interruptible, from the guest
 *	  asks		plugin_service()		hv/plugin/service.c
 *	GO_ON		plugin_resume(), plugin_reply(), plugin_not_paused()
 *	KILL		plugin_kill()			hv/plugin/kill.c
 *	DESTROY		plugin_destroy(), slot_free()	hv/plugin/registry.c
 *	CREATE		slot_alloc(), plugin_create()
 *	SWITCH		switch_space(), switch_back()	hv/plugin/world.c
 *	FORGET		world_forget()
 *
 * A handle is slot and generation. Contexts use handles of any generation there
 * has been, as a guest that has not heard of a destroy. Frames of memory that
 * belong to a plugin are the guest's again after destroy.
 *
 * Claims (asserts, and no invalid end): a plugin that was killed or destroyed
 * does not run; what runs is the plugin that was called, with the registers of
 * that call; the memory of who runs is held; an old handle never reaches a new
 * plugin; every call ends, once; nothing is written into a slot that is free.
 *
 * -DFAULTY_x takes a check away, and has to be found out: see test_models.py.
 */
#define SLOTS	    2
#define TASKS	    2
#define LEVELS	    2 /* contexts on top of one another, in each task */
#define GENERATIONS 3
#ifndef COMMANDS
#define COMMANDS 6 /* in all, besides what a call itself makes */
#endif
#define NONE 7

#define OK	0
#define SERVICE 1
#define SUSPEND 2
#define KILLED	3
#define REFUSED 4 /* an errno: nothing ran */
#define ENDED	5 /* fault */
#define INTERRUPTED 6

mtype = { FREE, IDLE, SUSPENDED, WAITING, DEAD };

mtype state[SLOTS] = FREE;
byte generation[SLOTS] = 1;
mtype owed[SLOTS] = FREE;
bool held[SLOTS];    /* the region's entries: references on its frames */
byte saved[SLOTS];   /* whose registers are put away there */
byte regs = NONE;    /* plugin whose registers are on the plugin stack */
byte regs_owner = NONE, running = NONE;
byte cpu;	     /* the context that runs: its task and level */
byte over;	     /* tasks that have come to their end */
byte commands = COMMANDS;

/* Nobody of the monitor knows these. */
bool gone[SLOTS]; /* killed or destroyed, since it was created */
byte begun, ended;

#ifdef FAULTY_GENERATION
#define FOUND(s, g) (state[s] != FREE)
#else
#define FOUND(s, g) (state[s] != FREE && generation[s] == g)
#endif

#ifdef FAULTY_STATE
#define PAUSED(s, how) (state[s] != FREE)
#else
#define PAUSED(s, how) (state[s] == how)
#endif

inline SWITCH(s)
{
	if
	:: regs_owner != NONE && regs_owner != s ->
		assert(state[regs_owner] == SUSPENDED || state[regs_owner] == WAITING);
#ifndef FAULTY_PUT_AWAY
		saved[regs_owner] = regs;
#endif
		regs_owner = NONE
	:: else
	fi
}

inline FORGET(s)
{
#ifndef FAULTY_FORGET
	if
	:: regs_owner == s -> regs_owner = NONE; regs = NONE
	:: else
	fi
#else
	skip
#endif
}

#define ME (task * LEVELS + level)

/* The plugin is about to execute an instruction, for the call of this context. */
inline RUNS(s, g)
{
	assert(running == s && state[s] == IDLE);
	assert(generation[s] == g && !gone[s] && held[s]);
	assert(regs == ME)
}

inline INVOKE(s, g)
{
	if
	:: FOUND(s, g) && state[s] == IDLE ->
		begun++;
		SWITCH(s);
		regs = ME;
		running = s;
		status = OK
	:: else -> status = REFUSED
	fi
}

inline PAUSE(s, how, why)
{
	state[s] = how;
	regs_owner = s;
	running = NONE;
	status = why
}

inline GO_ON(s, g, how)
{
	if
	:: FOUND(s, g) && PAUSED(s, how) ->
		state[s] = IDLE;
		SWITCH(s);
		if
		:: regs_owner != s -> regs = saved[s]
		:: else
		fi;
		regs_owner = NONE;
		running = s;
		status = OK
	:: else ->
		if
		:: FOUND(s, g) && owed[s] == how -> owed[s] = FREE; status = KILLED
		:: FOUND(s, g) && owed[s] != how -> status = REFUSED
		:: !FOUND(s, g) -> status = KILLED /* plugin_was() */
		fi
	fi
}

inline KILL(s, g)
{
	if
	:: FOUND(s, g) && state[s] != DEAD ->
		if
#ifndef FAULTY_OWED
		:: state[s] == SUSPENDED || state[s] == WAITING -> owed[s] = state[s]
#endif
		:: else
		fi;
		state[s] = DEAD;
		gone[s] = (generation[s] == g -> true : gone[s]);
		FORGET(s)
	:: else
	fi
}

inline DESTROY(s, g)
{
	if
	:: FOUND(s, g) ->
		assert(generation[s] == g);
		gone[s] = true;
		FORGET(s);
		held[s] = false;
		state[s] = FREE;
		saved[s] = NONE;
		generation[s]++
	:: else
	fi
}

inline CREATE(s)
{
	if
	:: state[s] == FREE && generation[s] <= GENERATIONS ->
		assert(!held[s]);
		state[s] = IDLE;
		owed[s] = FREE;
		held[s] = true;
		gone[s] = false
	:: else
	fi
}

/* One on top: the event that interrupts, or the kernel code that is a service. */
inline ON_TOP()
{
	cpu = ME + 1;
	run context(task, level + 1);
	cpu == ME && _nr_pr == 1 + TASKS + level /* it is gone */
}

/* The guest's kernel gives the CPU to the other task, and has it back some time. */
inline SCHEDULE()
{
	if
	:: level == 0 && !over -> cpu = (1 - task) * LEVELS; cpu == ME
	:: true
	fi
}

proctype context(byte task; byte level)
{
	byte s, g, status;

	cpu == ME;
again:
	do
	:: commands > 0 ->
		atomic {
			commands--;
			select(s : 0 .. SLOTS - 1);
			/* Any handle that this slot has had. */
			g = 1;
			do
			:: g < generation[s] -> g++
			:: break
			od
		};
		if
		:: atomic { true; CREATE(s) }
		:: atomic { true; KILL(s, g) }
		:: atomic { true; DESTROY(s, g) }
		:: atomic { true; INVOKE(s, g) } -> goto answered
		:: commands > 0 && level + 1 < LEVELS -> ON_TOP()
		:: level == 0 && !over -> cpu = (1 - task) * LEVELS; cpu == ME
		fi
	:: break
	od;
	goto out;

answered:
	if
	:: status == REFUSED -> goto again
	:: else
	fi;
	/* The plugin runs. */
	atomic {
		RUNS(s, g);
		if
		:: running = NONE; status = ENDED
		:: state[s] = DEAD; gone[s] = true; running = NONE; status = ENDED
		:: PAUSE(s, WAITING, SERVICE)
		/* At an event; the hypercall is interruptible or not. */
		:: commands > 0 && level + 1 < LEVELS -> PAUSE(s, SUSPENDED, SUSPEND)
		:: commands > 0 && level == 0 -> PAUSE(s, SUSPENDED, INTERRUPTED)
		fi
	};
	if
	:: status == SUSPEND -> ON_TOP(); atomic { GO_ON(s, g, SUSPENDED) }
	:: status == INTERRUPTED ->
		if
		:: commands > 0 && level + 1 < LEVELS -> ON_TOP()
		:: true
		fi;
		SCHEDULE();
		atomic { GO_ON(s, g, SUSPENDED) }
	:: status == SERVICE ->
		if
		:: commands > 0 && level + 1 < LEVELS -> ON_TOP()
		:: true
		fi;
		SCHEDULE();
		atomic { GO_ON(s, g, WAITING) }
	:: status == ENDED
	fi;
	if
	:: status == OK -> goto answered
	:: else
	fi;
	/* Over: it returned, was stopped, or was killed. Nothing else is an end. */
	assert(status == ENDED || status == KILLED);
	assert(running == NONE);
	ended++;
	goto again;
out:
	if
	:: level > 0 -> cpu = ME - 1
	:: else ->
		over++;
		if
		:: over < TASKS -> cpu = (1 - task) * LEVELS
		:: else ->
			assert(begun == ended);
			assert(running == NONE && regs_owner == NONE)
		fi;
		over == TASKS /* pids come back in order */
	fi
}

init
{
	atomic { run context(0, 0); run context(1, 0) }
}

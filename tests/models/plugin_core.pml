/* SPDX-License-Identifier: MIT */
/*
 * The plugin core's list and its lock: processes that load, call, unload, kill
 * and replace plugins under one name, and an interrupt that kills it.
 *
 * One processor, processes preempted anywhere (more than Linux does), the
 * interrupt anywhere but while the lock is held, for that masks it. What a
 * process does, and whose it is in guest-patches/core:
 *
 *	load		core_load(): core_enlist(), build(), core_settle()	load.c
 *	replace		core_replace(), core_take_name()	load.c, end.c
 *	call		begin_call(), run_call(), end_call()	call.c; by name or of a
 *			target; who waits for a plugin that runs may give up, for a signal
 *	put		core_put()				registry.c
 *	unload		core_unload(), await_end()		end.c
 *	kill		core_kill(), kill_found()
 *	take_apart	take_apart(), core_destroy()
 *	the interrupt	core_kill() from plugin_kill()
 *	monitor[p]	what plugin_op(invoke, kill, destroy) makes of it
 *
 * Claims: nobody touches a plugin that is freed; the monitor is asked to destroy
 * none that runs, and runs none that was killed; the name is one plugin's at
 * most, and somebody's from load to unload, whatever is replaced meanwhile; who
 * waits for an unload or for a call to end wakes up; nobody waits for ever; who calls by
 * name and can wait is never told busy by an unload; in the end nothing is
 * half-way: what is listed is IDLE or DEAD and known to the lists alone, what is not
 * listed is freed and unknown to the monitor.
 *
 * -DFAULTY_x takes a check away, and has to be found out: see test_models.py.
 */
#define PROCESSES 2
#define PLUGINS	  4 /* that there ever are; a number is not used twice */
#ifndef STEPS
#define STEPS 2 /* commands of the one process; the other has one */
#endif
#ifndef KILLS
#define KILLS 1 /* of the interrupt */
#endif
#define NONE 9

mtype = { LOADING, IDLE, BUSY, DEAD, UNLOADING, GONE };	   /* enum core_plugin_state */
mtype = { UNKNOWN, READY, RUNNING, STOPPED, STOPPED_RUNNING }; /* in the monitor */

mtype state[PLUGINS] = LOADING;
mtype monitor[PLUGINS] = UNKNOWN;
bool listed[PLUGINS], nameless[PLUGINS], killed[PLUGINS], freed[PLUGINS];
byte refs[PLUGINS] = 1; /* the lists' */
byte made;
bool locked, in_interrupt;
byte wakes, holder;

bool named; /* not the core's: somebody was loaded, and nobody began to unload it */

#define RUNS_NOW (!in_interrupt)

inline lock()
{
	atomic { RUNS_NOW && !locked -> locked = true }
}

/* Whoever looks next sees a name that is somebody's. */
inline unlock()
{
	atomic {
		RUNS_NOW;
		assert(locked);
		find(holder);
		assert(!named || holder != NONE);
		holder = 0;
		locked = false
	}
}

/* core_find(); with the lock */
inline find(p)
{
	d_step {
		byte i = 0;
		p = NONE;
		do
		:: i < PLUGINS ->
			if
			:: listed[i] && !nameless[i] ->
				assert(p == NONE && !freed[i]);
				p = i
			:: else
			fi;
			i++
		:: else -> break
		od
	}
}

inline hypercall_kill(p)
{
	if
	:: monitor[p] == READY -> monitor[p] = STOPPED
	:: monitor[p] == RUNNING -> monitor[p] = STOPPED_RUNNING
	:: else
	fi
}

/* With the lock. */
inline settle(p)
{
	d_step {
		assert(!freed[p]);
		if
		:: killed[p] -> hypercall_kill(p)
		:: else
		fi;
		state[p] = (killed[p] || monitor[p] == STOPPED -> DEAD : IDLE)
	}
}

inline kill_found(p)
{
	d_step {
		assert(!freed[p]);
		if
		:: state[p] != LOADING && state[p] != UNLOADING -> hypercall_kill(p)
		:: else
		fi;
		killed[p] = true;
		if
		:: state[p] == IDLE -> state[p] = DEAD
		:: else
		fi
	}
}

/* Ends a reference. */
inline put(p)
{
	lock();
	d_step {
		assert(!freed[p] && refs[p] > 0);
		refs[p]--;
		freed[p] = !refs[p]
	};
	unlock()
}

inline take_apart(p)
{
	/* The hypercall destroy, which frees the memory for others. */
	d_step {
		RUNS_NOW;
		assert(!freed[p] && state[p] == UNLOADING);
		assert(monitor[p] == READY || monitor[p] == STOPPED);
		monitor[p] = UNKNOWN
	};
#ifdef FAULTY_WAKE_EARLY
	wakes++;
#endif
	lock();
	listed[p] = false;
	state[p] = GONE;
	unlock();
#if !defined(FAULTY_WAKE_EARLY) && !defined(FAULTY_WAKE)
	wakes++;
#endif
#ifndef FAULTY_FREE
	put(p)
#else
	d_step { RUNS_NOW; assert(!freed[p]); freed[p] = true }
#endif
}

/* A plugin in name only, in the list from here on; NONE: it was refused. */
inline enlist(p, is_nameless)
{
	lock();
	find(other);
	d_step {
		if
		:: made < PLUGINS && (is_nameless == (other != NONE)) ->
			p = made;
			made++;
			listed[p] = true;
			nameless[p] = is_nameless
		:: else -> p = NONE
		fi
	};
	unlock()
}

inline load()
{
	enlist(p, false);
	if
	:: p != NONE ->
		d_step { RUNS_NOW; monitor[p] = READY };
		lock();
		settle(p);
		named = true;
		unlock()
	:: else
	fi
}

inline replace(with_kill)
{
	enlist(p, true);
	if
	:: p != NONE ->
		d_step { RUNS_NOW; monitor[p] = READY };
		lock();
		find(other);
		busy = other != NONE && state[other] == BUSY;
		if
		:: other == NONE || state[other] == LOADING || state[other] == UNLOADING ->
			unlock();
			/* unmake() */
			d_step { RUNS_NOW; monitor[p] = UNKNOWN };
			lock();
			listed[p] = false;
			unlock();
			d_step { RUNS_NOW; refs[p] = 0; freed[p] = true }
		:: else ->
#ifdef FAULTY_TWO_STEPS
			unlock();
			lock();
#endif
			if
			:: busy && with_kill -> kill_found(other)
			:: else
			fi;
			d_step {
				assert(!freed[other]);
				nameless[other] = true;
				state[other] = UNLOADING;
				nameless[p] = false
			};
			settle(p);
			unlock();
			if
#ifndef FAULTY_REAP
			:: !busy -> take_apart(other)
			:: else
#else
			:: true -> take_apart(other)
#endif
			fi
		fi
	:: else
	fi
}

inline call()
{
	/* core_bind(), at any time before. */
	if
	:: true ->
		lock();
		find(p);
		d_step {
			bound = p != NONE && state[p] != LOADING && state[p] != UNLOADING;
			if
			:: bound -> refs[p]++
			:: else
			fi
		};
		unlock()
	:: true
	fi;
	do
	:: RUNS_NOW ->
		seen = wakes;
		lock();
		if
		:: !bound -> find(p)
		:: else
		fi;
		d_step {
			assert(p == NONE || !freed[p]);
			/* A caller by name waits for an unload too; a target is stale then. */
			busy = p != NONE && (state[p] == BUSY || (state[p] == UNLOADING && !bound));
#ifdef FAULTY_UNLOAD_BUSY
			busy = p != NONE && state[p] == BUSY;
#endif
			assert(p == NONE || bound || busy || state[p] != UNLOADING);
			begun = p != NONE && !nameless[p] && (state[p] == IDLE || state[p] == DEAD);
			if
			:: begun ->
				state[p] = BUSY;
				refs[p] = refs[p] + !bound
			:: else
			fi
		};
		unlock();
		if
		:: !busy -> break
		:: busy -> RUNS_NOW && wakes != seen
		:: busy -> break /* a signal */
		fi
	od;
	if
	:: !begun && bound -> put(p)
	:: else
	fi;
	if
	:: !begun -> p = NONE
	:: else
	fi;
	if
	:: p != NONE ->
		/* plugin_op(invoke): what is dead is not run. */
		d_step {
			RUNS_NOW;
			assert(!freed[p]);
			if
			:: monitor[p] == READY -> monitor[p] = RUNNING
			:: else -> assert(monitor[p] == STOPPED)
			fi
		};
		/* It returns, faults, or is gone on with after it was killed. */
		atomic {
			RUNS_NOW;
			assert(!freed[p]);
			if
			:: monitor[p] == RUNNING -> monitor[p] = READY
			:: monitor[p] == RUNNING -> monitor[p] = STOPPED
			:: monitor[p] == STOPPED_RUNNING -> monitor[p] = STOPPED
			:: monitor[p] == STOPPED
			fi
		};
		/* end_call() */
		lock();
		assert(!freed[p]);
		busy = state[p] == UNLOADING; /* it leaves */
		if
		:: !busy -> settle(p)
		:: else
		fi;
		unlock();
		if
		:: busy -> take_apart(p)
#ifndef FAULTY_CALL_WAKE
		:: else -> wakes++
#else
		:: else
#endif
		fi;
		put(p)
	:: else
	fi
}

inline unload(with_kill)
{
	lock();
	find(p);
	busy = false;
	if
	:: p != NONE && state[p] != LOADING && state[p] != UNLOADING &&
	   (state[p] != BUSY || with_kill) ->
		busy = state[p] == BUSY;
		if
		:: busy ->
			kill_found(p);
			refs[p]++
		:: else
		fi;
		state[p] = UNLOADING;
		named = false
	:: else -> p = NONE
	fi;
	unlock();
	if
	:: p != NONE && busy ->
		/* port_wait(): asleep unless somebody woke after the look. */
		do
		:: RUNS_NOW ->
			seen = wakes;
			lock();
			assert(!freed[p]);
			busy = state[p] == UNLOADING;
			unlock();
			if
			:: !busy -> break
			:: else -> RUNS_NOW && wakes != seen
			fi
		od;
		put(p)
	:: p != NONE && !busy -> take_apart(p)
	:: p == NONE
	fi
}

inline kill()
{
	lock();
	find(p);
	if
	:: p != NONE -> kill_found(p)
	:: else
	fi;
	unlock()
}

byte over;

proctype process(byte steps)
{
	byte p, other, seen;
	bool busy, bound, begun;

	do
	:: steps > 0 ->
		steps--;
		if
		:: load()
		:: replace(false)
		:: replace(true)
		:: call()
		:: unload(false)
		:: unload(true)
		:: kill()
		fi;
		true;
		d_step { p = 0; other = 0; seen = 0; busy = false; bound = false; begun = false }
	:: steps == 0 -> break
	od;
	over++
}

/* core_kill(), at any moment. */
proctype interrupt()
{
	byte p, n;

	do
	:: n < KILLS ->
		n++;
#ifdef FAULTY_IRQS_ON
		in_interrupt = true;
		!locked; /* it spins, and nobody else runs */
		atomic {
#else
		atomic {
			!locked && !in_interrupt -> in_interrupt = true;
#endif
			find(p);
			if
			:: p != NONE -> kill_found(p)
			:: else
			fi;
			in_interrupt = false
		};
		p = 0
	:: n == KILLS -> break
	od
}

init
{
	byte p;

	atomic {
		/* One is there already. */
		made = 1;
		listed[0] = true;
		state[0] = IDLE;
		monitor[0] = READY;
		named = true;
		run process(STEPS);
		run process(1);
		run interrupt()
	};
	over == PROCESSES && _nr_pr == 1;
	p = 0;
	do
	:: p < made ->
		assert(listed[p] == !freed[p] && refs[p] == listed[p]);
		assert(!listed[p] || (!nameless[p] && (state[p] == IDLE || state[p] == DEAD)));
		assert(!listed[p] || monitor[p] == (state[p] == IDLE -> READY : STOPPED));
		assert(listed[p] || monitor[p] == UNKNOWN);
		p++
	:: else -> break
	od
}

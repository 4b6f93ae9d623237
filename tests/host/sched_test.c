// SPDX-License-Identifier: MIT
/*
 * sched_op and its older form: when block and poll return, the ports that poll accepts and
 * refuses, and how each reason of a shutdown ends the machine. Each hlt of the tested code
 * advances the clock by one TURN.
 *
 * Cannot tell: that an interrupt wakes the CPU between sti and hlt; guests/sched does.
 */
#include <setjmp.h>
#include <string.h>

#include <hv/domain.h>
#include <hv/event.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <xen/sched.h>

#include "check.h"
#include "fake_cpu.h"

#define NO_AT	  HV_VIRT_START
#define TURN	  1000u
#define TURNS_MAX 20u

/* ---- the rest of the monitor ---- */

static struct vcpu_info info;
struct vcpu_info *vcpu_info = &info;
enum loglevel loglevel;
bool trace_on, trace_at_exit;
static u32 turns, wake_at, ready_at, ready_port, dumps, last_level, asked, asked_above;
static bool clock_runs;
static char said[64];
static sigjmp_buf ended; /* jumped to from signal handlers too */

/* Called at each hlt: an interrupt. At turn wake_at it makes an event pending. */
static void turn(void)
{
	CHECK(cpu.interrupts, "the CPU sleeps for ever");
	turns++;
	if (turns == wake_at)
		info.evtchn_upcall_pending = 1;
	if (turns == TURNS_MAX)
		siglongjmp(ended, 1);
}

u64 system_time(void)
{
	return clock_runs ? turns * TURN : 0;
}

bool event_port_pending(u32 port)
{
	asked++;
	asked_above += port >= EVTCHN_2L_NR_CHANNELS;
	return turns >= ready_at && port == ready_port;
}

void fault_log(void)
{
}

void trace_dump(void)
{
	dumps++;
}

void printk(enum loglevel level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	last_level = level;
}

void guest_kill(const char *fmt, ...)
{
	(void)fmt;
	siglongjmp(ended, 2);
}

void machine_exit(enum exit_code code)
{
	siglongjmp(ended, (int)code);
}

/* ---- the test ---- */

#define FOREVER (-1000)
#define KILLED	(-2000)
#define EXITED	(-3000) /* minus the exit code */

static bool older;

static long call(u32 command, u32 argument)
{
	struct regs r = { .ebx = command, .ecx = argument };
	volatile long way;
	long how;

	turns = dumps = asked = asked_above = 0;
	said[0] = 0;
	cpu.interrupts = false;
	how = sigsetjmp(ended, 1);
	if (how)
		return how == 1 ? FOREVER : how == 2 ? KILLED : EXITED - how;
	way = older ? do_sched_op_compat(&r) : do_sched_op(&r);
	CHECK(!cpu.interrupts, "ring 0 goes on with interrupts on");
	return way;
}

static void start(void)
{
	memset(&info, 0, sizeof(info));
	wake_at = ready_at = ~0u;
	ready_port = 0;
	clock_runs = false;
	trace_at_exit = false;
}

static void blocks(void)
{
	start();
	info.evtchn_upcall_mask = 1;
	info.evtchn_upcall_pending = 1;
	CHECK(call(SCHEDOP_block, 0) == 0 && !turns && !info.evtchn_upcall_mask);
	start();
	info.evtchn_upcall_mask = 1;
	wake_at = 3;
	CHECK(call(SCHEDOP_block, 0) == 0 && turns == 3 && !info.evtchn_upcall_mask);
	start();
	CHECK(call(SCHEDOP_block, 0) == FOREVER);
	CHECK(call(SCHEDOP_yield, 0) == 0 && !turns);
}

/* ---- poll ---- */

static evtchn_port_t ports[130];
static struct sched_poll p;

static long poll(u32 nr, u64 timeout)
{
	p.ports.p = ports;
	p.nr_ports = nr;
	p.timeout = timeout;
	return call(SCHEDOP_poll, (u32)&p);
}

static void poll_refusals(void)
{
	u32 i;

	start();
	info.evtchn_upcall_pending = 1; /* would end the wait */
	CHECK(call(SCHEDOP_poll, NO_AT) == -EFAULT);
	CHECK(poll(128, 0) == 0 && poll(129, 0) == -EINVAL && poll(~0u, 0) == -EINVAL);
	for (i = 0; i < 128; i += 127) {
		ports[i] = EVTCHN_2L_NR_CHANNELS - 1;
		CHECK(poll(128, 0) == 0 && asked == 128, "%u", asked);
		ports[i] = EVTCHN_2L_NR_CHANNELS;
		CHECK(poll(128, 0) == -EINVAL && !asked, "port %u", i);
		ports[i] = 0;
	}
	ports[3] = ~0u; /* behind the list */
	CHECK(poll(3, 0) == 0);
	CHECK(poll(4, 0) == -EINVAL && !asked_above);
	ports[3] = 0;
	p.ports.p = (void *)NO_AT;
	p.nr_ports = 1;
	CHECK(call(SCHEDOP_poll, (u32)&p) == -EFAULT);
}

static void polls(void)
{
	/* A port of the list becomes pending, at once and later. */
	start();
	info.evtchn_upcall_mask = 1;
	ports[0] = 5;
	ports[1] = 7;
	ports[2] = 9;
	ready_port = 7;
	ready_at = 0;
	CHECK(poll(2, 0) == 0 && !turns);
	ready_at = 4;
	CHECK(poll(2, 0) == 0 && turns == 4);
	CHECK(poll(1, 0) == FOREVER); /* port 7 is not in the list */
	ready_port = 9;
	CHECK(poll(2, 0) == FOREVER);
	CHECK(poll(3, 0) == 0 && turns == 4);
	/* A time-out, which is an absolute time. */
	start();
	info.evtchn_upcall_mask = 1;
	CHECK(poll(1, 1) == FOREVER); /* the time never comes */
	clock_runs = true;
	CHECK(poll(1, 5 * TURN) == 0 && turns == 5);
	CHECK(poll(0, 5 * TURN - 1) == 0 && turns == 5);
	CHECK(poll(1, 0) == FOREVER); /* none */
	/* An event ends the wait if events are not masked. */
	wake_at = 2;
	CHECK(poll(1, 0) == FOREVER);
	info.evtchn_upcall_mask = info.evtchn_upcall_pending = 0;
	CHECK(poll(1, 0) == 0 && turns == 2);
	info.evtchn_upcall_pending = 0;
	CHECK(poll(0, 0) == 0 && turns == 2);
	/* No event or port could end the wait: the guest is killed. */
	start();
	info.evtchn_upcall_mask = 1;
	CHECK(poll(0, 0) == KILLED && !turns);
	info.evtchn_upcall_pending = 1;
	CHECK(poll(0, 0) == KILLED);
}

/* ---- shutdown ---- */

static long end(u32 reason)
{
	struct sched_shutdown s = { .reason = reason };

	return call(SCHEDOP_shutdown, older ? reason : (u32)&s);
}

static void ends(void)
{
	static const struct {
		const char *words;
		int code;
	} rows[] = {
		[SHUTDOWN_poweroff] = { "guest: poweroff", EXIT_POWEROFF },
		[SHUTDOWN_reboot] = { "guest: reboot", EXIT_REBOOT },
		[SHUTDOWN_suspend] = { "guest: suspend", EXIT_OTHER },
		[SHUTDOWN_crash] = { "guest: crash", EXIT_GUEST_CRASH },
		[SHUTDOWN_watchdog] = { "guest: watchdog", EXIT_OTHER },
		[SHUTDOWN_soft_reset] = { "guest: soft reset", EXIT_OTHER },
	};
	u32 i, dump;

	start();
	for (dump = 0; dump < 2; dump++)
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			trace_at_exit = dump;
			CHECK(end(i) == EXITED - rows[i].code, "reason %u", i);
			CHECK(!strcmp(said, rows[i].words), "%s", said);
			CHECK(last_level == (i == SHUTDOWN_crash ? LOG_ERR : LOG_INFO));
			CHECK(dumps == (dump || i == SHUTDOWN_crash), "reason %u", i);
		}
	CHECK(end(i) == -EINVAL && end(~0u) == -EINVAL && !said[0]);
	if (!older)
		CHECK(call(SCHEDOP_shutdown, NO_AT) == -EFAULT);
}

int main(void)
{
	u32 command;

	fake_cpu_init();
	fake_halt = turn;
	poll_refusals();
	polls();
	for (older = false;; older = true) {
		blocks();
		ends();
		for (command = 0; command < 40; command++) {
			bool known =
				command <= SCHEDOP_shutdown || (command == SCHEDOP_poll && !older);

			start();
			CHECK(known || call(command, 0) == -ENOSYS, "command %u", command);
		}
		if (older)
			break;
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

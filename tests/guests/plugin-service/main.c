// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin gets the services that it was allowed and no others, whatever the
 * number. While it waits it cannot be called, no time is charged, its registers, flags
 * and FPU are kept, other plugins run and events are delivered; it can be destroyed. A
 * reply without a waiting plugin changes nothing.
 *
 * Provoked by: a plugin that asks with a value in every register, 255 numbers and a
 * thousand beyond, and up to 20 plugins that wait at once.
 *
 * Cannot tell: what a kernel does with the arguments (the plugin core's tests).
 */
#include "service.h"

/*
 * Requests the service given by the first argument, with known values in every register, FS
 * loaded, ES null, NT and DF set, and an invalid ESP. Stores the answer at 3000. Returns 1
 * if all registers are unchanged.
 */
PLUGIN_CODE(ask, "pushl %ebx; pushl %esi; pushl %edi; pushl %ebp\n"
		 "movl 20(%esp), %eax; movl %esp, 0x3010\n"
		 "movl %ds, %ecx; movl %ecx, %fs; xorl %ecx, %ecx; movl %ecx, %es\n"
		 "pushfl; orl $0x4400, (%esp); popfl\n"
		 "movl $0xb1b1b1b1, %ebx; movl $0xc2c2c2c2, %ecx; movl $0xd3d3d3d3, %edx\n"
		 "movl $0x51515151, %esi; movl $0xd1d1d1d1, %edi; movl $0xeb0eb0eb, %ebp\n"
		 "movl $0xfffffff0, %esp\n"
		 "stc; int $0x81\n"
		 "setc 0x3008; movl %eax, 0x3000; movl %edx, 0x3004; movl %esp, 0x300c\n"
		 "movl 0x3010, %esp; pushfl; popl %eax; pushl $2; popfl\n"
		 "cmpb $1, 0x3008; jne 1f; cmpl $0xfffffff0, 0x300c; jne 1f\n"
		 "andl $0x4400, %eax; cmpl $0x4400, %eax; jne 1f\n"
		 "cmpl $0xb1b1b1b1, %ebx; jne 1f; cmpl $0xc2c2c2c2, %ecx; jne 1f\n"
		 "cmpl $0x51515151, %esi; jne 1f; cmpl $0xd1d1d1d1, %edi; jne 1f\n"
		 "cmpl $0xeb0eb0eb, %ebp; jne 1f\n"
		 "movl %ds, %eax; movl %fs, %ecx; cmpl %ecx, %eax; jne 1f\n"
		 "movl %es, %ecx; testl %ecx, %ecx; jne 1f\n"
		 "movl $1, %eax; jmp 2f; 1: xorl %eax, %eax\n"
		 "2: movl %ds, %ecx; movl %ecx, %es\n"
		 "popl %ebp; popl %edi; popl %esi; popl %ebx; ret");
PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");
/* Requests a service (argument 1) n times (argument 2). Returns how often the status was 0. */
PLUGIN_CODE(ask_times, "pushl %ebx; pushl %edi; xorl %edi, %edi; movl 16(%esp), %ebx\n"
		       "1: movl 12(%esp), %eax; int $0x81; testl %eax, %eax; jnz 2f; incl %edi\n"
		       "2: decl %ebx; jnz 1b; movl %edi, %eax; popl %edi; popl %ebx; ret");
/* Holds ones in XMM0 and pi in ST0. Returns 1 if both are unchanged after two services. */
PLUGIN_CODE(ask_fpu, "pcmpeqd %xmm0, %xmm0; fldpi\n"
		     "movl 4(%esp), %eax; int $0x81\n"
		     "movl 4(%esp), %eax; int $0x81\n"
		     "movd %xmm0, %ecx; fldpi; fcompp; fnstsw %ax\n"
		     "andl $0x4500, %eax; cmpl $0x4000, %eax; jne 1f\n"
		     "incl %ecx; jnz 1f; movl $1, %eax; ret; 1: xorl %eax, %eax; ret");

#define MANY 20

struct test_plugin a, b;
static struct test_plugin many[MANY];

void allow(const struct test_plugin *p, u32 word, u32 strikes)
{
	struct plugin_services s = { .strikes = strikes };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(s.allowed); i++)
		s.allowed[i] = i ? word : word & ~1u;
	check_errno(hypercall(plugin_op, PLUGINOP_services, p->handle, &s), 0, "services");
}

u32 word(const struct test_plugin *p, u32 offset)
{
	return ACCESS_ONCE(*(u32 *)(p->data + offset));
}

/* Checks that the request is service nr with the arguments of `ask`. */
static void check_request(const char *what, u32 nr)
{
	static const u32 args[] = { 0xb1b1b1b1, 0xc2c2c2c2, 0x51515151, 0xd1d1d1d1 };
	u32 i;

	check_eq(plugin_request.nr, nr, "%s: number", what);
	for (i = 0; i < 4; i++)
		check_eq(plugin_request.args[i], args[i], "%s: argument %u", what, i);
}

void asks(const char *what, const struct test_plugin *p, u32 nr)
{
	check_eq(plugin_call(p, nr, 0, NULL), PLUGIN_STATUS_SERVICE, "%s: status", what);
	check_request(what, nr);
}

void answered(const char *what, const struct test_plugin *p)
{
	u32 value = 0;

	check_eq(plugin_reply(p->handle, 0x7700 + p->handle, -5u, &value), PLUGIN_STATUS_OK,
		 "%s: status after the reply", what);
	check_eq(value, 1, "%s: registers", what);
	check_eq(word(p, 0), -5u, "%s: status of the service", what);
	check_eq(word(p, 4), 0x7700 + p->handle, "%s: value of the service", what);
}

static void plain(void)
{
	struct plugin_query q;

	plugin_remake(&a, ask, ask_end);
	allow(&a, ~0u, 1);
	asks("plain", &a, 1);
	q = plugin_query(a.handle);
	check_eq(q.state, PLUGIN_STATE_BUSY, "state of who waits");
	check_eq(q.services, 1, "services");
	check_eq(q.calls, 1, "calls");
	check_errno(plugin_call(&a, 1, 0, NULL), XEN_EBUSY, "call of who waits");
	check_errno(hypercall(plugin_op, PLUGINOP_resume, a.handle), XEN_EINVAL,
		    "resume of who waits for a reply");
	answered("plain", &a);
	asks("again", &a, 255);
	answered("again", &a);
	q = plugin_query(a.handle);
	check_eq(q.state, PLUGIN_STATE_IDLE, "state");
	check_eq(q.services, 2, "services");
	check_eq(q.refused, 0, "refused");
	check_eq(q.faults, 0, "faults");
}

static bool bit(u32 word, u32 nr)
{
	return word >> nr % 32 & 1;
}

static void refused(const char *what, u32 nr)
{
	u32 value = 0;

	check_eq(plugin_call(&a, nr, 0, &value), PLUGIN_STATUS_OK, "%s %x: status", what, nr);
	check_eq(value, 1, "%s %x: registers", what, nr);
	check_eq(word(&a, 0), (u32)-XEN_EPERM, "%s %x: answer", what, nr);
	check_eq(word(&a, 4), 0, "%s %x: value", what, nr);
}

static void numbers(void)
{
	static const u32 patterns[] = { 0, ~0u, 0x5a5a5a5a, 2 };
	u32 i, nr, state = 1, want;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		plugin_remake(&a, ask, ask_end);
		allow(&a, patterns[i], ~0u);
		for (nr = 1, want = 0; nr < 256; nr++) {
			if (bit(patterns[i], nr)) {
				asks("number", &a, nr);
				answered("number", &a);
			} else {
				refused("number", nr);
				want++;
			}
		}
		for (nr = 256; nr; nr <<= 1, want += 3) {
			refused("power of two", nr);
			refused("power of two, more", nr + 1);
			refused("power of two, less", nr == 256 ? ~0u : nr - 1);
		}
		for (nr = 0; nr < 300; nr++, want++) {
			state = state * 1664525 + 1013904223;
			refused("random", state | 0x100);
		}
		check_eq(plugin_query(a.handle).refused, want, "refused");
		check_eq(plugin_query(a.handle).services, 255 * 1 - (want - 3 * 24 - 300),
			 "services");
	}
}

static void strikes(void)
{
	struct plugin_query q;
	u32 i, value;

	/* A new plugin may use no service, and one request ends its call. */
	plugin_remake(&a, ask_times, ask_times_end);
	check_eq(plugin_call(&a, 1, 1, NULL), PLUGIN_STATUS_FORBIDDEN, "new: status");
	q = plugin_query(a.handle);
	check_eq(q.fault.vector, PLUGIN_GATE, "vector");
	check_eq(q.fault.error_code, 0, "error code");
	check_eq(q.fault.eax, 1, "eax");
	check_eq(q.fault.flags, 0, "flags");
	check_eq(a.text[q.fault.eip - PLUGIN_TEXT_BASE], 0xcd, "instruction at eip");
	check_eq(q.refused, 1, "refused");
	check_eq(q.state, PLUGIN_STATE_DEAD, "state");
	check_errno(plugin_reply(a.handle, 0, 0, NULL), XEN_EINVAL, "reply to who is dead");

	plugin_remake(&a, ask_times, ask_times_end);
	allow(&a, 0, 3);
	value = 77;
	check_eq(plugin_call(&a, 9, 2, &value), PLUGIN_STATUS_OK, "two of three: status");
	check_eq(value, 0, "two of three: granted");
	check_eq(plugin_call(&a, 9, 5, &value), PLUGIN_STATUS_FORBIDDEN, "three of three");
	check_eq(plugin_query(a.handle).refused, 3, "refused");
	check_eq(plugin_query(a.handle).services, 0, "services");

	/* The command restarts the count of strikes; requests that are allowed do not count. */
	plugin_remake(&a, ask_times, ask_times_end);
	for (i = 0; i < 5; i++) {
		allow(&a, 4, 2);
		check_eq(plugin_call(&a, 9, 1, NULL), PLUGIN_STATUS_OK, "one of two");
		check_eq(plugin_call(&a, 2, 1, NULL), PLUGIN_STATUS_SERVICE, "granted");
		check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_OK, "its end");
	}
	check_eq(plugin_call(&a, 9, 1, NULL), PLUGIN_STATUS_FORBIDDEN, "two of two");
}

static void errors(void)
{
	static const u32 wrong[] = { 0, 1, 2047, 0x7fffffff, 0x80000000, 0xffffffff };
	struct plugin_services s = { .strikes = 1 };
	u32 i, h = a.handle;

	plugin_remake(&a, ask, ask_end);
	plugin_remake(&b, ask, ask_end);
	h = a.handle;
	allow(&a, 2, 1);
	allow(&b, 2, 1);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		check_errno(hypercall(plugin_op, PLUGINOP_services, wrong[i], &s), XEN_ENOENT,
			    "services of %x", wrong[i]);
		check_errno(plugin_reply(wrong[i], 0, 0, NULL), XEN_ENOENT, "reply to %x",
			    wrong[i]);
	}
	check_errno(hypercall(plugin_op, PLUGINOP_services, h, NULL), XEN_EFAULT, "at 0");
	check_errno(hypercall(plugin_op, PLUGINOP_services, h, 0xff000000), XEN_EFAULT,
		    "in the monitor");
	check_errno(hypercall(plugin_op, PLUGINOP_services, h, 0xfffffff0), XEN_EFAULT,
		    "at the end");
	s.allowed[0] = 3;
	check_errno(hypercall(plugin_op, PLUGINOP_services, h, &s), XEN_EINVAL, "service 0");
	s.allowed[0] = 0;
	s.strikes = 0;
	check_errno(hypercall(plugin_op, PLUGINOP_services, h, &s), XEN_EINVAL, "strikes 0");
	/* None of the refused commands has taken service 1 away. */
	check_errno(plugin_reply(h, 0, 0, NULL), XEN_EINVAL, "reply before a call");
	asks("errors", &a, 1);
	check_errno(plugin_reply(b.handle, 0, 0, NULL), XEN_EINVAL, "reply to another");
	check_eq(plugin_query(b.handle).calls, 0, "calls of another");
	answered("errors", &a);
	check_errno(plugin_reply(h, 0, 0, NULL), XEN_EINVAL, "reply after the call");
}

static void destroyed(void)
{
	u32 value, old, i;

	for (i = 0; i < 10; i++) {
		plugin_remake(&a, ask, ask_end);
		plugin_remake(&b, count, count_end);
		allow(&a, ~0u, 1);
		asks("destroyed", &a, 3);
		old = a.handle;
		check_errno(plugin_destroy(old), 0, "destroy of who waits");
		check_errno(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(a.data), 0), XEN_EBUSY,
			    "its data, mapped writable, as a page table");
		memset(a.stack, 0xcc, PAGE_SIZE);
		value = 1;
		check_eq(plugin_reply(old, 0, 0, &value), PLUGIN_STATUS_KILLED, "reply");
		check_eq(value, 0, "value");
		/* The same slot. */
		require(plugin_create(&a, 0) > 0, "create: %ld", a.handle);
		check_eq(plugin_reply(old, 0, 0, &value), PLUGIN_STATUS_KILLED, "old handle");
		check_errno(plugin_reply(a.handle, 0, 0, NULL), XEN_EINVAL, "new handle");
		check_eq(plugin_call(&b, 0, 0, &value), 0, "another: status");
		check_eq(value, 1, "another: value");
	}
}

/* Many calls wait at once; the replies come in the order of the requests, and reversed. */
static void nested(void)
{
	u32 i, round, value;

	for (i = 0; i < MANY; i++)
		plugin_make(&many[i], ask, ask_end);
	plugin_remake(&b, count, count_end);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++) {
			allow(&many[i], ~0u, 1);
			asks("nested", &many[i], i + 1);
		}
		check_eq(plugin_call(&b, 0, 0, &value), 0, "in between: status");
		check_eq(value, round + 1, "in between: value");
		for (i = 0; i < MANY; i++)
			check_errno(plugin_call(&many[i], 1, 0, NULL), XEN_EBUSY, "call of %u", i);
		for (i = 0; i < MANY; i++)
			answered("nested", &many[round ? MANY - 1 - i : i]);
	}
	for (i = 0; i < MANY; i++)
		check_errno(plugin_destroy(many[i].handle), 0, "destroy %u", i);
}

static void fpu(void)
{
	static const u32 ours[4] ALIGNED(16) = { 0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00 };
	u32 now[4] ALIGNED(16), value = 0, i;

	plugin_remake(&a, ask_fpu, ask_fpu_end);
	plugin_remake(&b, ask_fpu, ask_fpu_end);
	allow(&a, ~0u, 1);
	allow(&b, ~0u, 1);
	for (i = 0; i < 3; i++) {
		asm volatile("fninit; fldlg2; movaps %0, %%xmm0" : : "m"(ours));
		check_eq(plugin_call(&a, 1, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: status");
		asm volatile("movaps %%xmm0, %0" : "=m"(now));
		check(!memcmp(now, ours, sizeof(now)), "in a service: the guest's XMM0");
		check_eq(plugin_call(&b, 1, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: another");
		asm volatile("fldz; fldz; pxor %%xmm0, %%xmm0" ::: "memory");
		check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: second");
		check_eq(plugin_reply(b.handle, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: second");
		asm volatile("movaps %0, %%xmm0" : : "m"(ours));
		check_eq(plugin_reply(a.handle, 0, 0, &value), 0, "fpu: end");
		check_eq(value, 1, "fpu of the plugin");
		check_eq(plugin_reply(b.handle, 0, 0, &value), 0, "fpu: end of another");
		check_eq(value, 1, "fpu of another");
		asm volatile("movaps %%xmm0, %0" : "=m"(now));
		check(!memcmp(now, ours, sizeof(now)), "after it: the guest's XMM0");
	}
	/* Destroyed with an image put away. */
	check_eq(plugin_call(&a, 1, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: status");
	plugin_remake(&a, count, count_end);
}

void test_main(void)
{
	plugin_make(&a, ask, ask_end);
	plugin_make(&b, count, count_end);
	plain();
	numbers();
	strikes();
	errors();
	destroyed();
	nested();
	pauses();
	fpu();
	report_success();
}

// SPDX-License-Identifier: MIT
/*
 * Claim: a guest kernel sets and clears CR4.TSD with mov, as on bare hardware; while TSD
 * is set rdtsc is #GP in ring 3. It stays permitted in the kernel, and in a plugin that
 * the kernel calls meanwhile. No other bit of CR4 can be changed.
 *
 * Provoked by: rdtsc, and rdtscp where the CPU has it, in ring 1, ring 3 and a plugin,
 * before TSD is set, while it is set and afterwards.
 *
 * Cannot tell: whether a kernel switches TSD with its processes.
 */
#include <lib/plugin.h>
#include <lib/test.h>

#define CR4_TSD 4u

PLUGIN_CODE(read_twice, "rdtsc; movl %edx, 0x3004; movl %eax, 0x3000\n"
			"rdtsc; subl 0x3000, %eax; sbbl 0x3004, %edx; movl %edx, %eax; ret");
PLUGIN_CODE(read_port, "inb $0x80, %al; ret"); /* #GP too, but another */

static struct test_plugin reader, other;
static u32 faults;

static u32 read_cr4(void)
{
	u32 v;

	asm volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static void write_cr4(u32 v)
{
	asm volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

USER_TEXT static u32 user_rdtsc(u32 argument)
{
	u32 low;

	asm volatile("rdtsc" : "=a"(low) : : "edx");
	return argument + !low;
}

/* Skips the instruction that faulted with #GP; the test causes no other #GP. */
static bool on_fault(struct regs *regs)
{
	check_eq(regs->cs & 3, 3, "ring of the #GP at %x", regs->eip);
	check_eq(regs->error, 0, "error code");
	faults++;
	regs->eip += 2;
	return true;
}

static bool has_rdtscp(void)
{
	u32 a = 0x80000000, b, c, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	if (a < 0x80000001)
		return false;
	a = 0x80000001;
	asm volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return d >> 27 & 1;
}

static void kernel(const char *when)
{
	u64 first = rdtsc(), second = rdtsc();
	u32 low, high, aux = 1;

	check(second > first, "%s: the kernel's rdtsc gives %llx and then %llx", when, first,
	      second);
	if (!has_rdtscp())
		return;
	asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
	check(((u64)high << 32 | low) > second, "%s: rdtscp is before rdtsc", when);
	check_eq(aux, 0, "%s: rdtscp's processor", when);
}

static void all(const char *when, u32 want)
{
	u32 value = 0;

	check_eq(read_cr4() & CR4_TSD, want ? CR4_TSD : 0, "%s: TSD in CR4", when);
	kernel(when);
	faults = 0;
	user_call(user_rdtsc, 0);
	check_eq(faults, want, "%s: #GP for rdtsc in ring 3", when);
	kernel(when);
	check_eq(plugin_call(&reader, 0, 0, &value), PLUGIN_STATUS_OK, "%s: status of a plugin",
		 when);
	check_eq(value, 0, "%s: high word of the plugin's difference", when);
	plugin_remake(&other, read_port, read_port_end);
	check_eq(plugin_call(&other, 0, 0, &value), PLUGIN_STATUS_FAULT, "%s: port in a plugin",
		 when);
	faults = 0;
	user_call(user_rdtsc, 0);
	check_eq(faults, want, "%s: #GP after the plugins", when);
}

void test_main(void)
{
	u32 cr4;

	user_init();
	trap_handle(X86_GP, on_fault);
	plugin_make(&reader, read_twice, read_twice_end);
	plugin_make(&other, read_port, read_port_end);
	cr4 = read_cr4();
	all("before", 0);
	write_cr4(cr4 | CR4_TSD);
	all("with TSD", 1);
	write_cr4(cr4 & ~CR4_TSD);
	all("after", 0);
	write_cr4(~cr4);
	check_eq(read_cr4(), cr4 | CR4_TSD, "CR4 after its complement was written");
	write_cr4(0);
	check_eq(read_cr4(), cr4, "CR4 after 0 was written");
	report_success();
}

// SPDX-License-Identifier: MIT
/*
 * Exceptions in user space, and their description in the signal frame: EIP, trap
 * number, error code, CR2, EFLAGS, segment registers. Every software interrupt
 * but Linux's own is refused, the monitor's hypercall and gate included.
 */
#include "program.h"
#include <setjmp.h>

static sigjmp_buf back;
static unsigned long start; /* where the instruction is */
static unsigned char *code;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	unsigned long cr2 = ((ucontext_t *)context)->uc_mcontext.cr2;
	unsigned long address = (unsigned long)info->si_addr;

	printf("%s code %d eip %+ld trap %d err %#x cs %#x ss %#x ds %#x flags %#x",
	       sigabbrev_np(signal), info->si_code, (long)(regs[REG_EIP] - start), regs[REG_TRAPNO],
	       regs[REG_ERR], regs[REG_CS] & 0xffff, regs[REG_SS] & 0xffff, regs[REG_DS] & 0xffff,
	       regs[REG_EFL] & ~0x8d5u); /* without the arithmetic flags */
	if (regs[REG_TRAPNO] == 14)
		printf(" cr2 %s", cr2 - start < 4096 ? "in the code" :
				  cr2 == address     ? "is addr" :
						       "?");
	if (address - start < 4096)
		printf(" addr %+ld\n", (long)(address - start));
	else
		printf(" addr %#lx\n", address);
	siglongjmp(back, 1);
}

/* Runs one instruction with EAX = ECX = EDX = 0 and EBX = a data address. */
static void run(const char *what, const void *bytes, size_t size)
{
	static int data[4];

	memset(code, 0x90, 64);
	memcpy(code, bytes, size);
	code[size] = 0xc3;
	start = (unsigned long)code;
	printf("%s: ", what);
	fflush(stdout);
	if (!sigsetjmp(back, 1)) {
		__asm__ volatile("push %%ds; push %%es; push %%fs\n\t"
				 "call *%%esi\n\t"
				 "pop %%fs; pop %%es; pop %%ds"
				 :
				 : "a"(0), "b"(data), "c"(0), "d"(0), "S"(code), "D"(data)
				 : "memory", "cc");
		printf("went through\n");
	}
	__asm__ volatile("mov %0, %%fs" : : "r"(0));
}

#define RUN(what, bytes) run(what, bytes, sizeof(bytes) - 1)

static void instructions(void)
{
	RUN("int3", "\xcc");
	RUN("int $3", "\xcd\x03");
	RUN("icebp", "\xf1");
	RUN("into without overflow", "\xce");
	RUN("into", "\xb0\x7f\x04\x01\xce");
	RUN("div by 0", "\xf7\xf1");
	RUN("idiv too large", "\xb8\x00\x00\x00\x80\x99\xb9\xff\xff\xff\xff\xf7\xf9");
	RUN("aam 0", "\xd4\x00");
	RUN("ud2", "\x0f\x0b");
	RUN("hlt", "\xf4");
	RUN("cli", "\xfa");
	RUN("sti", "\xfb");
	RUN("in", "\xe4\x80");
	RUN("out to COM1", "\x66\xba\xf8\x03\xee");
	RUN("out to the exit port", "\x66\xba\xf4\x00\xef");
	RUN("insb", "\x6c");
	RUN("mov cr0", "\x0f\x20\xc0");
	RUN("mov to cr3", "\x0f\x22\xd8");
	RUN("mov from dr7", "\x0f\x21\xf8");
	RUN("lgdt", "\x0f\x01\x17");
	RUN("lidt", "\x0f\x01\x1f");
	RUN("lldt", "\x0f\x00\xd0");
	RUN("ltr", "\x0f\x00\xd8");
	RUN("lmsw", "\x0f\x01\xf0");
	RUN("clts", "\x0f\x06");
	RUN("invlpg", "\x0f\x01\x3f");
	RUN("wbinvd", "\x0f\x09");
	RUN("rdmsr", "\x0f\x32");
	RUN("wrmsr", "\x0f\x30");
	RUN("rdtsc", "\x0f\x31");
	RUN("popf with IF off", "\x9c\x81\x24\x24\xff\xfd\xff\xff\x9d\x9c\x58");
	RUN("popf with IOPL 3", "\x9c\x81\x0c\x24\x00\x30\x00\x00\x9d\xfa");
	RUN("single step", "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90\x90");
	RUN("movaps misaligned", "\x0f\x28\x47\x04");
	RUN("read at 0", "\x8b\x01");
	RUN("write at 0", "\x89\x01");
	RUN("read of the kernel", "\xa1\x00\x00\x00\xc0");
	RUN("write to the kernel", "\xa3\x00\x00\x10\xc0");
	RUN("read at 0xf5800000", "\xa1\x00\x00\x80\xf5");
	RUN("write at 0xf5800000", "\xa3\x00\x00\x80\xf5");
	RUN("read at 0xfc000000", "\xa1\x00\x00\x00\xfc");
	RUN("write at 0xfc000000", "\xa3\x00\x00\x00\xfc");
	RUN("write at the top", "\xa3\xfc\xff\xff\xff");
	RUN("jump to 0", "\xff\xe1");
	RUN("jump to the kernel", "\xb8\x00\x00\x00\xc0\xff\xe0");
	RUN("jump to 0xfc000000", "\xb8\x00\x00\x00\xfc\xff\xe0");
	RUN("run data", "\xff\xe7");
	RUN("write to code", "\x88\x06"); /* ESI: the code, writable here */
	RUN("bound", "\xb8\x09\x00\x00\x00\x62\x07");
	RUN("lock nop", "\xf0\x90");
	RUN("15 prefixes", "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90");
	RUN("sysexit", "\x0f\x35");
	RUN("iret to ring 0", "\x9c\x6a\x60\x68\x00\x00\x00\x00\xcf");
	RUN("iret to ring 1", "\x9c\x6a\x61\x68\x00\x00\x00\x00\xcf");
	RUN("iret to 0xe019", "\x9c\x68\x19\xe0\x00\x00\x68\x00\x00\x00\x00\xcf");
	RUN("lcall 0x60", "\x9a\x00\x00\x00\x00\x60\x00");
	RUN("lcall 0xe008", "\x9a\x00\x00\x00\x00\x08\xe0");
	RUN("lcall 0x80", "\x9a\x00\x00\x00\x00\x80\x00");
	RUN("ljmp 0", "\xea\x00\x00\x00\x00\x00\x00");
}

static void selectors(void)
{
	static const unsigned short list[] = { 0,      3,      0x33,   0x60,   0x61,  0x68,
					       0x69,   0x6b,   0x7b,   0x73,   0x80,  0x83,
					       0xd3,   0xdb,   0xf8,   0xff,   7,     0xffff,
					       0xe008, 0xe010, 0xe019, 0xe021, 0xe023 };
	char text[40], bytes[8];
	size_t i, k;
	/* mov to ds, es, ss, fs, gs */
	static const struct {
		const char *name;
		unsigned char modrm;
	} registers[] = { { "ds", 0xd8 }, { "es", 0xc0 }, { "ss", 0xd0 }, { "fs", 0xe0 } };

	for (k = 0; k < 4; k++)
		for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
			if (k == 2 && list[i] == 0x33)
				continue; /* a stack at an address chosen anew */
			sprintf(text, "%s = %#x", registers[k].name, list[i]);
			/* mov $list[i], %ax; mov %ax, segment */
			memcpy(bytes, "\x66\xb8\0\0\x8e", 5);
			memcpy(bytes + 2, &list[i], 2);
			bytes[5] = (char)registers[k].modrm;
			run(text, bytes, 6);
		}
}

static void software_interrupts(void)
{
	char text[16], bytes[2] = "\xcd";
	int vector;

	for (vector = 0; vector < 256; vector++) {
		if (vector == 0x80 || vector == 3)
			continue;
		sprintf(text, "int %#x", vector);
		bytes[1] = (char)vector;
		run(text, bytes, 2);
	}
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		handle(signals[i], on_fault, 0);
	code = MUST(mmap((void *)0x30000000, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	instructions();
	selectors();
	software_interrupts();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Guest memory that is not mapped or not writable. If the tested code accesses such memory,
 * the signal handler continues at the fixup, as the monitor's trap handler does. The fixups
 * are in section .extable, which is found through the program's section headers.
 */
#ifndef GUEST_FAULTS_H
#define GUEST_FAULTS_H

#define _GNU_SOURCE
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "guest_side.h"

/* Two adjacent pages: a read-only page, then an inaccessible one. */
static char *read_only __attribute__((unused)), *nowhere __attribute__((unused));

/* Packed: the section need not be aligned. */
static struct fixup {
	unsigned int insn, fixup;
} __attribute__((packed)) * fixups;
static unsigned int nr_fixups;

static void find_fixups(void)
{
	static char names[1 << 16];
	static Elf32_Shdr sections[100];
	FILE *self = fopen("/proc/self/exe", "rb");
	Elf32_Ehdr head;
	unsigned int i;

	if (!self || fread(&head, sizeof(head), 1, self) != 1 || head.e_shnum > 100 ||
	    fseek(self, (long)head.e_shoff, SEEK_SET) ||
	    fread(sections, sizeof(sections[0]), head.e_shnum, self) != head.e_shnum ||
	    fseek(self, (long)sections[head.e_shstrndx].sh_offset, SEEK_SET) ||
	    !fread(names, 1, sizeof(names) - 1, self))
		exit(2);
	fclose(self);
	for (i = 0; i < head.e_shnum; i++)
		if (!strcmp(names + sections[i].sh_name, ".extable")) {
			fixups = (struct fixup *)sections[i].sh_addr;
			nr_fixups = sections[i].sh_size / sizeof(*fixups);
		}
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *eip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EIP];
	unsigned int i;

	for (i = 0; i < nr_fixups; i++)
		if (fixups[i].insn == (unsigned int)*eip) {
			*eip = (greg_t)fixups[i].fixup;
			return;
		}
	printf("signal %d at %x, for %p\nTest result: FAILURE\n", number, (unsigned int)*eip,
	       info->si_addr);
	fflush(stdout);
	_Exit(1);
}

static __attribute__((unused)) void guest_faults_begin(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	find_fixups();
	read_only = mmap(GUEST_SIDE, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	nowhere = read_only + 4096;
	if (read_only == MAP_FAILED || mprotect(nowhere, 4096, PROT_NONE) ||
	    sigaction(SIGSEGV, &action, NULL))
		exit(2);
}

#endif

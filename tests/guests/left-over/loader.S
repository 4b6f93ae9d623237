/* SPDX-License-Identifier: MIT */
/*
 * A boot loader that leaves CPU state behind, as kexec does: a multiboot program at 32 MiB
 * whose first module is the monitor's image. It sets registers that the monitor must not
 * inherit, copies the image to where the image's header says, and enters the image as a boot
 * loader would, with one module less.
 */
#define MAGIC	  0x1badb002
#define LOADER	  0x2badb002
#define MBI_MODS  20 /* number, address; 16 bytes each: start, end, ... */
#define HEADER	  12 /* addresses: header, load, load end, bss end, entry */

#define CR4_LEFT  (1 << 8 | 1 << 2 | 1 << 1) /* PCE, TSD, PVI */
#define DR7_LEFT  0x000f0402 /* breakpoint 0: read or written, 4 bytes */
#define BREAK_AT  0xc0100000 /* where the micro-guest is loaded */

#include <lib/machine.inc>
	cli
	movl	%ebx, mbi
	movl	MBI_MODS + 4(%ebx), %esi
	movl	(%esi), %esi		/* the monitor's file */
	movl	%esi, %edx
1:	cmpl	$MAGIC, (%edx)		/* its header, within the first 8 KiB */
	je	2f
	addl	$4, %edx
	jmp	1b
2:	/* load address + (file - header in file) ... */
	movl	%edx, %ecx
	subl	HEADER(%edx), %ecx
	addl	HEADER + 4(%edx), %ecx	/* file position of the load address */
	movl	%ecx, %esi
	movl	HEADER + 4(%edx), %edi
	movl	HEADER + 8(%edx), %ecx
	subl	%edi, %ecx
	movl	HEADER + 16(%edx), %eax
	movl	%eax, entry
	movl	HEADER + 12(%edx), %edx
	cld
	rep movsb
	movl	%edx, %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb

	movl	mbi, %ebx
	decl	MBI_MODS(%ebx)
	addl	$16, MBI_MODS + 4(%ebx)

	/* sysenter into ring 0, at an address of the guest's. */
	movl	$0x174, %ecx
	movl	$0xe008, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$0x175, %ecx
	movl	$BREAK_AT, %eax
	wrmsr
	movl	$0x176, %ecx
	wrmsr
	/* Every memory type uncached. */
	movl	$0x277, %ecx
	xorl	%eax, %eax
	wrmsr
	/* syscall, where the CPU has it. */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	3f
	movl	$0x80000001, %eax
	cpuid
	testl	$1 << 11, %edx
	jz	3f
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$1, %eax
	wrmsr
3:	movl	$CR4_LEFT, %eax
	movl	%eax, %cr4
	movl	$BREAK_AT, %eax
	movl	%eax, %dr0
	movl	$DR7_LEFT, %eax
	movl	%eax, %dr7

	movl	$LOADER, %eax
	movl	mbi, %ebx
	jmp	*entry

	.balign	4
mbi:	.long	0
entry:	.long	0

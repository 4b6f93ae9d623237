/* SPDX-License-Identifier: MIT */
/*
 * The probe kernel: does this engine run rings and enforce segment limits?
 *
 * A multiboot kernel that goes to ring 2 by iret and reads one byte past the
 * limit of its data segment. Exit values (see machine.py):
 *
 *   0x2a  the read raised #GP, taken from ring 2: limits are enforced
 *   0x2b  the read succeeded, and ring 2 could say so: not enforced
 *   0x2c  anything else
 *
 * With a /dev/kvm that opens but cannot iret to an outer ring the kernel writes none of these
 * values.
 */
#define MB_MAGIC 0x1badb002

#define RING0_CS 0x08
#define RING0_DS 0x10
#define RING2_CS 0x1a
#define RING2_DS 0x22
#define RING2_SS 0x2a
#define TSS_SEL	 0x30

#define PROBE_ENFORCED	   0x2a
#define PROBE_NOT_ENFORCED 0x2b
#define PROBE_UNEXPECTED   0x2c

#define GP_VECTOR   13
#define CALL_VECTOR 0x20

	.section .multiboot, "a"
	.align	4
	.long	MB_MAGIC, 0, -MB_MAGIC

	.text
	.globl	_start
_start:
	cli
	mov	$stack0_top, %esp

	/* Gates get their addresses here: a linker cannot split one. */
	mov	$idt, %edi
	mov	$unexpected, %eax
	mov	$256, %ecx
1:	call	write_gate
	loop	1b
	mov	$idt + GP_VECTOR * 8, %edi
	mov	$general_protection, %eax
	call	write_gate
	mov	$idt + CALL_VECTOR * 8, %edi
	mov	$not_enforced, %eax
	call	write_gate
	movb	$0xce, idt + CALL_VECTOR * 8 + 5	/* DPL 2 */

	mov	$tss, %eax
	mov	%ax, gdt + TSS_SEL + 2
	shr	$16, %eax
	mov	%al, gdt + TSS_SEL + 4
	mov	%ah, gdt + TSS_SEL + 7
	lgdt	gdt_pointer
	lidt	idt_pointer
	ljmp	$RING0_CS, $1f
1:	mov	$RING0_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$TSS_SEL, %eax
	ltr	%ax

	push	$RING2_SS
	push	$stack2_top
	push	$2			/* EFLAGS: IF and IOPL clear */
	push	$RING2_CS
	push	$ring2
	iret

ring2:
	mov	$RING2_DS, %eax
	mov	%eax, %ds
	mov	0xfff, %al		/* the last byte inside */
	.globl	past_limit
past_limit:
	mov	0x1000, %al		/* the first one outside */
	int	$CALL_VECTOR

/* Frame: error code, eip, cs. */
general_protection:
	cmpl	$past_limit, 4(%esp)
	jne	unexpected
	cmpl	$RING2_CS, 8(%esp)
	jne	unexpected
	mov	$PROBE_ENFORCED, %ebx
	jmp	leave

not_enforced:
	cmpl	$RING2_CS, 4(%esp)
	jne	unexpected
	mov	$PROBE_NOT_ENFORCED, %ebx
	jmp	leave

unexpected:
	mov	$PROBE_UNEXPECTED, %ebx

/* Exit with %ebx by both ways that the monitor uses, see machine.py. */
leave:
	mov	$RING0_DS, %eax
	mov	%eax, %ds
	mov	$exit_line, %esi
	mov	$0xe9, %edx
	call	write_string
	mov	%ebx, %eax
	shr	$4, %eax
	call	write_digit
	mov	%ebx, %eax
	and	$15, %eax
	call	write_digit
	mov	$'\n', %al
	out	%al, %dx
	mov	%ebx, %eax
	mov	$0xf4, %edx
	out	%eax, %dx
	mov	$shutdown, %esi
	mov	$0x8900, %edx
	call	write_string
1:	hlt
	jmp	1b

write_string:
	lodsb
	test	%al, %al
	jz	1f
	out	%al, %dx
	jmp	write_string
1:	ret

write_digit:
	mov	digits(%eax), %al
	out	%al, %dx
	ret

/* Interrupt gate for handler %eax at %edi; %edi moves on. */
write_gate:
	mov	%ax, (%edi)
	movw	$RING0_CS, 2(%edi)
	movw	$0x8e00, 4(%edi)
	rol	$16, %eax
	mov	%ax, 6(%edi)
	rol	$16, %eax
	add	$8, %edi
	ret

	.section .rodata
exit_line:
	.asciz	"(rf) exit: 0x"
shutdown:
	.asciz	"Shutdown"
digits:
	.ascii	"0123456789abcdef"

	/* Written data keeps off the code's pages: TCG is 30 times slower else. */
	.data
	.balign	4096
gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* ring 0 code, flat */
	.quad	0x00cf92000000ffff	/* ring 0 data, flat */
	.quad	0x00cfda000000ffff	/* ring 2 code, flat */
	.quad	0x0040d20000000fff	/* ring 2 data, limit 0xfff */
	.quad	0x00cfd2000000ffff	/* ring 2 stack, flat */
	.quad	0x0000890000000067	/* TSS; its base is filled in */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
idt_pointer:
	.word	256 * 8 - 1
	.long	idt
	.balign	16
tss:
	.long	0, stack0_top, RING0_DS
	.fill	22, 4, 0
	.long	104 << 16		/* no port bitmap */

	.bss
	.balign	4096
idt:
	.skip	256 * 8
	.skip	2048
stack2_top:
	.skip	2048
stack0_top:

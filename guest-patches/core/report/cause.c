// SPDX-License-Identifier: GPL-2.0-only
/* Infers the likely cause of an exception from stack pointer, address and instruction. */
#include "report/cause.h"

#define PAGE	     4096u
#define LINUX_INT    0x80u
#define CANARY	     0x14u /* the stack protector's canary is at %gs:0x14 by default */
#define PUSH_MAX     64u   /* bytes: one push, call or pusha writes fewer */
#define ERROR_IN_IDT 2u	   /* SDM vol. 3, 6.13: the error code names an interrupt's gate */

enum { VECTOR_INVALID_OPCODE = 6, VECTOR_STACK = 12, VECTOR_PROTECTION = 13, VECTOR_PAGE = 14 };

static __attribute__((format(printf, 3, 4))) bool say(char *text, size_t size, const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	port_vsnprintf(text, size, format, args);
	va_end(args);
	return true;
}

struct instruction {
	uint8_t segment; /* prefix %cs, %fs or %gs, or 0 */
	uint8_t opcode;	 /* its first byte; 0: not known */
	uint8_t second;	 /* its second byte, after 0f */
	bool at_offset;	 /* the memory operand is a constant offset */
	uint32_t offset; /* that offset */
};

static uint32_t word_at(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* Decode the instruction at EIP. Bytes beyond context->code_size count as 0. */
static struct instruction decode(const struct core_fault_context *context)
{
	uint8_t code[CORE_CODE_SIZE + 8] = { 0 };
	struct instruction found = { 0 };
	uint32_t at = 0;

	memcpy(code, context->code, context->code_size);
	for (; at < context->code_size; at++) {
		uint8_t byte = code[at];

		if (byte == 0x2e || byte == 0x64 || byte == 0x65)
			found.segment = byte;
		else if (byte != 0x26 && byte != 0x36 && byte != 0x3e && byte != 0x66 &&
			 byte != 0x67 && byte != 0xf0 && byte != 0xf2 && byte != 0xf3)
			break;
	}
	found.opcode = code[at++];
	if (found.opcode == 0x0f)
		found.second = code[at++];
	if (found.opcode >= 0xa0 && found.opcode <= 0xa3) {
		found.at_offset = true;
		found.offset = word_at(code + at);
	} else if ((code[at] & 0xc7) == 0x05) { /* ModRM: [disp32] */
		found.at_offset = true;
		found.offset = word_at(code + at + 1);
	}
	return found;
}

/* Privileged instructions (SDM vol. 3, 5.9), and instructions that need IOPL. */
static bool is_privileged(const struct instruction *insn)
{
	switch (insn->opcode) {
	case 0x6c ... 0x6f: /* ins, outs */
	case 0xe4 ... 0xe7: /* in, out */
	case 0xec ... 0xef:
	case 0xf4: /* hlt */
	case 0xfa: /* cli */
	case 0xfb: /* sti */
		return true;
	case 0x0f:
		return insn->second <= 0x01 || insn->second == 0x06 || insn->second == 0x08 ||
		       insn->second == 0x09 || (insn->second >= 0x20 && insn->second <= 0x23) ||
		       (insn->second >= 0x30 && insn->second <= 0x33);
	default:
		return false;
	}
}

static bool stack_is_full(const struct plugin_fault *fault,
			  const struct core_fault_context *context)
{
	uint32_t stack = context->stack, address = fault->address;

	/*
	 * ESP is below the stack, or has wrapped to the upper half. Full, unless ESP is in the
	 * data: the plugin may have moved it to a stack of its own there.
	 */
	if (fault->esp < stack || fault->esp >= 1u << 31)
		return fault->esp < context->data || fault->esp >= stack - PAGE;
	return fault->flags & PLUGIN_FAULT_ADDRESS && address < stack &&
	       fault->esp - address <= PUSH_MAX;
}

/* Why the offset @address has no code, or NULL if that is not known. */
static const char *not_code(uint32_t address, const struct core_fault_context *context)
{
	if (address < PAGE)
		return "a null pointer to a function";
	if (address >= context->stack && address < context->stack_end)
		return "code on its stack cannot run (a nested function whose address is taken?)";
	if (address > context->text_limit && address < context->stack - PAGE)
		return "code in its data cannot run";
	return NULL;
}

/* The cause that EIP or the address of the access tells. */
static bool of_address(char *text, size_t size, const struct plugin_fault *fault,
		       const struct core_fault_context *context)
{
	uint32_t address = fault->address, guard = context->stack - PAGE;
	const char *place = NULL;

	if (fault->eip < PLUGIN_TEXT_BASE || fault->eip > context->text_limit)
		place = not_code(fault->eip, context);
	else if (fault->flags & PLUGIN_FAULT_ADDRESS && fault->flags & PLUGIN_FAULT_FETCH)
		place = not_code(address, context);
	if (place)
		return say(text, size, "%s", place);
	if (!(fault->flags & PLUGIN_FAULT_ADDRESS) || fault->vector != VECTOR_PAGE)
		return false;
	if (address < PAGE)
		return say(text, size, "a null pointer");
	if (address >= guard && address < context->stack)
		return say(text, size, "its %s ends at 0x%x", context->heap_pages ? "heap" : "data",
			   guard);
	return false;
}

/* The cause that the instruction at EIP tells. */
static bool of_instruction(char *text, size_t size, const struct plugin_fault *fault,
			   const struct core_fault_context *context)
{
	struct instruction insn = decode(context);
	uint32_t number = fault->error_code >> 3;

	if (fault->vector == VECTOR_INVALID_OPCODE) {
		if (insn.opcode == 0xc4 || insn.opcode == 0xc5 || insn.opcode == 0x62)
			return say(text, size,
				   "AVX is not there: compile without -mavx and -march");
		return insn.opcode == 0x0f && insn.second == 0x05 &&
		       say(text, size, "a plugin cannot make system calls");
	}
	if (fault->vector == VECTOR_PROTECTION && insn.opcode == 0xcd &&
	    fault->error_code & ERROR_IN_IDT) {
		if (number == LINUX_INT)
			return say(text, size,
				   "int $0x80, a system call of Linux: a plugin cannot make any");
		return say(text, size, "int $0x%x: a plugin can only use the SDK's services",
			   number);
	}
	if (insn.segment == 0x64 || insn.segment == 0x65) {
		const char *name = insn.segment == 0x64 ? "fs" : "gs";

		if (insn.segment == 0x65 && insn.at_offset && insn.offset == CANARY)
			return say(
				text, size,
				"the stack protector's canary at %%gs:0x14: compile with plugin-cc");
		return say(text, size,
			   "it has no %%%s, which thread-local variables and libcs want", name);
	}
	if (fault->vector != VECTOR_PROTECTION || fault->error_code)
		return false;
	if (insn.opcode == 0x0f && insn.second == 0x34)
		return say(text, size, "a plugin cannot make system calls");
	if (is_privileged(&insn))
		return say(text, size, "a privileged instruction");
	/* Before a conditional branch the prefix 2e is a branch hint, not %cs. */
	if (insn.segment == 0x2e && insn.opcode != 0x0f && (insn.opcode & 0xf0) != 0x70)
		return say(text, size, "through %%cs: a plugin's code cannot be read or written");
	return false;
}

bool core_fault_cause(char *text, size_t size, const struct plugin_fault *fault,
		      const struct core_fault_context *context)
{
	bool access = fault->vector >= VECTOR_STACK && fault->vector <= VECTOR_PAGE;
	uint32_t into = 0;
	const char *function = core_symbol_at(context->symbols, fault->eip, &into);

	if (!context->stack_end)
		return false;
	if (fault->vector == VECTOR_INVALID_OPCODE && function &&
	    (!strcmp(function, "__stack_chk_fail") || !strcmp(function, "__stack_chk_fail_local")))
		return say(text, size,
			   "a canary was overwritten: something on the stack is too small");
	if (fault->vector == VECTOR_INVALID_OPCODE && function &&
	    !strcmp(function, "__cxa_pure_virtual"))
		return say(text, size, "a pure virtual function was called");
	if (of_instruction(text, size, fault, context))
		return true;
	if (access && stack_is_full(fault, context))
		return say(text, size,
			   "its stack of %u KiB is full: use less of it, or PLUGIN_STACK()",
			   (context->stack_end - context->stack) / 1024);
	return access && of_address(text, size, fault, context);
}

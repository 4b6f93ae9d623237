// SPDX-License-Identifier: MIT
#include "plugin_op.h"

#include "fault.h"
#include "words.h"

static int has_address(const void *structure)
{
	return (((const struct ringfence_fault *)structure)->flags & PLUGIN_FAULT_ADDRESS) != 0;
}

static int has_symbol(const void *structure)
{
	return ((const struct ringfence_fault *)structure)->symbol[0] != 0;
}

static int has_source(const void *structure)
{
	return ((const struct ringfence_fault *)structure)->source_file[0] != 0;
}

static const char *access_word(uint32_t flags)
{
	return flags & PLUGIN_FAULT_FETCH ? "fetch" : flags & PLUGIN_FAULT_WRITE ? "write" : "read";
}

#define FIELD(field)	   FACT_MEMBER(struct ringfence_fault, field)
#define NAMED(name, field) FACT_NAMED(name, struct ringfence_fault, field)
#define NUMBER(field)                             \
	{                                         \
		FIELD(field), .type = FACT_NUMBER \
	}
#define REGISTERS                                                                                  \
	NUMBER(eax), NUMBER(ebx), NUMBER(ecx), NUMBER(edx), NUMBER(esi), NUMBER(edi), NUMBER(ebp), \
		NUMBER(esp), NUMBER(eip), NUMBER(eflags), NUMBER(cs), NUMBER(ss), NUMBER(ds),      \
		NUMBER(es), NUMBER(fs), NUMBER(gs)

static const struct fact registers[] = { REGISTERS, { 0 } };

const struct fact fault_facts[] = {
	{ FIELD(status), .type = FACT_WORD, .word = status_word },
	NUMBER(vector),
	{ FIELD(vector_name), .type = FACT_TEXT },
	NUMBER(error_code),
	{ FIELD(address), .type = FACT_NUMBER, .present = has_address },
	{ NAMED("in_limit", flags), .type = FACT_FLAG, .mask = PLUGIN_FAULT_IN_LIMIT,
	  .present = has_address },
	{ NAMED("access", flags), .type = FACT_WORD, .word = access_word, .present = has_address },
	NUMBER(text_limit),
	NUMBER(data_limit),
	NUMBER(budget_us),
	NUMBER(call),
	{ FIELD(symbol), .type = FACT_TEXT, .present = has_symbol },
	{ FIELD(symbol_offset), .type = FACT_NUMBER, .present = has_symbol },
	{ NAMED("file", source_file), .type = FACT_TEXT, .present = has_source },
	{ NAMED("line", source_line), .type = FACT_NUMBER, .present = has_source },
	{ "registers", .type = FACT_OBJECT, .facts = registers },
	{ NAMED("report", line), .type = FACT_TEXT },
	{ 0 },
};

/* Killed while no call was under way: there are no registers. */
static const struct form idle = { fault_facts, .text = (const char *const[]){ "{report}", NULL } };

static const struct form record = {
	fault_facts,
	.text =
		(const char *const[]){
			"{report}",
			"  vector {vector} ({vector_name}), error code {error_code:#x}[, address {address:#x}]",
			"  limits: code {text_limit:#x}, data {data_limit:#x}; budget {budget_us} us",
			NULL,
		}
};

static const struct form register_lines = {
	registers,
	.text =
		(const char *const[]){
			"  eax    {eax:08x}  ebx    {ebx:08x}  ecx    {ecx:08x}  edx    {edx:08x}",
			"  esi    {esi:08x}  edi    {edi:08x}  ebp    {ebp:08x}  esp    {esp:08x}",
			"  eip    {eip:08x}  eflags {eflags:08x}",
			"  cs     {cs:04x}  ss     {ss:04x}",
			"  ds     {ds:04x}  es     {es:04x}  fs     {fs:04x}  gs     {gs:04x}",
			NULL,
		}
};

void fault_print(FILE *to, const struct ringfence_fault *fault)
{
	if (fault->status == PLUGIN_STATUS_KILLED && !fault->eip) {
		output_text(to, &idle, fault);
		return;
	}
	output_text(to, &record, fault);
	output_text(to, &register_lines, fault);
}

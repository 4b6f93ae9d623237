// SPDX-License-Identifier: MIT
/* Prints plugins as JSON, and fault records as text or JSON. */
#include <stddef.h>
#include <string.h>

#include "plugin_op.h"

#include "json.h"
#include "report.h"
#include "words.h"

void report_plugin_json(const struct ringfence_show *show)
{
	json_number("id", show->id);
	json_text("state", state_word(show->state));
	json_text("mode", mode_word(show->mode));
	json_number("calls", show->calls);
	json_number("faults", show->faults);
	json_number("budget_us", show->budget_us);
	json_number("wall_us", show->wall_us);
	json_number("service_us", show->service_us);
	json_number("cpu_used_us", show->cpu_used_us);
	json_number("wall_used_us", show->wall_used_us);
	json_number("service_used_us", show->service_used_us);
	json_text("last_status", status_word(show->last_status));
	json_number("bytes",
		    (uint64_t)show->text + show->rodata + show->data + show->heap + show->stack);
	json_text("version", show->version);
	json_text("description", show->description);
}

static const struct {
	const char *name;
	size_t offset;
} registers[] = {
#define REGISTER(name)                                        \
	{                                                     \
#name, offsetof(struct ringfence_fault, name) \
	}
	REGISTER(eax), REGISTER(ebx), REGISTER(ecx), REGISTER(edx),    REGISTER(esi), REGISTER(edi),
	REGISTER(ebp), REGISTER(esp), REGISTER(eip), REGISTER(eflags), REGISTER(cs),  REGISTER(ss),
	REGISTER(ds),  REGISTER(es),  REGISTER(fs),  REGISTER(gs),
#undef REGISTER
};

#define NR_REGISTERS (sizeof(registers) / sizeof(registers[0]))

static uint32_t register_of(const struct ringfence_fault *fault, size_t i)
{
	uint32_t value;

	memcpy(&value, (const char *)fault + registers[i].offset, sizeof(value));
	return value;
}

void report_fault_json(const struct ringfence_fault *fault)
{
	size_t i;

	json_open("fault", '{');
	json_text("status", status_word(fault->status));
	json_number("vector", fault->vector);
	json_text("vector_name", fault->vector_name);
	json_number("error_code", fault->error_code);
	if (fault->flags & PLUGIN_FAULT_ADDRESS) {
		json_number("address", fault->address);
		json_bool("in_limit", fault->flags & PLUGIN_FAULT_IN_LIMIT);
		json_text("access", fault->flags & PLUGIN_FAULT_FETCH ? "fetch" :
				    fault->flags & PLUGIN_FAULT_WRITE ? "write" :
									"read");
	}
	json_number("text_limit", fault->text_limit);
	json_number("data_limit", fault->data_limit);
	json_number("budget_us", fault->budget_us);
	json_number("call", fault->call);
	if (fault->symbol[0]) {
		json_text("symbol", fault->symbol);
		json_number("symbol_offset", fault->symbol_offset);
	}
	if (fault->source_file[0]) {
		json_text("file", fault->source_file);
		json_number("line", fault->source_line);
	}
	json_open("registers", '{');
	for (i = 0; i < NR_REGISTERS; i++)
		json_number(registers[i].name, register_of(fault, i));
	json_close();
	json_text("report", fault->line);
	json_close();
}

void report_fault(FILE *to, const struct ringfence_fault *fault)
{
	size_t i;

	fprintf(to, "%s\n", fault->line);
	if (fault->status == PLUGIN_STATUS_KILLED && !fault->eip)
		return; /* Killed while no call was under way: there are no registers. */
	fprintf(to, "  vector %u (%s), error code %#x", fault->vector, fault->vector_name,
		fault->error_code);
	if (fault->flags & PLUGIN_FAULT_ADDRESS)
		fprintf(to, ", address %#x", fault->address);
	fprintf(to, "\n  limits: code %#x, data %#x; budget %u us\n", fault->text_limit,
		fault->data_limit, fault->budget_us);
	for (i = 0; i < NR_REGISTERS; i++) {
		int segment = registers[i].name[1] == 's' && !registers[i].name[2];

		fprintf(to, "%s%-6s %0*x",
			i % 4 && i != 10 ? "  " :
			i		 ? "\n  " :
					   "  ",
			registers[i].name, segment ? 4 : 8, register_of(fault, i));
	}
	fputs("\n", to);
}

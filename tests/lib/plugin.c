// SPDX-License-Identifier: MIT
/* Small test plugins, and the plugin_op hypercalls. */
#include <lib/console.h>
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/plugin.h>
#include <lib/report.h>

PLUGIN_CODE(start_stub, "subl $8, %esp\n"
			"pushl %ebp; pushl %edi; pushl %esi; pushl %edx; pushl %ecx; pushl %ebx\n"
			"xorl %ebp, %ebp\n"
			"call *%eax\n"
			"movl %eax, %edx\n"
			"movl $0, %eax\n"
			"int $0x81\n"
			"ud2");

void plugin_pages(struct test_plugin *p, u32 nr_text, u32 nr_rodata, u32 nr_data, u32 nr_stack)
{
	p->nr_text = nr_text;
	p->nr_rodata = nr_rodata;
	p->nr_data = nr_data;
	p->nr_stack = nr_stack;
	p->text = pages_alloc(nr_text + nr_rodata + nr_data + nr_stack);
	p->rodata = p->text + nr_text * PAGE_SIZE;
	p->data = p->rodata + nr_rodata * PAGE_SIZE;
	p->stack = p->data + nr_data * PAGE_SIZE;
	p->at_rodata = PLUGIN_TEXT_BASE + nr_text * PAGE_SIZE;
	p->at_data = p->at_rodata + nr_rodata * PAGE_SIZE;
	p->at_stack = p->at_data + (nr_data + 1) * PAGE_SIZE;
	p->end = p->at_stack + nr_stack * PAGE_SIZE;
	memcpy(p->text, start_stub, start_stub_end - start_stub);
}

long plugin_create(struct test_plugin *p, u32 budget_us)
{
	static u32 frames[PLUGIN_PAGES_MAX];
	struct plugin_create c = {
		.abi = PLUGIN_ABI,
		.start = PLUGIN_TEXT_BASE,
		.nr_text = p->nr_text,
		.nr_rodata = p->nr_rodata,
		.nr_data = p->nr_data,
		.nr_stack = p->nr_stack,
		.budget_us = budget_us,
		.frames = (u32)frames,
		.nr_window = p->nr_window,
	};
	u32 nr = p->nr_text + p->nr_rodata + p->nr_data + p->nr_stack, i;

	for (i = 0; i < nr; i++)
		frames[i] = frame_of(p->text + i * PAGE_SIZE);
	p->handle = hypercall(plugin_op, PLUGINOP_create, &c);
	return p->handle;
}

static void put_code(struct test_plugin *p, const u8 *code, const u8 *end)
{
	require((u32)(end - code) <= p->nr_text * PAGE_SIZE - 0x40, "plugin code of %d bytes",
		end - code);
	memset(p->text + 0x40, 0xf4, p->nr_text * PAGE_SIZE - 0x40);
	memcpy(p->text + 0x40, code, end - code);
}

void plugin_make(struct test_plugin *p, const u8 *code, const u8 *end)
{
	plugin_pages(p, 1, 1, 1, 1);
	put_code(p, code, end);
	require(plugin_create(p, 0) > 0, "create: %ld", p->handle);
}

void plugin_remake(struct test_plugin *p, const u8 *code, const u8 *end)
{
	require(!plugin_destroy(p->handle), "destroy");
	put_code(p, code, end);
	memset(p->data, 0, p->nr_data * PAGE_SIZE);
	memset(p->stack, 0, p->nr_stack * PAGE_SIZE);
	require(plugin_create(p, 0) > 0, "create: %ld", p->handle);
}

struct plugin_request plugin_request;
u32 plugin_interruptible;

static long run(u32 ebx, u32 ecx, u32 edx, u32 esi, u32 edi, u32 *value)
{
	long status = (long)&hypercall_page[__HYPERVISOR_plugin_op * HYPERCALL_SLOT];

	ebx |= plugin_interruptible;
	asm volatile("call *%%eax"
		     : "+a"(status), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
		     :
		     : "memory", "cc");
	if (status == PLUGIN_STATUS_SERVICE)
		plugin_request = (struct plugin_request){ edx, { ebx, ecx, esi, edi } };
	if (value)
		*value = edx;
	return status;
}

long plugin_invoke(u32 handle, u32 entry, const u32 *args, u32 nr, u32 *value)
{
	return run(PLUGINOP_invoke, handle, entry, (u32)args, nr, value);
}

long plugin_resume(u32 handle, u32 *result)
{
	return run(PLUGINOP_resume, handle, 0, 0, 0, result);
}

long plugin_reply(u32 handle, u32 value, u32 status, u32 *result)
{
	return run(PLUGINOP_reply, handle, value, status, 0, result);
}

long plugin_call(const struct test_plugin *p, u32 a, u32 b, u32 *value)
{
	u32 args[2] = { a, b };

	return plugin_invoke(p->handle, PLUGIN_ENTRY, args, 2, value);
}

long plugin_destroy(u32 handle)
{
	return hypercall(plugin_op, PLUGINOP_destroy, handle);
}

struct plugin_query plugin_query(u32 handle)
{
	struct plugin_query q = { .size = sizeof(q) };
	long error = hypercall(plugin_op, PLUGINOP_query, handle, &q);

	require(!error && q.size == sizeof(q), "query: %ld, size %u", error, q.size);
	return q;
}

struct plugin_info plugin_info(void)
{
	struct plugin_info i = { .size = sizeof(i) };
	long error = hypercall(plugin_op, PLUGINOP_info, &i);

	require(!error && i.size == sizeof(i), "info: %ld, size %u", error, i.size);
	return i;
}

void plugin_fault_print(const struct plugin_fault *f)
{
	print("status %u vector %u error %x flags %x address %x eip %x eflags %x esp %x\n"
	      "eax %x ebx %x ecx %x edx %x esi %x edi %x ebp %x\n"
	      "cs %x ss %x ds %x es %x fs %x gs %x call %u\n",
	      f->status, f->vector, f->error_code, f->flags, f->address, f->eip, f->eflags, f->esp,
	      f->eax, f->ebx, f->ecx, f->edx, f->esi, f->edi, f->ebp, f->cs, f->ss, f->ds, f->es,
	      f->fs, f->gs, f->call);
}

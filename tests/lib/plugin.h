/* SPDX-License-Identifier: MIT */
/*
 * Plugins of a few instructions, made from code that is part of the guest.
 * The start stub is the SDK's; the code lies at PLUGIN_ENTRY behind it and is
 * called as a C function there. It must not depend on where it lies.
 */
#ifndef LIB_PLUGIN_H
#define LIB_PLUGIN_H

#include <lib/types.h>
#include <lib/xen.h>

#define PLUGIN_ENTRY (PLUGIN_TEXT_BASE + 0x40)

/* Code for a plugin, as assembly text; `name` and `name_end` name it. */
#define PLUGIN_CODE(name, text)                                                                \
	asm(".pushsection .rodata.plugin_code, \"a\"\n.globl " #name ", " #name "_end\n" #name \
	    ":\n" text "\n" #name "_end:\n.popsection");                                       \
	extern const u8 name[], name##_end[]

struct test_plugin {
	long handle; /* or -errno of PLUGINOP_create */
	u32 nr_text, nr_rodata, nr_data, nr_stack;
	u32 nr_window;			       /* set it before plugin_create() */
	u8 *text, *rodata, *data, *stack;      /* the guest's mapping of its pages */
	u32 at_rodata, at_data, at_stack, end; /* offsets; end: of the stack */
};

/* Pages for the parts, with the start stub in them. */
void plugin_pages(struct test_plugin *p, u32 nr_text, u32 nr_rodata, u32 nr_data, u32 nr_stack);
/* Creates it from its pages; gives the handle or -errno. */
long plugin_create(struct test_plugin *p, u32 budget_us);
/* The usual: one page of each, holding the code. Must succeed. */
void plugin_make(struct test_plugin *p, const u8 *code, const u8 *end);
/* Other code, for a plugin that is there: destroyed and created anew. */
void plugin_remake(struct test_plugin *p, const u8 *code, const u8 *end);

/* PLUGINOP_invoke: the status or -errno; *value is EDX. */
long plugin_invoke(u32 handle, u32 entry, const u32 *args, u32 nr, u32 *value);
/* PLUGINOP_reply: as plugin_invoke. */
long plugin_reply(u32 handle, u32 value, u32 status, u32 *result);
/* PLUGINOP_resume, after PLUGIN_STATUS_INTERRUPTED: as plugin_invoke. */
long plugin_resume(u32 handle, u32 *result);
/* PLUGINOP_INTERRUPTIBLE, for these three; or 0, as it is at first. */
extern u32 plugin_interruptible;
/* What the last of these that gave PLUGIN_STATUS_SERVICE was asked for. */
struct plugin_request {
	u32 nr, args[4];
};
extern struct plugin_request plugin_request;
/* At PLUGIN_ENTRY with up to two arguments. */
long plugin_call(const struct test_plugin *p, u32 a, u32 b, u32 *value);
long plugin_destroy(u32 handle);
/* Must succeed. */
struct plugin_query plugin_query(u32 handle);
struct plugin_info plugin_info(void);
void plugin_fault_print(const struct plugin_fault *f);

#endif /* LIB_PLUGIN_H */

/* SPDX-License-Identifier: MIT */
/*
 * Plugins of a few instructions, made from code that is part of the guest.
 * The start stub is the SDK's. The code is copied to PLUGIN_ENTRY, behind the stub,
 * which calls it as a C function; so the code must be position-independent.
 */
#ifndef LIB_PLUGIN_H
#define LIB_PLUGIN_H

#include <lib/types.h>
#include <lib/xen.h>

#define PLUGIN_ENTRY (PLUGIN_TEXT_BASE + 0x40)

/* Defines code for a plugin as assembly text, from `name` to `name_end`. */
#define PLUGIN_CODE(name, text)                                                                \
	asm(".pushsection .rodata.plugin_code, \"a\"\n.globl " #name ", " #name "_end\n" #name \
	    ":\n" text "\n" #name "_end:\n.popsection");                                       \
	extern const u8 name[], name##_end[]

struct test_plugin {
	long handle; /* or -errno of PLUGINOP_create */
	u32 nr_text, nr_rodata, nr_data, nr_stack;
	u32 nr_window;			       /* pages for windows; set before plugin_create() */
	u8 *text, *rodata, *data, *stack;      /* the guest's mapping of the plugin's pages */
	u32 at_rodata, at_data, at_stack, end; /* offsets in the plugin; end: of the stack */
};

/* Allocates the pages of all parts and copies the start stub to the text. */
void plugin_pages(struct test_plugin *p, u32 nr_text, u32 nr_rodata, u32 nr_data, u32 nr_stack);
/* PLUGINOP_create with these pages; returns the handle or -errno. */
long plugin_create(struct test_plugin *p, u32 budget_us);
/* Allocates and creates a plugin of one page of each part, with this code. Must succeed. */
void plugin_make(struct test_plugin *p, const u8 *code, const u8 *end);
/* Destroys the plugin, creates it anew with other code and zeroed data. Must succeed. */
void plugin_remake(struct test_plugin *p, const u8 *code, const u8 *end);

/* PLUGINOP_invoke. Returns the status or -errno; *value is EDX. */
long plugin_invoke(u32 handle, u32 entry, const u32 *args, u32 nr, u32 *value);
/* PLUGINOP_reply. Returns as plugin_invoke(). */
long plugin_reply(u32 handle, u32 value, u32 status, u32 *result);
/* PLUGINOP_resume, after PLUGIN_STATUS_INTERRUPTED. Returns as plugin_invoke(). */
long plugin_resume(u32 handle, u32 *result);
/* Flag that invoke, reply and resume are issued with: PLUGINOP_INTERRUPTIBLE, or 0 (default). */
extern u32 plugin_interruptible;
/* The plugin's request when invoke, reply or resume last returned PLUGIN_STATUS_SERVICE. */
struct plugin_request {
	u32 nr, args[4];
};
extern struct plugin_request plugin_request;
/* Invokes the code at PLUGIN_ENTRY with two arguments. */
long plugin_call(const struct test_plugin *p, u32 a, u32 b, u32 *value);
long plugin_destroy(u32 handle);
/* Must succeed. */
struct plugin_query plugin_query(u32 handle);
struct plugin_info plugin_info(void);
void plugin_fault_print(const struct plugin_fault *f);

#endif /* LIB_PLUGIN_H */

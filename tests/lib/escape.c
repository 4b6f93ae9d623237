// SPDX-License-Identifier: MIT
/* The hostile plugin, the canaries around it, and the record of rows. */
#include <lib/console.h>
#include <lib/escape.h>
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/regs.h>
#include <lib/report.h>

PLUGIN_CODE(bystander_code, "incl 0x3000; movl 0x3000, %eax; ret");

struct test_plugin hostile;
u32 escape_attacks;
bool page_mode, limits_hold;
void (*escape_created)(void);

static struct test_plugin bystander;
static u32 turns, m2p_sum;
static u32 canary[PAGE_SIZE / 4] PAGE_BUFFER;
static u32 frames[4];
static bool dead;

#define CANARY(i) (0xca4a4100u ^ (i)*0x9e3779b9u)
/* All flags that ring 1 can set and keep, among them NT, AC and DF. */
#define FLAGS 0x44ed7
#define EBP   0xb0b0b0b0
/*
 * VIF and VIP: under TCG an iret of ring 0 does not load these two flags, so that values set
 * in virtual-8086 mode stay. Both have no effect while CR4.VME and CR4.PVI are clear.
 */
#define FLAGS_LEFT (EFLAGS_VIF | EFLAGS_VIP)

static u32 sum_of_m2p(void)
{
	u32 nr, sum = 0, i;
	const u32 *table = m2p(&nr);

	for (i = 0; i < nr && i < start_info->nr_pages; i++)
		sum = sum * 31 + table[i];
	return sum;
}

static void fill(struct test_plugin *p)
{
	u32 i;

	for (i = 16; i < PAGE_SIZE / 4; i++) {
		((u32 *)p->rodata)[i] = CANARY(i);
		((u32 *)p->data)[i] = CANARY(i);
	}
}

static void check_canaries(const char *after, const char *whose, const void *page, u32 from)
{
	const u32 *words = page;
	u32 i;

	for (i = from; i < PAGE_SIZE / 4; i++)
		if (words[i] != CANARY(i) &&
		    !check_eq(words[i], CANARY(i), "%s: canary %u of %s", after, i, whose))
			return;
}

void escape_init(void)
{
	struct plugin_info info = plugin_info();
	u32 i;

	page_mode = info.mode == PLUGIN_MODE_PAGE;
	limits_hold = info.enforces & PLUGIN_ENFORCES_LIMIT;
	for (i = 0; i < ARRAY_SIZE(canary); i++)
		canary[i] = CANARY(i);
	plugin_make(&bystander, bystander_code, bystander_code_end);
	fill(&bystander);
	plugin_make(&hostile, bystander_code, bystander_code_end);
	for (i = 0; i < 4; i++)
		frames[i] = frame_of(hostile.text + i * PAGE_SIZE);
	m2p_sum = sum_of_m2p();
}

void escape_code(const u8 *code, const u8 *end)
{
	plugin_remake(&hostile, code, end);
	dead = false;
	if (escape_created)
		escape_created();
}

/* Creates the hostile plugin anew without resetting its memory: faster than plugin_remake(). */
static void revive(void)
{
	struct plugin_create c = {
		.abi = PLUGIN_ABI,
		.start = PLUGIN_TEXT_BASE,
		.nr_text = 1,
		.nr_rodata = 1,
		.nr_data = 1,
		.nr_stack = 1,
		.frames = (u32)frames,
		.nr_window = hostile.nr_window,
	};

	require(!plugin_destroy(hostile.handle), "destroy");
	hostile.handle = hypercall(plugin_op, PLUGINOP_create, &c);
	require(hostile.handle > 0, "create: %ld", hostile.handle);
	dead = false;
	if (escape_created)
		escape_created();
}

static struct state {
	u32 esp, ebp, eflags;
	u16 ds, es, fs, gs, ss, cs;
} before, after;

#define NOTE(state)                                                                      \
	"movl %%esp, " #state "; movl %%ebp, " #state "+4; pushfl; popl " #state "+8\n"  \
	"movw %%ds, " #state "+12; movw %%es, " #state "+14; movw %%fs, " #state "+16\n" \
	"movw %%gs, " #state "+18; movw %%ss, " #state "+20; movw %%cs, " #state "+22\n"

long escape_call(u32 a, u32 b, u32 c, u32 *value)
{
	u32 args[3] = { a, b, c }, nr = 3, at = (u32)args;
	u32 ebx = PLUGINOP_invoke, ecx, edx = PLUGIN_ENTRY;
	long status = (long)&hypercall_page[__HYPERVISOR_plugin_op * HYPERCALL_SLOT];

	if (dead)
		revive();
	escape_attacks++;
	ecx = (u32)hostile.handle;
	asm volatile("pushl %%ebp; movl %[ebp], %%ebp; pushl %[flags]; popfl\n" NOTE(
			     before) "call *%%eax\n" NOTE(after) "pushl $0x202; popfl; popl %%ebp"
		     : "+a"(status), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(at), "+D"(nr)
		     : [ebp] "i"(EBP), [flags] "i"(FLAGS)
		     : "memory", "cc");
	after.eflags &= ~FLAGS_LEFT;
	before.eflags &= ~FLAGS_LEFT;
	/* A call that waits for a service has not ended, so the plugin is not dead. */
	dead = status > PLUGIN_STATUS_OK && status != PLUGIN_STATUS_SERVICE;
	if (status == PLUGIN_STATUS_SERVICE)
		plugin_request = (struct plugin_request){ edx, { ebx, ecx, at, nr } };
	if (memcmp(&before, &after, sizeof(before))) {
		check_eq(after.esp, before.esp, "esp after an attack");
		check_eq(after.ebp, EBP, "ebp after an attack");
		check_eq(after.eflags, before.eflags, "flags after an attack");
		check_eq((u32)after.ds << 16 | after.es, (u32)before.ds << 16 | before.es,
			 "ds, es");
		check_eq((u32)after.fs << 16 | after.gs, (u32)before.fs << 16 | before.gs,
			 "fs, gs");
		check_eq((u32)after.ss << 16 | after.cs, (u32)before.ss << 16 | before.cs,
			 "ss, cs");
	}
	if (value)
		*value = edx;
	return status;
}

struct plugin_fault escape_fault(void)
{
	return plugin_query(hostile.handle).fault;
}

void escape_unharmed(const char *name)
{
	u32 value = 0;

	check_canaries(name, "the kernel", canary, 0);
	check_canaries(name, "the other plugin's data", bystander.data, 16);
	check_canaries(name, "the other plugin's rodata", bystander.rodata, 16);
	check_eq(plugin_call(&bystander, 0, 0, &value), PLUGIN_STATUS_OK, "%s: other plugin", name);
	check_eq(value, ++turns, "%s: other plugin's value", name);
	check_eq(sum_of_m2p(), m2p_sum, "%s: the monitor's table", name);
	check_eq(hypercall(xen_version, XENVER_version) >> 16, 4, "%s: the monitor", name);
}

void escape_row(u32 row, const char *verdict)
{
	if (!escape_attacks)
		report_error("row %u is said to be proven, and nothing was tried", row);
	else if (!report_failed())
		print("escape %u: %s (%u attacks)\n", row, verdict, escape_attacks);
	escape_attacks = 0;
}

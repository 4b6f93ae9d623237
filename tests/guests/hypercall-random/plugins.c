// SPDX-License-Identifier: MIT
/*
 * Owns the plugins: some created by random commands from frames of the arena, some of random
 * text that really run, and one bystander that must stay unharmed.
 */
#include "game.h"

PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");

u32 handles[16];

static struct test_plugin wild, bystander;
static u32 turns;

void plugins_init(void)
{
	plugin_make(&bystander, count, count_end);
	plugin_pages(&wild, 1, 1, 1, 1);
	wild.nr_window = 4;
}

static u32 budget(void)
{
	return one_in(256) ? some_number() : 1 + below(2000);
}

static void create(struct call *c)
{
	struct plugin_create *p;
	u32 i, list, mfn[16];
	void *fill;

	list = some_place(sizeof(mfn), &fill);
	for (i = 0; i < 16; i++)
		mfn[i] = one_in(32) ? some_frame() : frames[below(ARRAY_SIZE(frames))];
	memcpy(fill, mfn, sizeof(mfn));
	c->arg[1] = some_place(sizeof(*p), &fill);
	p = fill;
	*p = (struct plugin_create){
		.abi = one_in(32) ? some_number() : PLUGIN_ABI,
		.start = one_in(16) ? some_number() : PLUGIN_TEXT_BASE + below(64),
		.nr_text = one_in(16) ? some_count(8) : 1,
		.nr_rodata = some_count(2),
		.nr_data = some_count(2),
		.nr_stack = one_in(16) ? some_count(8) : 1,
		.budget_us = budget(),
		.flags = one_in(32) ? some_number() : 0,
		.frames = list,
		.nr_window = some_count(6),
	};
	if (!deadly && (u64)p->nr_text + p->nr_rodata + p->nr_data + p->nr_stack > 16)
		p->frames = place_at_end(mfn, sizeof(mfn));
}

void plugin_args(struct call *c)
{
	u32 i, command = one_in(16) ? some_number() : below(12);
	void *fill;

	c->arg[0] = command;
	c->arg[1] = some_handle();
	if (!deadly && c->arg[1] == (u32)bystander.handle)
		c->arg[1] = 0;
	switch (command) {
	case PLUGINOP_info:
		c->arg[1] = some_place(64, &fill);
		*(u32 *)fill = some_count(64);
		break;
	case PLUGINOP_create:
		create(c);
		break;
	case PLUGINOP_invoke:
		c->arg[2] = one_in(8) ? some_number() : PLUGIN_TEXT_BASE + below(PAGE_SIZE);
		c->arg[3] = some_place(24, &fill);
		for (i = 0; i < 6; i++)
			((u32 *)fill)[i] = some_number();
		c->arg[4] = some_count(6);
		break;
	case PLUGINOP_query:
		c->arg[2] = some_place(256, &fill);
		*(u32 *)fill = some_count(256);
		break;
	case PLUGINOP_budget:
		c->arg[2] = budget();
		break;
	case PLUGINOP_grant: {
		u32 mfn[8], list, nr = some_count(4);

		for (i = 0; i < 8; i++)
			mfn[i] = some_frame();
		list = some_place(sizeof(mfn), &fill);
		memcpy(fill, mfn, sizeof(mfn));
		if (nr > 8 && !deadly)
			list = place_at_end(mfn, sizeof(mfn));
		c->arg[2] = some_place(sizeof(struct plugin_window), &fill);
		*(struct plugin_window *)fill = (struct plugin_window){
			.frames = list,
			.nr = nr,
			.flags = one_in(16) ? rnd() : below(2),
		};
		break;
	}
	case PLUGINOP_revoke:
		c->arg[2] = one_in(8) ? some_number() : (4 + below(14)) * PAGE_SIZE;
		break;
	case PLUGINOP_services:
		c->arg[2] = some_place(sizeof(struct plugin_services), &fill);
		for (i = 0; i < 8; i++)
			((u32 *)fill)[i] = one_in(2) ? rnd() : 2;
		((struct plugin_services *)fill)->strikes = some_count(4);
		break;
	case PLUGINOP_reply:
		c->arg[2] = some_number();
		c->arg[3] = some_number();
		break;
	}
}

static void fill_text(void)
{
	static const u8 openings[] = { 0x8b, 0x89, 0xa1, 0xa3, 0xff, 0xcd, 0x8e, 0x0f, 0xe8, 0xeb,
				       0x60, 0x61, 0xaa, 0xd9, 0xdd, 0x17, 0x1f, 0x9d, 0xc3, 0xb8 };
	u32 i;

	for (i = 0; i < PAGE_SIZE / 4; i++)
		((u32 *)wild.text)[i] = rnd();
	for (i = 0; i < PAGE_SIZE; i += 2 + below(8))
		wild.text[i] = PICK(openings);
	for (i = 0; i + 6 < PAGE_SIZE; i += 40 + below(60)) /* a service, or the end */
		memcpy(wild.text + i, (u8[]){ 0xb0, (u8)below(4), 0x0f, 0xb6, 0xc0, 0xcd, 0x81 },
		       7);
}

void plugin_game(void)
{
	struct plugin_services s = { .allowed = { 6 }, .strikes = 1 + below(5) };
	u32 args[6], list[2], i, value;
	struct plugin_window w = { .frames = (u32)list, .nr = 1 + below(2), .flags = below(2) };
	long status;

	fill_text();
	if (!check(plugin_create(&wild, 1 + below(3000)) > 0, "create: %ld", wild.handle))
		return;
	if (one_in(2))
		hypercall(plugin_op, PLUGINOP_services, wild.handle, &s);
	for (i = 0; i < 2; i++)
		list[i] = frames[below(ARRAY_SIZE(frames))];
	if (one_in(2))
		hypercall(plugin_op, PLUGINOP_grant, wild.handle, &w);
	for (i = 0; i < 6; i++)
		args[i] = one_in(2) ? rnd() : 0x3000 + below(0x5000);
	status = plugin_invoke(wild.handle, PLUGIN_TEXT_BASE + below(PAGE_SIZE), args, 6, &value);
	for (i = 0; status == PLUGIN_STATUS_SERVICE && i < 8; i++)
		status = plugin_reply(wild.handle, rnd(), rnd(), &value);
	check(status >= 0 && status <= PLUGIN_STATUS_SERVICE, "random text: status %ld", status);
	check_errno(plugin_destroy(wild.handle), 0, "destroy");
}

void plugins_reset(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(handles); i++)
		if (handles[i])
			plugin_destroy(handles[i]);
	memset(handles, 0, sizeof(handles));
}

void plugins_check(void)
{
	u32 value = 0;

	check_eq(plugin_call(&bystander, 0, 0, &value), 0, "the other plugin");
	check_eq(value, ++turns, "its value");
	check_eq(plugin_info().plugins, 1, "plugins at last");
}

// SPDX-License-Identifier: MIT
/*
 * Owns the attacks of ring 1 and ring 3 that need no hypercall. Each is a few bytes
 * of code that return by themselves or by a trap, and read and write at EBX.
 *
 * Where segment limits are not enforced ring 1 can write all memory: there the
 * attacks write only to scratch. Under TCG an iret with EFLAGS.VM would enter
 * virtual-8086 mode (docs/threat-model.md): VM is never set.
 */
#include "game.h"

/* R: a random byte. The zero ends it. */
static const char *const reads[] = {
	"8b0b",	      "268b0b",	    "648b0b",
	"658b0b",     "368b0b",	    "0fb603",
	"d903",	      "0f1003",	    "0f00d0",
	"0f00d8",     "0f0013",	    "0f001b",
	"0f0113",     "0f011b",	    "0f0133",
	"0f01f0",     "0f013b",	    "0f20c0",
	"0f20d0",     "0f20d8",	    "0f20e0",
	"0f22c0",     "0f22d0",	    "0f22d8",
	"0f22e0",     "0f21c0",	    "0f21f8",
	"0f23c0",     "0f23f8",	    "0f30",
	"0f32",	      "0f33",	    "0f31",
	"0f34",	      "0f35",	    "0f05",
	"0f07",	      "0faa",	    "0f01c1",
	"0f01d0",     "0f01d1",	    "0f01f8",
	"0f01f9",     "0f01ca",	    "0f06",
	"0f08",	      "0f09",	    "0f0b",
	"0fff",	      "f4",	    "fa",
	"fb",	      "cc",	    "ce",
	"f1",	      "9b",	    "8ed8",
	"8ec0",	      "8ee0",	    "8ee8",
	"8ed88b0b",   "8ec0268b0b", "8ee0648b0b",
	"8ee8658b0b", "0f02c8",	    "0f03c8",
	"0f00e0",     "0f00e8",	    "c50b",
	"c40b",	      "0fb40b",	    "0fb50b",
	"ec",	      "ed",	    "66ed",
	"e4R",	      "e5R",	    "6c",
	"6d",	      "cdR",	    "cdR",
	"cdR",	      "cdR",	    "cd80",
	"cd81",	      "cd83",	    "0f0b78656e0fa2",
	"0fa2",	      "0f013c24",   "620b",
	"0f0103",     "0f18R3",	    "0fae3b",
	"0f0103",     "f4",	    "0fc70b",
};
/* Instructions that write, with EBX in scratch. */
static const char *const writes[] = {
	"0f0103", "0f010b", "0f0023", "0f0003",	  "0f000b",
	"8c13",	  "8c0b",   "8c1b",   "f00fc70b", "0fae03",
};
/* Out, to ports that are the monitor's. */
static const char *const outs[] = { "ee", "ef", "66ef", "6e", "6f" };
static const u16 kept_ports[] = {
	0x20, 0x21,  0xa0,  0xa1,  0x40,  0x41,	 0x42,	0x43,  0xe9,  0xf4,   0xf5,
	0xf7, 0x3f8, 0x3f9, 0x3fb, 0x3fc, 0x3ff, 0xcf9, 0x604, 0x605, 0x8900, 0x8903,
};

static u32 nibble(char c)
{
	return c <= '9' ? (u32)(c - '0') : (u32)(c - 'a') + 10;
}

static u8 *put(u8 *at, const char *text)
{
	for (; *text; text++) {
		if (*text == 'R') {
			*at++ = (u8)rnd();
			continue;
		}
		*at++ = (u8)(nibble(text[0]) << 4 | nibble(text[1]));
		text++;
	}
	return at;
}

static u8 *put_push(u8 *at, u32 v)
{
	*at++ = 0x68;
	memcpy(at, &v, 4);
	return at + 4;
}

/* Selectors: what the monitor has, and anything in a GDT of the guest's. */
static u32 some_selector(bool ours)
{
	if (one_in(2) || ours)
		return 0xe000 + below(0x90);
	return one_in(2) ? rnd() & 0xffff : below(16 * 8);
}

/* A jump target: an invalid address, or the label to return to. */
static u32 some_target(void)
{
	static const u32 odd[] = { 0, 0xf5800000, 0xf6800000, 0xff000000, 0xffffffff, 0xbffff000 };

	return one_in(2) ? (u32)fire_done : PICK(odd);
}

static u32 some_flags(void)
{
	return rnd() & (one_in(4) ? 0xfffdffff : 0x00047fd5);
}

/* A far transfer through a random selector, maybe to ring 3, which only a trap leaves. */
static u8 *far_away(u8 *at)
{
	u32 cs = some_selector(true), target = some_target();

	switch (below(4)) {
	case 0: /* ljmp */
	case 1: /* lcall */
		*at++ = one_in(2) ? 0xea : 0x9a;
		memcpy(at, &target, 4);
		memcpy(at + 4, &cs, 2);
		return at + 6;
	case 2: /* lret */
		at = put_push(at, one_in(2) ? (u32)user_data + 1024 : rnd());
		at = put_push(at, cs);
		at = put_push(at, target);
		*at++ = 0xcb;
		return at;
	default: /* iret */
		at = put_push(at, some_selector(false));
		at = put_push(at, one_in(2) ? (u32)user_data + 1024 : rnd());
		at = put_push(at, some_flags() & ~EFLAGS_VM);
		at = put_push(at, cs);
		at = put_push(at, target);
		*at++ = 0xcf;
		return at;
	}
}

/* HYPERVISOR_iret from a frame that is valid, or nearly valid. */
static u8 *monitor_iret(u8 *at)
{
	u32 flags = some_flags(), user = one_in(3);

	if (!deadly) /* the monitor would rightly kill the guest */
		flags &= ~EFLAGS_VM;
	at = put_push(at, one_in(8) ? some_selector(false) : FLAT_RING3_DS);
	at = put_push(at, one_in(4) ? rnd() : (u32)user_data + 1024);
	at = put_push(at, flags);
	if (user)
		at = put_push(at, FLAT_RING3_CS);
	else if (deadly)
		at = put_push(at, some_selector(true));
	else
		at = put_push(at, one_in(4) ? (some_selector(true) & ~3u) | 1 : FLAT_RING1_CS);
	at = put_push(at, user && one_in(4) ? (u32)user_code : some_target());
	at = put_push(at, rnd());
	return put(at, "b817000000cd82");
}

static u32 safe_read_address(void)
{
	u32 at = some_va();

	return one_in(4) ? (u32)scratch + below(SCRATCH_PAGES * PAGE_SIZE - 1024) : at;
}

static u8 *any_bytes(u8 *at, struct call *c)
{
	c->arg[0] = safe_read_address();
	c->nr = one_in(2) ? some_selector(false) : rnd();
	c->arg[2] = rnd() & (one_in(2) ? 0xffff : 0x3ff); /* port */
	c->arg[4] = (u32)scratch + below(PAGE_SIZE);	  /* EDI, of ins */
	if (one_in(8)) {
		c->arg[0] = (u32)scratch + below(SCRATCH_PAGES * PAGE_SIZE - 1024);
		return put(at, PICK(writes));
	}
	if (one_in(8)) {
		c->arg[2] = PICK(kept_ports);
		return put(at, PICK(outs));
	}
	return put(at, PICK(reads));
}

/* int $0x82 with any number is a hypercall: not here. */
static void no_hypercall(u8 *code, const u8 *end)
{
	for (; code + 1 < end; code++)
		if (code[0] == 0xcd && code[1] == 0x82)
			code[1] = 0x83;
}

void any_attack(struct call *c)
{
	u8 *at = attack_code, *user = user_code;
	u32 i, kind = below(8);

	for (i = 0; i < 6; i++)
		c->arg[i] = some_number();
	c->eflags = 2 | (one_in(8) ? EFLAGS_NT : 0) | (one_in(16) ? EFLAGS_TF : 0);
	c->ds = c->es = FLAT_RING1_DS;
	c->fs = c->gs = 0;
	c->entry = attack_code;
	c->arg[3] = (u32)scratch; /* ESI, of outs */
	if (kind >= 2)
		at = any_bytes(at, c);
	no_hypercall(attack_code, at);
	if (kind == 0)
		at = far_away(at);
	if (kind == 1) {
		/* Ring 3 then runs a hypercall, which must be refused, or random bytes. */
		user = one_in(4) ? put(user, "b811000000cd82") : any_bytes(user, c);
		user = put(user, "0f0b");
		at = monitor_iret(at);
	}
	at = put_push(at, (u32)fire_done);
	*at++ = 0xc3;
}

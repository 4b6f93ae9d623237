// SPDX-License-Identifier: MIT
/*
 * Services: the numbers that a plugin may use, the strikes, the state in which the guest
 * gets a request, and the arguments of plugin_op(services).
 *
 * Cannot tell: the way through the gate; guests/plugin-service does.
 */
#include <hv/plugin_world.h>

#include "plugin_machine.h"

/* ---- services ---- */

static void services(void)
{
	static const struct {
		u32 nr, strikes;
		s64 left;
		bool fpu, memory;
		enum way want;
		u32 eax, status; /* of the plugin; recorded */
	} rows[] = {
		{ 7, 2, SLICE, false, false, TO_GUEST, 0, 0 },
		{ 255, 2, SLICE, false, false, TO_GUEST, 0, 0 },
		{ 256, 3, SLICE, false, false, RETURNED, (u32)-EPERM, 0 },
		{ 6, 2, SLICE, false, false, RETURNED, (u32)-EPERM, 0 },
		{ 254, 2, SLICE, false, false, RETURNED, (u32)-EPERM, 0 },
		{ 256 + 7, 0x80, SLICE, false, false, RETURNED, (u32)-EPERM, 0 },
		{ 6, 1, SLICE, false, false, TO_GUEST, 0, PLUGIN_STATUS_FORBIDDEN },
		{ 7, 1, SLICE - 1, false, false, TO_GUEST, 0, PLUGIN_STATUS_TIMEOUT },
		{ 7, 1, SLICE, true, false, RETURNED, (u32)-ENOMEM, 0 },
		{ 7, 1, SLICE, true, true, TO_GUEST, 0, 0 },
		{ 7, 1, SLICE, false, true, TO_GUEST, 0, 0 },
	};
	u32 i;

	/* The strikes lie behind the bitmap and must not be read as bits of it. */
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool refused =
			rows[i].eax == (u32)-EPERM || rows[i].status == PLUGIN_STATUS_FORBIDDEN;

		running();
		p.left = rows[i].left;
		p.since = rdtsc_low() - (1u << 30);
		p.strikes = rows[i].strikes;
		if (rows[i].fpu)
			has_fpu();
		if (rows[i].memory)
			CHECK(fpu_reserve(&p));
		fpu_save(fpu_of_guest);
		plugin_regs->ebx = 33;
		plugin_regs->ecx = 44;
		plugin_regs->edx = 55;
		depart(plugin_service, rows[i].nr, 0);
		CHECK(landed == rows[i].want, "row %u: %u", i, landed);
		CHECK(recorded == rows[i].status && p.refused == refused, "row %u", i);
		if (landed == RETURNED) {
			CHECK(plugin_regs->eax == rows[i].eax && !plugin_regs->edx, "row %u", i);
			CHECK(!p.services && p.strikes == rows[i].strikes - refused, "row %u", i);
			CHECK(plugin_running == &p && p.left == SLICE, "row %u", i);
			continue;
		}
		guests_world();
		CHECK(p.services == !rows[i].status, "row %u", i);
		if (rows[i].status == PLUGIN_STATUS_FORBIDDEN) {
			CHECK(record.vector == PLUGIN_GATE && !record.error_code);
			CHECK(record.eip == PLUGIN_TEXT_BASE + 98);
		}
		if (rows[i].status)
			continue;
		CHECK(p.state == PLUGIN_WAITING && regs_owner == &p && p.left == 0, "row %u", i);
		CHECK(guest_regs->eax == PLUGIN_STATUS_SERVICE && guest_regs->ebx == 33);
		CHECK(guest_regs->ecx == 44 && p.fs == selector[1] && p.gs == fake_gs);
	}
}

static void allow(void)
{
	static struct plugin_services s;
	u32 i;

	make(PLUGIN_READY);
	for (i = 0; i < ARRAY_SIZE(s.allowed); i++)
		s.allowed[i] = 0x101u * (i + 1) << 1;
	s.strikes = 3;
	CHECK(plugin_services(HANDLE + PLUGINS_MAX, (u32)&s) == -ENOENT);
	CHECK(plugin_services(HANDLE, HV_VIRT_START - sizeof(s) + 1) == -EFAULT);
	s.strikes = 0;
	CHECK(plugin_services(HANDLE, (u32)&s) == -EINVAL);
	s.strikes = 3;
	s.allowed[0] ^= 1; /* 0 is PLUGIN_GATE_RETURN, not a service */
	CHECK(plugin_services(HANDLE, (u32)&s) == -EINVAL);
	CHECK(p.strikes == 2 && p.allowed[0] == 1u << 7);
	s.allowed[0] ^= 1;
	CHECK(plugin_services(HANDLE, (u32)&s) == 0 && p.strikes == 3);
	CHECK(!memcmp(p.allowed, s.allowed, sizeof(p.allowed)) && !p.services);
}

int main(void)
{
	machine_init();
	heap_left = 1;
	services();
	allow();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot: lock the chipset's SMRAM and disable the local APIC, which firmware may have
 * left open and enabled.
 */
#include <hv/cpu.h>
#include <hv/pci.h>
#include <hv/printk.h>

#define SMRAM_OPEN 0x40 /* D_OPEN: visible outside of system management mode */
#define SMRAM_LOCK 0x10 /* D_LCK: D_OPEN and this are fixed until reset */

#define HOST_BRIDGE 0x80000000u

/*
 * Host bridges by vendor and device ID, with the offset of their register SMRAM (Intel
 * 82441FX 72h, 82443BX 72h, 82Q35 9dh). Firmware of later chipsets locks SMRAM itself;
 * if it does not, ring 1 still cannot write the register (pci_rules.h).
 */
static const struct {
	u32 id;
	u8 smram;
} host_bridges[] = {
	{ 0x12378086, 0x72 }, /* i440FX: QEMU's pc, Bochs */
	{ 0x71908086, 0x72 }, /* i440BX */
	{ 0x71928086, 0x72 }, /* i440BX without AGP */
	{ 0x29c08086, 0x9d }, /* Q35: QEMU's q35 */
	{ 0x29b08086, 0x9d }, /* Q35 */
};

static void lock_smram(void)
{
	u32 id = pci_read(HOST_BRIDGE), i, at;
	u8 v;

	for (i = 0; i < ARRAY_SIZE(host_bridges); i++) {
		if (host_bridges[i].id != id)
			continue;
		at = HOST_BRIDGE | host_bridges[i].smram;
		v = (u8)(pci_read(at) >> (8 * (at & 3)));
		pci_write8(at, (u8)((v & ~SMRAM_OPEN) | SMRAM_LOCK));
	}
}

#define CPUID_APIC	 (1u << 9)
#define MSR_APIC_BASE	 0x1b
#define APIC_BASE_EXTD	 (1u << 10) /* x2APIC */
#define APIC_BASE_ENABLE (1u << 11)

/*
 * The monitor uses the PIC. With the local APIC disabled the CPU receives no other
 * interrupts: neither message-signalled ones nor IPIs (SDM volume 3, 10.4.3).
 */
static void apic_off(void)
{
	u32 a, b, c, d;
	u64 base;

	cpuid(1, 0, &a, &b, &c, &d);
	if (!(d & CPUID_APIC))
		return;
	/* Both bits in one write: x2APIC can only go to disabled; EXTD without EN is #GP. */
	base = rdmsr(MSR_APIC_BASE);
	wrmsr(MSR_APIC_BASE, base & ~(u64)(APIC_BASE_ENABLE | APIC_BASE_EXTD));
}

void chipset_init(void)
{
	apic_off();
	lock_smram();
}

// SPDX-License-Identifier: MIT
/*
 * System management mode: puts code where the CPU starts to execute in SMM, and raises an SMI.
 * SMBASE is 30000 after reset (Bochs) or a0000 (SeaBIOS); execution starts at SMBASE + 8000
 * (SDM volume 3, 31.3.1).
 */
#include "attacks.h"

#define MAGIC 0x5a5a0001

#define I440FX_SMRAM  0x72
#define Q35_SMRAM     0x9d
#define SMRAM_OPENED  0x4a /* D_OPEN, G_SMRAME */
#define SMRAM_CLOSED  0x0a
#define PIIX4_PM      PCI_FN(1, 3)
#define PIIX4_DEVACTB 0x5b /* bit 1: an SMI at each write of port b2 */

/* ds := 0; [marker] := MAGIC; rsm. 16-bit code. */
static u8 code[] = {
	0x31, 0xc0, 0x8e, 0xd8, 0x66, 0xbb, 0, 0, 0,	0,
	0x67, 0x66, 0xc7, 0x03, 0,    0,    0, 0, 0x0f, 0xaa,
};

static void write_code(u8 *window, u32 frame)
{
	u32 i;

	attacks++;
	/* Refused, or read-only? */
	if (page_map(window, frame, PTE_WRITABLE | PTE_CD) || !(pte_of(window) & PTE_RW))
		return;
	for (i = 0; i < sizeof(code); i++)
		((volatile u8 *)window)[i] = code[i];
}

static void smram(u32 value)
{
	u32 host = pci_read(PCI_FN(0, 0), 0);

	pci_write8(PCI_FN(0, 0), host == 0x29c08086 ? Q35_SMRAM : I440FX_SMRAM, value);
	attacks++;
}

void attack_smm(void)
{
	u8 *window = page_alloc();
	u32 home = frame_of(window), spin;
	volatile u32 *marker = page_alloc();

	if (!wanted(5))
		return;
	*(u32 *)(code + 6) = (u32)machine_of(marker);
	*(u32 *)(code + 14) = MAGIC;
	*marker = 0;
	write_code(window, 0x38);
	smram(SMRAM_OPENED);
	write_code(window, 0xa8);
	smram(SMRAM_CLOSED);
	pci_write8(PIIX4_PM, PIIX4_DEVACTB, 2);
	out8(0xb2, 0);
	out8(0xb3, 0);
	out16(0xb2, 0);
	attacks += 3;
	/* The interrupt is taken between two blocks of instructions at the latest. */
	for (spin = 0; spin < 100000; spin++)
		asm volatile("pause" : : : "memory");
	check_eq(*marker, 0, "a word that code in system management mode writes");
	check_errno(page_map(window, home, PTE_WRITABLE), 0, "map back");
	kernel_row(5);
}

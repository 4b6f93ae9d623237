// SPDX-License-Identifier: MIT
/* Frames that are not the guest's RAM: which of them the guest can map, and how. */
#include "attacks.h"

/* Ranges of frames that the guest must not map. */
static const struct {
	u32 first, nr;
	bool read; /* read-only mappings are refused too */
	const char *what;
} refused[] = {
	{ 0, 0xa0, false, "RAM below VGA memory" },
	{ 0xc0, 0x40, false, "shadow RAM" },
	{ 0xfec00, 0x100, true, "I/O APIC" },
	{ 0xfed00, 0x100, true, "HPET and the chipset" },
	{ 0xfee00, 0x100, true, "local APIC" },
	{ 0xff000, 0x10, true, "flash memory" },
	{ 0xffff0, 0x10, true, "firmware" },
};

/* Refused, or made read-only: that is in the entry, and the CPU faults. */
static bool cannot_write(u8 *page, u32 frame, u64 flags, bool read)
{
	long rc = page_map(page, frame, flags);

	if (rc < 0)
		return true;
	return !read && pte_of(page) >> PAGE_SHIFT == frame && !(pte_of(page) & PTE_RW) &&
	       probe_write(page, 0) == FAULT(X86_PF, 3);
}

static void refuse(u8 *page, u32 frame, bool read, const char *what)
{
	check(cannot_write(page, frame, PTE_WRITABLE, read), "frame %x (%s) was mapped writable",
	      frame, what);
	check(cannot_write(page, frame, PTE_WRITABLE | PTE_CD, read),
	      "frame %x (%s) was mapped writable and uncached", frame, what);
	if (read)
		check(page_map(page, frame, PTE_READONLY) < 0, "frame %x (%s) was mapped", frame,
		      what);
	attacks += 2 + read;
}

/* The q35's window on configuration space. */
static void mmconfig(u8 *page)
{
	u32 base, i;

	if (pci_read(PCI_FN(0, 0), 0) != 0x29c08086)
		return;
	base = pci_read(PCI_FN(0, 0), 0x60);
	require(base & 1, "the firmware has left MMCONFIG off");
	for (i = 0; i < 0x100; i++)
		refuse(page, ((base & 0xf0000000) >> PAGE_SHIFT) + i, false, "MMCONFIG");
}

void attack_frames(void)
{
	u8 *page = page_alloc();
	u32 home = frame_of(page), i, j;

	if (!wanted(9))
		return;
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		for (j = 0; j < refused[i].nr; j++)
			refuse(page, refused[i].first + j, refused[i].read, refused[i].what);
	mmconfig(page);
	/* VGA memory is the guest's, and firmware may be read. */
	check_errno(page_map(page, 0xb8, PTE_WRITABLE), 0, "VGA memory");
	check_errno(page_map(page, 0xf0, PTE_READONLY), 0, "the firmware, read-only");
	check_errno(page_map(page, home, PTE_WRITABLE), 0, "map back");
	kernel_row(9);
}

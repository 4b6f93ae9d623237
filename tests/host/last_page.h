/* SPDX-License-Identifier: MIT */
/* The last page of the guest's space, for tests of accesses that end at or behind its end. */
#ifndef HOST_LAST_PAGE_H
#define HOST_LAST_PAGE_H

#include <sys/mman.h>

#include <hv/layout.h>

#include "check.h"

#define LAST_PAGE ((u8 *)HV_VIRT_START - 4096)

/* Map `size` bytes from the last page on. Memory behind that page stands for the monitor's. */
static void last_page_map(u32 size)
{
	if (mmap(LAST_PAGE, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != LAST_PAGE) {
		printf("the guest's last page cannot be mapped here\nTest result: FAILURE\n");
		exit(1);
	}
}

#endif /* HOST_LAST_PAGE_H */

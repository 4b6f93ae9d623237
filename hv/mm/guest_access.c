// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying to and from the guest's linear memory (rules in hv/guest_access.h). Words
 * are copied first, because a string instruction costs by the element.
 */
#include <hv/errno.h>
#include <hv/guest_access.h>

/* Returns 0, or at a fault how much was not copied: words, or bytes of the last word. */
static always_inline u32 copy(void *to, const void *from, u32 len)
{
	u32 left = len / 4;

	asm volatile("1: rep movsl\n"
		     "movl %3, %%ecx\n"
		     "2: rep movsb\n"
		     "3:\n" EXTABLE(1b, 3b) EXTABLE(2b, 3b)
		     : "+&c"(left), "+D"(to), "+S"(from)
		     : "r"(len % 4)
		     : "memory");
	return left;
}

int copy_from_guest(void *to, u32 from, u32 len)
{
	if (!guest_range_ok(from, len) || copy(to, (const void *)from, len))
		return -EFAULT;
	return 0;
}

int copy_to_guest(u32 to, const void *from, u32 len)
{
	if (!guest_range_ok(to, len) || copy((void *)to, from, len))
		return -EFAULT;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall console_io: writes to and reads from COM1, the guest's console.
 */
#include <hv/dev.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <xen/xen.h>

#define CONSOLE_MAX 0x10000u

static long console_write(u32 from, u32 len)
{
	char chunk[128];
	u32 n, i;

	console_guest_began();
	for (; len; len -= n, from += n) {
		n = MIN(len, sizeof(chunk));
		if (copy_from_guest(chunk, from, n))
			return -EFAULT;
		for (i = 0; i < n; i++)
			uart_putc(chunk[i]);
	}
	return 0;
}

static long console_read(u32 to, u32 len)
{
	char chunk[128];
	u32 done = 0, n;

	if (!guest_range_ok(to, len))
		return -EFAULT;
	while (done < len) {
		/* Try the buffer first: characters cannot be put back into uart.c's ring. */
		n = MIN(len - done, sizeof(chunk));
		if (copy_from_guest(chunk, to + done, n) || copy_to_guest(to + done, chunk, n))
			return -EFAULT;
		n = uart_read(chunk, n);
		if (!n)
			break;
		if (copy_to_guest(to + done, chunk, n))
			return -EFAULT;
		done += n;
	}
	return (long)done;
}

long do_console_io(struct regs *r)
{
	u32 count = hcall_arg1(r), buffer = hcall_arg2(r);

	if (count > CONSOLE_MAX)
		return -EINVAL;
	switch (hcall_arg0(r)) {
	case CONSOLEIO_write:
		return console_write(buffer, count);
	case CONSOLEIO_read:
		return console_read(buffer, count);
	}
	return -ENOSYS;
}

// SPDX-License-Identifier: MIT
/*
 * Claim: console_io writes strings of any length, reads without waiting, and refuses
 * unknown commands and invalid buffers without printing anything.
 *
 * Provoked by: writes of 1, 127, 128, 500 and 4,096 bytes across a page boundary; reads
 * while nothing was typed; invalid pointers and commands. The harness looks for the line
 * of dots below.
 *
 * Cannot tell: whether every byte reached the wire; the harness counts them.
 */
#include <lib/test.h>

static char text[2 * PAGE_SIZE] PAGE_BUFFER;

static void write_length(u32 length)
{
	char *start = text + PAGE_SIZE - length / 2;

	memset(start, '.', length);
	start[length - 1] = '\n';
	check_errno(hypercall(console_io, CONSOLEIO_write, length, start), 0, "write of %u bytes",
		    length);
}

void test_main(void)
{
	write_length(1);
	write_length(127);
	write_length(128);
	write_length(500);
	write_length(4096);
	check_errno(hypercall(console_io, CONSOLEIO_write, 0, text), 0, "empty write");
	check_errno(hypercall(console_io, CONSOLEIO_write, 0, 0x1000), 0,
		    "empty write from nowhere");

	check_eq(hypercall(console_io, CONSOLEIO_read, sizeof(text), text), 0,
		 "bytes read with nothing typed");
	check_eq(hypercall(console_io, CONSOLEIO_read, 0, text), 0, "empty read");

	check_errno(hypercall(console_io, CONSOLEIO_write, 16, 0x1000), XEN_EFAULT,
		    "write from an unmapped page");
	check_errno(hypercall(console_io, CONSOLEIO_write, 16, 0xfffffff8), XEN_EFAULT,
		    "write from the end of memory");
	check_errno(hypercall(console_io, CONSOLEIO_write, 16, HYPERVISOR_VIRT_START - 8),
		    XEN_EFAULT, "write from a hole below the monitor");
	check_errno(hypercall(console_io, 7, 16, text), XEN_ENOSYS, "command 7");
	check_errno(hypercall(console_io, ~0u, 16, text), XEN_ENOSYS, "command -1");
	report_success();
}

// SPDX-License-Identifier: MIT
/*
 * console_io: output reaches the UART byte for byte. Input reaches the guest, and no byte
 * is lost if the guest's buffer is not writable. The smallest and the largest length.
 *
 * Cannot tell: that the UART sends.
 */
#include <string.h>
#include <sys/mman.h>

#include <hv/dev.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <xen/xen.h>

#include "check.h"
#include "fake_cpu.h"
#include "guest_side.h"

#define LONGEST 0x10000u

static char sent[LONGEST + 1], typed[1000];
static u32 sent_nr, typed_nr, typed_at, began, reads;

void console_guest_began(void)
{
	CHECK(!sent_nr);
	began++;
}

void uart_putc(char c)
{
	CHECK(sent_nr <= LONGEST);
	sent[sent_nr++] = c;
}

u32 uart_read(char *buf, u32 len)
{
	u32 n = MIN(len, typed_nr - typed_at);

	memcpy(buf, typed + typed_at, n);
	typed_at += n;
	reads++;
	return n;
}

static long io(u32 command, u32 count, const void *at)
{
	struct regs r = { .ebx = command, .ecx = count, .edx = (u32)at };

	sent_nr = began = reads = 0;
	return do_console_io(&r);
}

static void writes(char *edge)
{
	static const u32 sizes[] = { 0, 1, 127, 128, 129, 256, 1000, LONGEST };
	static char text[LONGEST];
	u32 i;

	for (i = 0; i < LONGEST; i++)
		text[i] = (char)(i * 7 % 251);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		CHECK(io(CONSOLEIO_write, sizes[i], text) == 0 && began == 1);
		CHECK(sent_nr == sizes[i] && !memcmp(sent, text, sent_nr), "%u bytes", sent_nr);
	}
	CHECK(io(CONSOLEIO_write, LONGEST + 1, text) == -EINVAL && !began && !sent_nr);
	CHECK(io(CONSOLEIO_write, ~0u, text) == -EINVAL && !began);
	CHECK(io(CONSOLEIO_write, 129, edge - 128) == -EFAULT && sent_nr == 128);
	CHECK(io(CONSOLEIO_write, 128, edge - 128) == 0 && sent_nr == 128);
}

static char buffer[1000];

/* With nr typed characters, reads up to len of them. Returns the result of console_io. */
static long get(u32 nr, u32 len)
{
	long got;

	typed_nr = nr;
	typed_at = 0;
	memset(buffer, 0x5a, sizeof(buffer));
	got = io(CONSOLEIO_read, len, buffer);
	CHECK(got < 0 || (!memcmp(buffer, typed, (u32)got) && buffer[got] == 0x5a), "%ld", got);
	CHECK(got < 0 || typed_at == (u32)got);
	return got;
}

static void gets(char *edge)
{
	u32 i;

	for (i = 0; i < sizeof(typed); i++)
		typed[i] = (char)('a' + i % 23);
	CHECK(get(0, 100) == 0 && get(5, 100) == 5 && get(5, 3) == 3 && get(5, 0) == 0);
	CHECK(!reads && get(300, 999) == 300 && get(500, 129) == 129 && get(500, 128) == 128);
	CHECK(reads == 1 && get(256, 256) == 256 && reads == 2);
	CHECK(get(128, 500) == 128 && get(1000, LONGEST + 1) == -EINVAL);
	/* If the buffer is not all writable memory of the guest, no input is consumed. */
	typed_nr = 10;
	typed_at = 0;
	CHECK(io(CONSOLEIO_read, 5, (void *)(HV_VIRT_START - 4)) == -EFAULT && !typed_at);
	CHECK(io(CONSOLEIO_read, 5, edge - 4) == -EFAULT && !typed_at);
	CHECK(io(CONSOLEIO_read, 5, edge + 4096) == -EFAULT && !typed_at); /* read-only */
	CHECK(io(CONSOLEIO_read, 4, edge - 4) == 4 && !memcmp(edge - 4, typed, 4));
	/* A later part of the buffer is not writable: the parts before have been filled. */
	typed_nr = 300;
	typed_at = 0;
	CHECK(io(CONSOLEIO_read, 200, edge - 128) == -EFAULT && typed_at == 128);
	CHECK(!memcmp(edge - 128, typed, 128));
}

int main(void)
{
	char *pages = mmap(GUEST_SIDE, 3 * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fake_cpu_init();
	if (pages == MAP_FAILED || mprotect(pages + 4096, 4096, PROT_NONE) ||
	    mprotect(pages + 8192, 4096, PROT_READ))
		return 2;
	writes(pages + 4096);
	gets(pages + 4096);
	CHECK(io(2, 0, pages) == -ENOSYS && io(~0u, 0, pages) == -ENOSYS);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

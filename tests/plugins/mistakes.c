/* SPDX-License-Identifier: MIT */
/*
 * What authors get wrong: the argument chooses the mistake, whose cause the
 * report has to name (test_plugin_faults.py). Built with -fstack-protector-strong.
 */
#include <ringfence/plugin.h>

PLUGIN("mistakes", "1", "makes mistakes: main VARIANT (0-9)");
PLUGIN_HEAP(4096);

/* The compiler must not know what a value is, or it drops what is wrong with it. */
static uint32_t hidden(uint32_t value)
{
	__asm__ volatile("" : "+r"(value));
	return value;
}

__attribute__((noinline)) static uint32_t large_frame(uint32_t n)
{
	volatile char frame[30000];

	frame[hidden(n)] = 1;
	return frame[n];
}

__attribute__((noinline)) static uint32_t recursion(volatile uint32_t *n)
{
	volatile uint32_t own = *n;

	return recursion(&own) + own;
}

__attribute__((noinline)) static uint32_t overwrite(uint32_t size)
{
	volatile char text[16];

	for (uint32_t i = 0; i < size; i++)
		text[i] = 'x';
	return text[hidden(0)];
}

PLUGIN_ENTRY(main, uint32_t variant)
{
	volatile uint32_t word = 0xc3; /* ret */

	switch (variant) {
	case 0:
		return large_frame(5);
	case 1:
		return recursion(&word);
	case 2: /* as compiled without plugin-cc */
		__asm__ volatile("movl %%gs:0x14, %0" : "=r"(word));
		return word;
	case 3: /* any libc's way to the kernel: getpid */
		__asm__ volatile("int $0x80" : "=a"(word) : "a"(20));
		return word;
	case 4:
		((void (*)(void))hidden((uint32_t)&word))();
		break;
	case 5:
		((void (*)(void))hidden(0))();
		break;
	case 6:
		((volatile unsigned char *)plugin_heap)[hidden(plugin_heap_size)] = 1;
		break;
	case 7:
		return *(volatile uint32_t *)hidden(8);
	case 8:
		__asm__ volatile("hlt");
		break;
	case 9:
		return overwrite(hidden(40));
	}
	return 0;
}

// SPDX-License-Identifier: MIT
/*
 * A process that makes a way out ready for a plugin, and then calls it: flat
 * descriptors in the two TLS slots that its libc leaves it and, if it can, an LDT, loaded in all its
 * segment registers; all ports, if it can have them. Then the plugin loads
 * selectors. Runs as root in the guest with selectors.plg loaded as "selectors".
 *
 * Arguments: the plugin's entry and its arguments. Prints what it got ready, and
 * the call's status and value.
 */
#include <asm/ldt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/ringfence.h>

static struct user_desc flat(int entry)
{
	return (struct user_desc){
		.entry_number = entry,
		.limit = 0xfffff,
		.seg_32bit = 1,
		.limit_in_pages = 1,
		.useable = 1,
	};
}

/* ioctl() with one selector in all four registers, and another in GS afterwards. */
int ioctl_with(int fd, uint32_t number, void *arg, uint32_t all, uint32_t gs);
asm(".text\nioctl_with: pushl %ebx; movl 8(%esp), %ebx; movl 12(%esp), %ecx; movl 16(%esp), %edx\n"
    "movl 20(%esp), %eax; movl %eax, %ds; movl %eax, %es; movl %eax, %fs; movl %eax, %gs\n"
    "movl $54, %eax; int $0x80\n" /* SYS_ioctl */
    "movl %ss, %ecx; movl %ecx, %ds; movl %ecx, %es; movl 24(%esp), %ecx; movl %ecx, %gs\n"
    "popl %ebx; ret\n");

int main(int argc, char **argv)
{
	struct ringfence_call call = { .head = { .size = sizeof(call) } };
	struct user_desc tls, ldt = flat(0);
	unsigned int slots = 0, selector = 0, i;
	uint32_t word = 0x5ec2e75e, seen, libc;
	int device = open("/dev/plugins", O_RDWR);

	if (argc < 2 || argc - 2 > RINGFENCE_ARGS_MAX || device < 0)
		return 2;
	for (i = 0; i < 3; i++) {
		tls = flat(-1);
		if (syscall(SYS_set_thread_area, &tls))
			break;
		slots++;
		selector = tls.entry_number << 3 | 3;
	}
	printf("%u slots, the last is %x; ", slots, selector);
	printf("LDT %s; ", syscall(SYS_modify_ldt, 1, &ldt, sizeof(ldt)) < 0 ? "refused" : "set");
	printf("ports %s\n", ioperm(0, 0x400, 1) ? "refused" : "asked for");
	/* GS is the libc's: none of it until that is back. */
	asm volatile("movl %%gs, %0" : "=r"(libc));
	asm volatile("movl %1, %%gs; movl %%gs:(%2), %0" : "=r"(seen) : "r"(selector), "r"(&word));
	asm volatile("movl %0, %%gs" : : "r"(libc));
	if (seen != word)
		return 2;
	strncpy(call.name, "selectors", sizeof(call.name));
	strncpy(call.entry, argv[1], sizeof(call.entry) - 1);
	for (i = 2; i < (unsigned int)argc; i++)
		call.args[call.nr_args++] = strtoul(argv[i], NULL, 0);
	seen = ioctl_with(device, RINGFENCE_IOC_CALL, &call, selector, libc);
	printf("error %d status %u value %#x\n", (int)seen, call.status, call.value);
	return 0;
}

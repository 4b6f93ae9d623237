/* SPDX-License-Identifier: MIT */
/*
 * The part of Linux that the files of drivers/ringfence use, included before each of them.
 * driver_fuzz.c has the functions that copy from and to user space, driver_linux.h what grafts
 * use besides; tests/host/driver has the functions of sysfs.
 */
#ifndef FUZZ_LINUX_KERNEL_H
#define FUZZ_LINUX_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <asm/ioctl.h>
#include <asm/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define __user
#define __init			  __attribute__((unused))
#define PAGE_SIZE		  4096ul
#define ARRAY_SIZE(a)		  (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)	  (((n) + (d)-1) / (d))
#define min_t(type, a, b)	  ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	  ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#define ERR_PTR(error)	 ((void *)(long)(error))
#define PTR_ERR(pointer) ((long)(pointer))
#define IS_ERR(pointer)	 ((unsigned long)(pointer) >= (unsigned long)-4095)

#define pr_warn(...)		 linux_print(__VA_ARGS__)
#define pr_warn_ratelimited(...) linux_print(__VA_ARGS__)
#define pr_info(...)		 linux_print(__VA_ARGS__)
void linux_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Allocations are counted, so that a leak is seen. */
extern long linux_memory;
void *linux_alloc(size_t size);
void kfree(const void *memory);
#define kvfree(memory)	     kfree(memory)
#define kzalloc(size, flags) linux_alloc(size)

#define GFP_KERNEL	    1u
#define __GFP_NOWARN	    2u
#define __GFP_RETRY_MAYFAIL 4u
#define vfree(memory)	    kfree(memory)
void *__vmalloc(size_t size, unsigned int flags);

#define current		     NULL
#define signal_pending(task) ((void)(task), false)

#define CAP_SYS_ADMIN 21
bool capable(int capability);

#define u64_to_user_ptr(address) ((void *)(uintptr_t)(address))
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
unsigned long copy_to_user(void *to, const void *from, unsigned long size);
int copy_struct_from_user(void *to, size_t size, const void *from, size_t user_size);
#define put_user(value, to) ((int)copy_to_user(to, &(char){ value }, 1))

#define READING_UNKNOWN 0
#define FMODE_READ	1u
struct inode {
	mode_t i_mode;
	s64 size;
};
struct address_space {
	struct inode *host;
};
struct dentry {
	struct {
		const char *name;
	} d_name;
};
struct file {
	unsigned int f_mode;
	struct inode inode;
	ssize_t got; /* by kernel_read_file() */
	struct address_space *f_mapping, mapping;
	struct path {
		struct dentry *dentry;
	} f_path;
	int references; /* of fget() */
};
struct fd {
	struct file *file;
};
struct fd fdget(int fd);
#define fdput(fd)	   ((void)(fd))
#define file_inode(file)   (&(file)->inode)
#define i_size_read(inode) ((inode)->size)
ssize_t kernel_read_file(struct file *file, long offset, void **image, size_t room, size_t *size,
			 int id);

static inline const void *memchr_inv(const void *start, int c, size_t size)
{
	const uint8_t *at = start;

	for (; size--; at++)
		if (*at != c)
			return at;
	return NULL;
}

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = 0;
	return (ssize_t)length;
}

static inline ssize_t strscpy_pad(char *to, const char *from, size_t size)
{
	ssize_t length = strscpy(to, from, size);

	memset(to + length, 0, size - (size_t)length);
	return length;
}

/* Sets the object's bytes from that member on. */
#define memset_startat(object, value, member)                                 \
	memset((char *)(object) + offsetof(typeof(*(object)), member), value, \
	       sizeof(*(object)) - offsetof(typeof(*(object)), member))

struct file_operations {
	void *owner;
	long (*unlocked_ioctl)(struct file *file, unsigned int number, unsigned long argument);
	void *llseek;
};
struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	unsigned int mode;
	struct device *this_device;
};
#define THIS_MODULE	   NULL
#define noop_llseek	   NULL
#define MISC_DYNAMIC_MINOR 255
int misc_register(struct miscdevice *device);
#define device_initcall(function)  \
	int driver_init(void);     \
	int driver_init(void)      \
	{                          \
		return function(); \
	}

#define NSEC_PER_USEC 1000L
#define div_u64(n, d) ((u64)(n) / (u32)(d))

#endif /* FUZZ_LINUX_KERNEL_H */

/* SPDX-License-Identifier: MIT */
/* As much of Linux's kobjects and sysfs as drivers/ringfence/directory.c asks for. */
#ifndef HOST_DRIVER_SYSFS_H
#define HOST_DRIVER_SYSFS_H

#include <stdarg.h>

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct attribute {
	const char *name;
	unsigned int mode;
};

struct kobject;
struct bin_attribute;

struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attribute, char *buffer);
	void *store;
};

struct bin_attribute {
	struct attribute attr;
	ssize_t (*read)(struct file *file, struct kobject *kobj, struct bin_attribute *attribute,
			char *buffer, loff_t position, size_t room);
	void *write;
	size_t size;
};

struct attribute_group {
	struct attribute **attrs;
	struct bin_attribute **bin_attrs;
};

struct sysfs_ops {
	ssize_t (*show)(struct kobject *kobj, struct attribute *attribute, char *buffer);
};

struct kobj_type {
	const struct sysfs_ops *sysfs_ops;
	const struct attribute_group **default_groups;
	void (*release)(struct kobject *kobj);
};

struct kobject {
	const struct kobj_type *type;
	const char *name;
};

#define __ATTR(name, mode, show, store)      \
	{                                    \
		{ #name, mode }, show, store \
	}
#define __ATTR_RO(name) __ATTR(name, 0444, name##_show, NULL)
#define __BIN_ATTR(name, mode, read, write, size)  \
	{                                          \
		{ #name, mode }, read, write, size \
	}
#define __ATTRIBUTE_GROUPS(name) \
	static const struct attribute_group *name##_groups[] = { &name##_group, NULL }

static inline ssize_t kobj_show(struct kobject *kobj, struct attribute *attribute, char *buffer)
{
	struct kobj_attribute *file = container_of(attribute, struct kobj_attribute, attr);

	return file->show(kobj, file, buffer);
}

static const struct sysfs_ops kobj_sysfs_ops __attribute__((unused)) = { .show = kobj_show };

/* Writes to @buffer, which is a page, behind the @at bytes that are there; cut at its end. */
static inline __attribute__((format(printf, 3, 4))) int sysfs_emit_at(char *buffer, int at,
								      const char *format, ...)
{
	int length, room = (int)PAGE_SIZE - at;
	va_list args;

	va_start(args, format);
	length = vsnprintf(buffer + at, (size_t)room, format, args);
	va_end(args);
	return length < room ? length : room ? room - 1 : 0;
}
#define sysfs_emit(buffer, ...) sysfs_emit_at(buffer, 0, __VA_ARGS__)
#define scnprintf		snprintf /* for what fits */

static struct kobject *const kernel_kobj __attribute__((unused));

static inline int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *type,
				       struct kobject *parent, const char *format, const char *name)
{
	kobj->type = type;
	kobj->name = name;
	return 0;
}

static inline void kobject_del(struct kobject *kobj)
{
}

static inline void kobject_put(struct kobject *kobj)
{
	if (kobj->type)
		kobj->type->release(kobj);
}

static inline struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	return NULL;
}

static inline int sysfs_create_files(struct kobject *kobj, const struct attribute *const *files)
{
	return 0;
}

#endif /* HOST_DRIVER_SYSFS_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/plugins: copies the structure of each ioctl and runs the ioctl's function.
 *
 * The head is copied in and checked first, then the whole structure, once. After success the
 * whole structure is copied out. After an errno the reason, one sentence, is copied to the
 * buffer at head.reason.
 */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/capability.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "plugins.h"

static_assert(RINGFENCE_REASON_SIZE == CORE_REASON_SIZE);

int ioctl_check_text(const char *text, size_t room, const char *what, struct core_reason *why)
{
	if (strnlen(text, room) < room)
		return 0;
	return core_refuse(why, -EINVAL, "the %s is longer than %zu characters: shorten it", what,
			   room - 1);
}

int ioctl_check_pointer(u64 address, const char *what, struct core_reason *why)
{
	if ((uintptr_t)address == address)
		return 0;
	return core_refuse(why, -EINVAL,
			   "the address of the %s, %#llx, has more bits than a pointer: give it "
			   "as unsigned, with zeroes above",
			   what, (unsigned long long)address);
}

int ioctl_check_reserved(u32 reserved, struct core_reason *why)
{
	if (!reserved)
		return 0;
	return core_refuse(why, -EINVAL,
			   "a reserved field is %#x: fill what you do not use with zeroes",
			   reserved);
}

static const struct command {
	int (*run)(void *arg, struct core_reason *why);
	size_t size;
	size_t first_size; /* of the structure in its first version: the least allowed */
	u32 flags;	   /* flags that are allowed in head.flags */
	bool privileged;   /* needs CAP_SYS_ADMIN */
} commands[] = {
	[_IOC_NR(RINGFENCE_IOC_INFO)] = { ioctl_info, sizeof(struct ringfence_info),
					  sizeof(struct ringfence_info) },
	[_IOC_NR(RINGFENCE_IOC_LOAD)] = { ioctl_load, sizeof(struct ringfence_load),
					  offsetof(struct ringfence_load, services),
					  RINGFENCE_LOAD_SERVICES, true },
	[_IOC_NR(RINGFENCE_IOC_UNLOAD)] = { ioctl_unload, sizeof(struct ringfence_unload),
					    sizeof(struct ringfence_unload), RINGFENCE_UNLOAD_KILL,
					    true },
	[_IOC_NR(RINGFENCE_IOC_CALL)] = { ioctl_call, sizeof(struct ringfence_call),
					  offsetof(struct ringfence_call, window),
					  RINGFENCE_CALL_WRITE, true },
	[_IOC_NR(RINGFENCE_IOC_SHOW)] = { ioctl_show, sizeof(struct ringfence_show),
					  offsetof(struct ringfence_show, requests),
					  RINGFENCE_SHOW_NEXT },
	[_IOC_NR(RINGFENCE_IOC_ENTRY)] = { ioctl_entry, sizeof(struct ringfence_entry),
					   offsetof(struct ringfence_entry, point) },
	[_IOC_NR(RINGFENCE_IOC_FAULT)] = { ioctl_fault, sizeof(struct ringfence_fault),
					   offsetof(struct ringfence_fault, source_file), 0, true },
	[_IOC_NR(RINGFENCE_IOC_KILL)] = { ioctl_kill, sizeof(struct ringfence_kill),
					  sizeof(struct ringfence_kill), 0, true },
	[_IOC_NR(RINGFENCE_IOC_REPLACE)] = { ioctl_replace, sizeof(struct ringfence_load),
					     offsetof(struct ringfence_load, services),
					     RINGFENCE_LOAD_SERVICES | RINGFENCE_REPLACE_KILL,
					     true },
	[_IOC_NR(RINGFENCE_IOC_ATTACH)] = { ioctl_attach, sizeof(struct ringfence_attach),
					    offsetof(struct ringfence_attach, fails_closed), 0,
					    true },
	[_IOC_NR(RINGFENCE_IOC_DETACH)] = { ioctl_detach, sizeof(struct ringfence_detach),
					    sizeof(struct ringfence_detach), 0, true },
	[_IOC_NR(RINGFENCE_IOC_POINT)] = { ioctl_point, sizeof(struct ringfence_point),
					   sizeof(struct ringfence_point) },
	[_IOC_NR(RINGFENCE_IOC_GRAFT)] = { ioctl_graft, sizeof(struct ringfence_graft),
					   offsetof(struct ringfence_graft, fails_closed) },
	[_IOC_NR(RINGFENCE_IOC_ASK)] = { ioctl_ask, sizeof(struct ringfence_ask),
					 offsetof(struct ringfence_ask, least_end_cycles),
					 RINGFENCE_ASK_ENDS, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_CREATE)] = { ioctl_map_create, sizeof(struct ringfence_map),
						sizeof(struct ringfence_map), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_DELETE)] = { ioctl_map_delete,
						sizeof(struct ringfence_map_delete),
						sizeof(struct ringfence_map_delete), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_SHOW)] = { ioctl_map_show, sizeof(struct ringfence_map),
					      sizeof(struct ringfence_map), RINGFENCE_MAP_NEXT },
	[_IOC_NR(RINGFENCE_IOC_MAP_GET)] = { ioctl_map_get, sizeof(struct ringfence_map_entry),
					     sizeof(struct ringfence_map_entry), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_SET)] = { ioctl_map_set, sizeof(struct ringfence_map_entry),
					     sizeof(struct ringfence_map_entry), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_REMOVE)] = { ioctl_map_remove,
						sizeof(struct ringfence_map_entry),
						sizeof(struct ringfence_map_entry), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_WALK)] = { ioctl_map_walk, sizeof(struct ringfence_map_entry),
					      sizeof(struct ringfence_map_entry), 0, true },
	[_IOC_NR(RINGFENCE_IOC_MAP_POP)] = { ioctl_map_pop, sizeof(struct ringfence_map_entry),
					     sizeof(struct ringfence_map_entry), 0, true },
};

static int check_head(const struct command *command, const struct ringfence_head *head,
		      struct core_reason *why)
{
	if (command->privileged && !capable(CAP_SYS_ADMIN))
		return core_refuse(why, -EPERM, "this needs CAP_SYS_ADMIN: become root");
	/* The size of every version is a multiple of 8, as each structure has a u64. */
	if (head->size < command->first_size || head->size > PAGE_SIZE || head->size % sizeof(u64))
		return core_refuse(why, -EINVAL,
				   "the structure has %u bytes instead of %zu: use "
				   "the <linux/ringfence.h> of this kernel",
				   head->size, command->size);
	if (head->flags & ~command->flags)
		return core_refuse(why, -EINVAL,
				   "unknown flags %#x: use the <linux/ringfence.h> "
				   "of this kernel",
				   head->flags & ~command->flags);
	/* If the first check fails, tell_reason() has no buffer: the user gets the errno only. */
	return ioctl_check_pointer(head->reason, "reason", why) ?:
		       ioctl_check_reserved(head->reserved, why);
}

static int run_command(const struct command *command, const struct ringfence_head *head,
		       void __user *user, struct core_reason *why)
{
	size_t size = min_t(size_t, head->size, command->size);
	void *arg;
	int err;

	err = check_head(command, head, why);
	if (err)
		return err;
	arg = kmalloc(command->size, GFP_KERNEL); /* copy_struct_from_user() fills it all */
	if (!arg)
		return core_refuse(why, -ENOMEM, "there is no memory: free some");
	err = copy_struct_from_user(arg, command->size, user, head->size);
	if (err) {
		core_refuse(why, err,
			    err == -E2BIG ? "the structure uses what this kernel does "
					    "not know: update the kernel" :
					    "the structure cannot be read: give where it is");
	} else {
		/* The process may have changed the head since check_head(): use the checked one. */
		*(struct ringfence_head *)arg = *head;
		/* Before the command has any effect: can the result be written? */
		if (copy_to_user(user, arg, size))
			err = -EFAULT;
		else
			err = command->run(arg, why);
		if (!err && copy_to_user(user, arg, size))
			err = -EFAULT;
		if (err == -EFAULT && !why->text[0])
			core_refuse(why, err,
				    "the structure cannot be written: give memory that can");
	}
	kfree(arg);
	return err;
}

static void tell_reason(const struct ringfence_head *head, const struct core_reason *why)
{
	size_t size = min_t(size_t, strlen(why->text) + 1, head->reason_size);
	char __user *to = u64_to_user_ptr(head->reason);

	/* An address of more bits than a pointer counts as no buffer. */
	if (!to || (uintptr_t)to != head->reason || !size)
		return;
	/* Terminated even if cut. If the buffer cannot be written, the ioctl's errno stays. */
	if (!copy_to_user(to, why->text, size - 1))
		put_user(0, to + (size - 1));
}

static long plugins_ioctl(struct file *file, unsigned int number, unsigned long user)
{
	unsigned int index = _IOC_NR(number);
	struct ringfence_head head;
	struct core_reason why;
	int err;

	if (index >= ARRAY_SIZE(commands) || number != _IO(_IOC_TYPE(RINGFENCE_IOC_INFO), index))
		return -ENOTTY;
	if (copy_from_user(&head, (void __user *)user, sizeof(head)))
		return -EFAULT;
	why.text[0] = 0; /* the rest is not read before it is written */
	err = run_command(&commands[index], &head, (void __user *)user, &why);
	if (err)
		tell_reason(&head, &why);
	return err;
}

static const struct file_operations plugins_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = plugins_ioctl,
	.llseek = noop_llseek,
};

/* Also the device of the events about grafts, see points.c. */
struct miscdevice plugins_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "plugins",
	.fops = &plugins_fops,
	.mode = 0644,
};

static int __init plugins_init(void)
{
	struct plugin_info info = { 0 };
	long err = port_plugin_info(&info);

	if (err) {
		pr_info("the monitor offers no plugins (error %ld)\n", -err);
		return 0;
	}
	if (info.abi >> 16 != PLUGIN_ABI_MAJOR || (info.abi & 0xffff) < PLUGIN_ABI_MINOR) {
		pr_warn("the monitor has plugin ABI %u.%u, this kernel needs %u.%u: no plugins\n",
			info.abi >> 16, info.abi & 0xffff, PLUGIN_ABI_MAJOR, PLUGIN_ABI_MINOR);
		return 0;
	}
	err = plugins_directory_init(&info);
	if (err)
		return err;
	err = misc_register(&plugins_device);
	if (err)
		return err;
	pr_info("plugins in %s mode, ABI %u.%u\n", core_mode_name(info.mode), info.abi >> 16,
		info.abi & 0xffff);
	return 0;
}
device_initcall(plugins_init);

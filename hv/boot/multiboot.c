/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the boot loader's information: Multiboot 1 (GNU Multiboot Specification 0.6.96).
 */
#include <hv/boot.h>
#include <hv/device_frames.h>
#include <hv/frame.h>
#include <hv/layout.h>
#include <hv/mm.h>
#include <hv/printk.h>
#include <hv/string.h>

#define LOADER_MAGIC 0x2badb002
#define HAS_CMDLINE  (1u << 2)
#define HAS_MODULES  (1u << 3)
#define HAS_MMAP     (1u << 6)
#define HAS_LOADER   (1u << 9)

struct mbi {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	u32 syms[4], mmap_length, mmap_addr, drives_length, drives_addr, config_table;
	u32 boot_loader_name;
};
struct mb_module {
	u32 start, end, string, reserved;
};
struct mb_mmap {
	u32 size; /* bytes that follow this word */
	struct e820entry e;
} __packed;

/* RAM from RAM_TOP up is not used: boot's identity map does not reach HV_VIRT_START and above. */
#define RAM_TOP	    0xe0000000u
#define LOW_RAM_END 0x100000u

struct module modules[2];
char monitor_cmdline[512];
static char kernel_cmdline[1024];
struct e820entry firmware_map[FIRMWARE_MAP_MAX];
u32 firmware_map_nr;
struct e820entry guest_e820[RANGES_MAX + FIRMWARE_MAP_MAX + 2];
u32 guest_e820_nr;

extern const u8 hv_start[], hv_end[];

static bool from_qemu(const struct mbi *m)
{
	return (m->flags & HAS_LOADER) && !strncmp(phys(m->boot_loader_name), "qemu", 4);
}

/*
 * QEMU (`named`) puts the file's name in front of every command line, and so do some
 * boot loaders, but not GRUB 2: drop the first word if it is a path.
 */
static void copy_cmdline(char *to, u32 size, const char *from, bool named)
{
	const char *end = from;
	bool path = false;
	u32 len;

	while (*end && *end != ' ') {
		if (*end == '=')
			path = named = false;
		if (*end++ == '/')
			path = true;
	}
	if (named || (path && from[0] == '/'))
		from = end;
	while (*from == ' ')
		from++;
	len = strlen(from);
	if (len >= size)
		cannot_boot("a command line is longer than %u characters", size - 1);
	memcpy(to, from, len + 1);
}

static void copy_map(u32 at, u32 left)
{
	while (left) {
		const struct mb_mmap *e = phys(at);
		u32 size = left < sizeof(*e) ? 0 : e->size;

		if (size < sizeof(e->e) || size > left - sizeof(e->size))
			cannot_boot("the boot loader's memory map is damaged: an entry of %u bytes",
				    size);
		/* Were an entry left out, the guest could map memory of the firmware. */
		if (firmware_map_nr == ARRAY_SIZE(firmware_map))
			cannot_boot("the boot loader's memory map has more than %u entries",
				    FIRMWARE_MAP_MAX);
		firmware_map[firmware_map_nr++] = e->e;
		at += size + sizeof(e->size);
		left -= size + sizeof(e->size);
	}
}

/* The part of an entry that is below RAM_TOP: [*start, *end). */
static void clip(const struct e820entry *e, u32 *start, u32 *end)
{
	*start = (u32)MIN(e->addr, RAM_TOP);
	*end = e->size < RAM_TOP - *start ? *start + (u32)e->size : RAM_TOP;
}

static void scan_memory(const struct mbi *m)
{
	u32 i, start, end;

	/*
	 * mem_upper tells the size of RAM, but not where the firmware's areas are. Without
	 * a map the guest could write to them, MMCONFIG included, as to a device's memory.
	 */
	if (!(m->flags & HAS_MMAP) || !m->mmap_length)
		cannot_boot(
			"the boot loader gives no memory map; start the monitor with a loader that does, as GRUB");
	copy_map(m->mmap_addr, m->mmap_length);
	for (i = 0; i < firmware_map_nr; i++) {
		clip(&firmware_map[i], &start, &end);
		if (firmware_map[i].type == E820_RAM)
			ranges_give(MAX(ROUND_UP(start, PAGE_SIZE), LOW_RAM_END),
				    ROUND_DOWN(end, PAGE_SIZE));
	}
	for (i = 0; i < firmware_map_nr; i++) {
		clip(&firmware_map[i], &start, &end);
		if (firmware_map[i].type != E820_RAM && start < end)
			ranges_take(ROUND_DOWN(start, PAGE_SIZE), ROUND_UP(end, PAGE_SIZE));
	}
	if (!ranges_nr)
		cannot_boot("the boot loader's memory map has no RAM above 1 MiB");
}

static void scan_modules(const struct mbi *m)
{
	const struct mb_module *mod = phys(m->mods_addr);
	u32 i, nr = m->flags & HAS_MODULES ? m->mods_count : 0;

	if (!nr)
		cannot_boot(
			"no module; give a Xen PV kernel as the first module and an initrd as the second");
	for (i = 0; i < nr && i < ARRAY_SIZE(modules); i++) {
		modules[i].start = mod[i].start;
		modules[i].size = mod[i].end - mod[i].start;
		if (mod[i].end < mod[i].start || mod[i].end > RAM_TOP)
			cannot_boot("module %u lies at %08x-%08x, which is no memory", i + 1,
				    mod[i].start, mod[i].end);
		ranges_take(ROUND_DOWN(mod[i].start, PAGE_SIZE), ROUND_UP(mod[i].end, PAGE_SIZE));
	}
	if (mod[0].string)
		copy_cmdline(kernel_cmdline, sizeof(kernel_cmdline), phys(mod[0].string),
			     from_qemu(m));
	modules[0].cmdline = kernel_cmdline;
}

void multiboot_scan(u32 magic, u32 mbi)
{
	const struct mbi *m = phys(mbi);

	if (magic != LOADER_MAGIC)
		cannot_boot("started with EAX = %08x; start it as a Multiboot 1 kernel", magic);
	if (m->flags & HAS_CMDLINE)
		copy_cmdline(monitor_cmdline, sizeof(monitor_cmdline), phys(m->cmdline),
			     from_qemu(m));
	scan_memory(m);
	ranges_take(HV_LOAD_PHYS, (u32)hv_pa(hv_end));
	scan_modules(m);
	if (!ranges_nr)
		cannot_boot("the kernel and the initrd leave no memory free");
}

/* Mark the frames [from, to) as not RAM. */
static void add_io(u32 from, u32 to)
{
	if (from < to)
		frame_add_io(from, to - from);
}

void memory_mark_io(void)
{
	u32 at = PFN_UP(LOW_RAM_END), i, next, nearest;

	add_io(0, at);
	while (at < max_mfn) {
		/* The RAM entry that begins nearest at or above `at`. */
		nearest = max_mfn;
		next = max_mfn;
		for (i = 0; i < firmware_map_nr; i++) {
			u32 s, e;

			clip(&firmware_map[i], &s, &e);
			s = PFN_UP(s);
			e = PFN_DOWN(e);
			if (firmware_map[i].type != E820_RAM || e <= at)
				continue;
			s = MAX(s, at);
			if (s < nearest) {
				nearest = s;
				next = e;
			}
		}
		add_io(at, nearest);
		at = MAX(next, nearest);
	}
}

enum pt_owner machine_frame_owner(mfn_t mfn)
{
	return device_frame_owner(mfn, firmware_map, firmware_map_nr);
}

static void add_e820(u64 addr, u64 size, u32 type)
{
	guest_e820[guest_e820_nr++] = (struct e820entry){ addr, size, type };
}

/* Make the guest's memory map: its own RAM, and what the firmware reserves. */
void memory_make_e820(bool identity, u32 nr_pfns)
{
	u32 i;

	if (!identity) {
		add_e820(0, (u64)nr_pfns << PAGE_SHIFT, E820_RAM);
		return;
	}
	add_e820(0, LOW_RAM_END, E820_RESERVED);
	for (i = 0; i < ranges_nr; i++)
		add_e820(ranges[i].start, ranges[i].end - ranges[i].start, E820_RAM);
	for (i = 0; i < firmware_map_nr; i++)
		if (firmware_map[i].type != E820_RAM && firmware_map[i].addr >= LOW_RAM_END)
			add_e820(firmware_map[i].addr, firmware_map[i].size, firmware_map[i].type);
}

// SPDX-License-Identifier: MIT
/*
 * The information from the boot loader (boot/multiboot.c): valid and invalid command lines,
 * memory maps and modules; and the two maps made from these: frames that are not RAM, and
 * the guest's E820 map.
 *
 * Physical addresses are addresses of this program, so the program is built for 32 bits.
 * Cannot tell: what boot loaders really pass; the guests' boots do.
 */
#include <hv/boot.h>
#include <hv/device_frames.h>
#include <hv/frame.h>
#include <hv/layout.h>
#include <hv/mm.h>
#include <hv/printk.h>

#include "refuse.h"

#define MAGIC	    0x2badb002
#define HAS_MEMORY  (1u << 0)
#define HAS_CMDLINE (1u << 2)
#define HAS_MODULES (1u << 3)
#define HAS_MMAP    (1u << 6)
#define HAS_LOADER  (1u << 9)
#define MIB	    0x100000u
#define RAM_TOP	    0xe0000000u
#define HV_END	    (3 * MIB) /* of the image, physical */

/* The image: 1 to 3 MiB. */
asm(".globl hv_start, hv_end\nhv_start = 0xff000000\nhv_end = 0xff200000\n");

u32 max_mfn;

/* Multiboot's structures, as its specification has them. */
static struct {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	u32 syms[4], mmap_length, mmap_addr, drives_length, drives_addr, config_table;
	u32 boot_loader_name;
} mbi;
static struct {
	u32 start, end, string, reserved;
} mods[3];
static u8 map[8192];
static u32 map_bytes;

static u8 io[0x100000];

void frame_add_io(mfn_t mfn, u32 nr)
{
	CHECK(nr && mfn + nr <= sizeof(io), "%#x frames from %#x", nr, mfn);
	memset(io + mfn, 1, nr);
}

static u32 address(const void *p)
{
	return (u32)p;
}

/* Appends an entry to the map: the word `size`, then `size` bytes. */
static void entry(u32 size, u64 addr, u64 length, u32 type)
{
	struct e820entry e = { addr, length, type };

	memcpy(map + map_bytes, &size, 4);
	memcpy(map + map_bytes + 4, &e, sizeof(e));
	map_bytes += 4 + size;
	mbi.mmap_length = map_bytes;
}

/* Clears all input. Unused entries of firmware_map are valid entries of type `behind`. */
static void reset(u32 behind)
{
	u32 i;

	memset(&mbi, 0, sizeof(mbi));
	memset(mods, 0, sizeof(mods));
	memset(map, 0xff, sizeof(map));
	memset(modules, 0, sizeof(modules));
	for (i = 0; i < FIRMWARE_MAP_MAX; i++)
		firmware_map[i] = (struct e820entry){ 32 * MIB, 16 * MIB, behind };
	for (i = 0; i < RANGES_MAX; i++)
		ranges[i] = (struct range){ 0x123000, 0x124000 };
	map_bytes = firmware_map_nr = ranges_nr = guest_e820_nr = 0;
	mbi.flags = HAS_MODULES | HAS_MMAP;
	mbi.mmap_addr = address(map);
	mbi.mods_addr = address(mods);
	mbi.mods_count = 1;
	mods[0].start = 8 * MIB;
	mods[0].end = 9 * MIB;
	mods[1].start = 10 * MIB;
	mods[1].end = 11 * MIB;
	mods[2].start = 1;
}

static void scan(const void *magic)
{
	multiboot_scan(magic ? *(const u32 *)magic : MAGIC, address(&mbi));
}

/* Checks that these are all free ranges. */
static void ranges_are(u32 nr, const u32 (*want)[2])
{
	u32 i;

	CHECK(ranges_nr == nr, "%u ranges, not %u", ranges_nr, nr);
	for (i = 0; i < nr; i++)
		CHECK(ranges[i].start == want[i][0] && ranges[i].end == want[i][1],
		      "%u: %#x to %#x, not %#x to %#x", i, ranges[i].start, ranges[i].end,
		      want[i][0], want[i][1]);
}
#define RANGES(...) \
	ranges_are(sizeof((const u32[][2]){ __VA_ARGS__ }) / 8, (const u32[][2]){ __VA_ARGS__ })

static void ram(u32 from, u32 to)
{
	entry(20, from, to - from, E820_RAM);
}

static void cmdlines(void)
{
	static const struct {
		const char *loader, *line, *want;
	} lines[] = {
		{ "qemu", "hv.elf tick_hz=100", "tick_hz=100" },
		{ "qemu", "hv.elf", "" },
		{ "qemu", "", "" },
		{ "qemu", "  hv.elf", "hv.elf" },
		{ "qemu", "a=b c", "a=b c" },
		{ "qemu", "/x/y   c=d e", "c=d e" },
		{ "qemv", "hv.elf a=b", "hv.elf a=b" },
		{ "GRUB", "/boot/hv.elf  a=b", "a=b" },
		{ "GRUB", "/boot/hv.elf", "" },
		{ "GRUB", "boot/hv.elf a=b", "boot/hv.elf a=b" },
		{ "GRUB", "root=/dev/sda b", "root=/dev/sda b" },
		{ "GRUB", "/boot=1 b", "/boot=1 b" },
		{ "GRUB", "  a b", "a b" },
		{ "GRUB", "quiet splash", "quiet splash" },
		{ NULL, "/hv a", "a" },
		{ NULL, "hv a", "hv a" },
	};
	static char line[2048];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		reset(E820_RAM);
		ram(MIB, 64 * MIB);
		/* Without its flag the loader's name is not read; nor is text behind the line. */
		mbi.flags |= HAS_CMDLINE | (lines[i].loader ? HAS_LOADER : 0);
		mbi.boot_loader_name = address(lines[i].loader ? lines[i].loader : "qemu");
		strcpy(line, lines[i].line);
		strcpy(line + strlen(line) + 1, "a=1/2 b");
		mbi.cmdline = mods[0].string = address(line);
		TAKEN(scan, NULL);
		CHECK(!strcmp(monitor_cmdline, lines[i].want), "%s: \"%s\"", lines[i].line,
		      monitor_cmdline);
		CHECK(!strcmp(modules[0].cmdline, lines[i].want), "%s", modules[0].cmdline);
		memset(monitor_cmdline, 'x', 100);
	}
	/* Without its flag the command line is not read. */
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	strcpy(monitor_cmdline, "before");
	mbi.cmdline = address("after");
	TAKEN(scan, NULL);
	CHECK(!strcmp(monitor_cmdline, "before"));
	/* The longest command line, and one a character longer. */
	mbi.flags |= HAS_CMDLINE;
	mbi.cmdline = address(line);
	memset(line, 'a', sizeof(line));
	line[511] = 0;
	firmware_map_nr = ranges_nr = 0;
	TAKEN(scan, NULL);
	CHECK(strlen(monitor_cmdline) == 511);
	line[511] = 'a';
	line[512] = 0;
	REFUSED(scan, NULL, "longer than 511 characters");
	mbi.flags &= ~HAS_CMDLINE;
	mods[0].string = address(line);
	firmware_map_nr = ranges_nr = 0;
	line[512] = 'a';
	line[1023] = 0;
	TAKEN(scan, NULL);
	CHECK(strlen(modules[0].cmdline) == 1023);
	line[1023] = 'a';
	line[1024] = 0;
	REFUSED(scan, NULL, "longer than 1023 characters");
}

/* Entries of the map: how long they are, and how many. */
static void entries(void)
{
	u32 i, size;

	for (size = 19; size <= 21; size++) {
		reset(E820_RAM);
		entry(size, MIB, 15 * MIB, E820_RAM);
		entry(24, 16 * MIB, 16 * MIB, E820_RAM);
		if (size < 20) {
			REFUSED(scan, NULL, "map is damaged: an entry of 19 bytes");
			continue;
		}
		TAKEN(scan, NULL);
		CHECK(firmware_map_nr == 2 && firmware_map[1].addr == 16 * MIB &&
		      firmware_map[1].size == 16 * MIB && firmware_map[1].type == E820_RAM);
	}
	for (i = 0; i < 3; i++) {
		reset(E820_RAM);
		ram(MIB, 64 * MIB);
		entry(20, 1u << 30, MIB, 2);
		mbi.mmap_length = map_bytes - 1 + i;
		if (i == 1)
			TAKEN(scan, NULL);
		else /* the rest is no entry */
			REFUSED(scan, NULL, "map is damaged: an entry of 0 bytes");
	}
	/* An entry whose size exceeds the rest of the map. */
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	entry(22, 1u << 30, MIB, 2);
	TAKEN(scan, NULL);
	mbi.mmap_length--;
	firmware_map_nr = ranges_nr = 0;
	REFUSED(scan, NULL, "map is damaged: an entry of 22 bytes");
	reset(E820_RAM);
	entry(~0u, MIB, 64 * MIB, E820_RAM);
	mbi.mmap_length = 24;
	REFUSED(scan, NULL, "map is damaged: an entry of 4294967295 bytes");
	/* FIRMWARE_MAP_MAX entries, and one more. */
	reset(E820_RAM);
	for (i = 0; i < FIRMWARE_MAP_MAX; i++)
		ram(16 * MIB * (i % 13 + 1), 16 * MIB * (i % 13 + 1) + MIB);
	TAKEN(scan, NULL);
	CHECK(firmware_map_nr == FIRMWARE_MAP_MAX, "%u", firmware_map_nr);
	CHECK(firmware_map[FIRMWARE_MAP_MAX - 1].addr ==
	      16 * MIB * ((FIRMWARE_MAP_MAX - 1) % 13 + 1));
	ram(16 * MIB, 17 * MIB);
	firmware_map_nr = ranges_nr = 0;
	REFUSED(scan, NULL, "memory map has more than 128 entries");
}

/* The free ranges that result from a map. */
static void memory(void)
{
	static u32 other = 0x2badb003;
	u32 i;

	reset(E820_RESERVED);
	ram(0, 0x9fc00); /* below 1 MiB nothing is used */
	ram(0xf0000, 16 * MIB + 0x800);
	ram(20 * MIB + 1, 24 * MIB + 0xfff);
	ram(25 * MIB, 25 * MIB);
	ram(40 * MIB, 48 * MIB);
	entry(20, RAM_TOP - MIB, 2 * MIB, E820_RAM);
	entry(20, 1ull << 32, 1ull << 32, E820_RAM);
	mods[0].start += 5;
	mods[0].end -= 5;
	TAKEN(scan, NULL);
	RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 16 * MIB }, { 20 * MIB + PAGE_SIZE, 24 * MIB },
	       { 40 * MIB, 48 * MIB }, { RAM_TOP - MIB, RAM_TOP });
	/* Reserved entries in front of the RAM; each makes whole pages not free. */
	reset(E820_RAM);
	entry(20, 12 * MIB + 1, 1, E820_RESERVED);
	entry(20, 13 * MIB + 0x800, 0, E820_RESERVED);
	entry(20, 14 * MIB - 1, 2, 3);
	entry(20, 0x80000000, ~0ull, 7);
	ram(MIB, 16 * MIB);
	entry(20, RAM_TOP, MIB, E820_RAM);
	entry(20, RAM_TOP - MIB, 1ull << 40, E820_RAM);
	TAKEN(scan, NULL);
	RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 12 * MIB },
	       { 12 * MIB + PAGE_SIZE, 14 * MIB - PAGE_SIZE }, { 14 * MIB + PAGE_SIZE, 16 * MIB });
	/* Reserved entries outside RAM do not count against RANGES_MAX. */
	reset(E820_RAM);
	ram(MIB, 16 * MIB);
	for (i = 0; i < RANGES_MAX + 8; i++)
		entry(20, (32 + i) * MIB, MIB / 2, E820_RESERVED);
	TAKEN(scan, NULL);
	RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 16 * MIB });
	/* The size of RAM in mem_upper does not replace a map: firmware areas are not in it. */
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	mbi.flags = HAS_MODULES | HAS_MEMORY;
	mbi.mem_upper = 15 << 10;
	REFUSED(scan, NULL, "gives no memory map");
	reset(E820_RAM);
	mbi.flags |= HAS_MEMORY;
	mbi.mem_upper = 15 << 10;
	REFUSED(scan, NULL, "gives no memory map"); /* a map of 0 bytes */
	/* If there is a map, mem_upper is not used. */
	reset(E820_RAM);
	ram(MIB, 32 * MIB);
	mbi.flags |= HAS_MEMORY;
	mbi.mem_upper = 15 << 10;
	TAKEN(scan, NULL);
	RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 32 * MIB });
	reset(E820_RESERVED);
	mbi.flags = HAS_MODULES;
	mbi.mem_upper = 15 << 10;
	REFUSED(scan, NULL, "gives no memory map");
	reset(E820_RESERVED);
	ram(0, MIB);
	REFUSED(scan, NULL, "memory map has no RAM above 1 MiB");
	reset(E820_RAM);
	ram(MIB, HV_END);
	REFUSED(scan, NULL, "leave no memory free");
	reset(E820_RAM);
	ram(8 * MIB, 9 * MIB);
	REFUSED(scan, NULL, "leave no memory free");
	reset(E820_RAM);
	ram(MIB, 16 * MIB);
	REFUSED(scan, &other, "started with EAX = 2badb003");
}

static void some_modules(void)
{
	u32 nr;

	for (nr = 0; nr <= 3; nr++) {
		reset(E820_RAM);
		ram(MIB, 64 * MIB);
		mbi.mods_count = nr;
		if (!nr) {
			REFUSED(scan, NULL, "no module");
			continue;
		}
		TAKEN(scan, NULL);
		CHECK(modules[0].start == 8 * MIB && modules[0].size == MIB);
		CHECK(!strcmp(modules[0].cmdline, ""), "%s", modules[0].cmdline);
		CHECK(modules[1].size == (nr > 1 ? MIB : 0), "%u modules", nr);
		if (nr == 1)
			RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 64 * MIB });
		else
			RANGES({ HV_END, 8 * MIB }, { 9 * MIB, 10 * MIB }, { 11 * MIB, 64 * MIB });
	}
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	mbi.flags &= ~HAS_MODULES;
	REFUSED(scan, NULL, "no module");
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	mods[0].end = mods[0].start;
	TAKEN(scan, NULL);
	RANGES({ HV_END, 64 * MIB });
	mods[0].end--;
	ranges_nr = firmware_map_nr = 0;
	REFUSED(scan, NULL, "module 1 lies at 00800000-007fffff, which is no memory");
	reset(E820_RAM);
	ram(MIB, 64 * MIB);
	mbi.mods_count = 2;
	mods[1].end = RAM_TOP;
	TAKEN(scan, NULL);
	CHECK(modules[1].size == RAM_TOP - 10 * MIB);
	mods[1].end++;
	ranges_nr = firmware_map_nr = 0;
	REFUSED(scan, NULL, "module 2 lies at 00a00000-e0000001, which is no memory");
}

/* memory_mark_io() marks all frames below 1 MiB and those not wholly in one RAM entry. */
static void marked(u32 behind)
{
	static const struct e820entry maps[][6] = {
		{ { 0, 0xa0000, 1 }, { 0x100000, 0x100000, 1 }, { 0x300000, 0x80000, 1 } },
		{ { 0x300000, 0x80000, 1 }, { 0x100000, 0x100000, 1 } },
		{ { 0x100800, 0x1000, 1 }, { 0x180800, 0x200, 1 }, { 0x1ff800, 0x1800, 1 } },
		{ { 0x100000, 0x200000, 1 }, { 0x180000, 0x10000, 1 }, { 0x2f0000, 0x20000, 1 } },
		{ { 0x180000, 0x10000, 1 }, { 0x180000, 0x40000, 1 }, { 0x100000, 0x90000, 1 } },
		{ { 0x180000, 0x40000, 1 }, { 0x180000, 0x10000, 1 }, { 0x1c0000, 0x40000, 1 } },
		{ { 0x100000, 0x80000, 2 }, { 0x140000, 0x80000, 1 }, { 0x150000, 0x1000, 3 } },
		{ { 0x200000, 0x80000000, 1 } },
		{ { 0x400000, 0x100000, 1 } },
		{ { 0x380000, 0x80000, 1 } },
		{ { 0, 0, 2 } },
	};
	u32 m, i, nr, mfn;

	max_mfn = 0x400;
	for (m = 0; m < ARRAY_SIZE(maps); m++) {
		reset(behind);
		for (nr = 0; nr < 6 && maps[m][nr].type; nr++)
			firmware_map[nr] = maps[m][nr];
		firmware_map_nr = nr;
		firmware_map[nr] = (struct e820entry){ 0x220000, 0x10000, behind };
		memset(io, 0, sizeof(io));
		memory_mark_io();
		for (mfn = 0; mfn < max_mfn + 0x100; mfn++) {
			u64 from = (u64)mfn << PAGE_SHIFT, to = from + PAGE_SIZE;
			bool is_ram = false;

			for (i = 0; i < nr && mfn >= 0x100; i++)
				is_ram |= maps[m][i].type == E820_RAM && maps[m][i].addr <= from &&
					  maps[m][i].addr + maps[m][i].size >= to;
			CHECK(io[mfn] == (mfn < max_mfn && !is_ram), "map %u, frame %#x", m, mfn);
		}
	}
}

static void e820_is(u32 nr, const struct e820entry *want)
{
	u32 i;

	CHECK(guest_e820_nr == nr, "%u entries, not %u", guest_e820_nr, nr);
	for (i = 0; i < nr; i++)
		CHECK(!memcmp(&guest_e820[i], &want[i], sizeof(want[i])),
		      "entry %u: %#llx, type %u", i, (unsigned long long)guest_e820[i].addr,
		      guest_e820[i].type);
}

static void told(void)
{
	static const struct e820entry pseudo[] = { { 0, 0x100000ull << PAGE_SHIFT, E820_RAM } };
	static const struct e820entry machine[] = {
		{ 0, MIB, E820_RESERVED },  { 2 * MIB, MIB, E820_RAM },
		{ 4 * MIB, MIB, E820_RAM }, { MIB, 5, 3 },
		{ 1ull << 36, MIB, 2 },
	};

	reset(E820_RESERVED);
	memory_make_e820(false, 0x100000);
	e820_is(1, pseudo);
	reset(E820_RESERVED);
	ranges[0] = (struct range){ 2 * MIB, 3 * MIB };
	ranges[1] = (struct range){ 4 * MIB, 5 * MIB };
	ranges_nr = 2;
	firmware_map[0] = (struct e820entry){ MIB - 1, MIB, E820_RESERVED };
	firmware_map[1] = (struct e820entry){ MIB, 5, 3 };
	firmware_map[2] = (struct e820entry){ 2 * MIB, 8 * MIB, E820_RAM };
	firmware_map[3] = (struct e820entry){ 1ull << 36, MIB, E820_RESERVED };
	firmware_map_nr = 4;
	memory_make_e820(true, 0x100000);
	e820_is(5, machine);
	/* machine_frame_owner() looks into the firmware's map. */
	CHECK(machine_frame_owner(0x100) == PT_FIRMWARE && machine_frame_owner(0xb00) == PT_DEVICE);
}

int main(void)
{
	some_modules(); /* while the kernel has no command line yet */
	cmdlines();
	entries();
	memory();
	marked(E820_RAM);
	marked(E820_RESERVED);
	told();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8254 timer: channel 0 is the tick, channel 2 measures the TSC at boot;
 * and the CMOS clock for the time of day.
 */
#include <hv/cpu.h>
#include <hv/dev.h>

#define PIT_HZ	1193182
#define PIT_CH0 0x40
#define PIT_CH2 0x42
#define PIT_CMD 0x43
#define PORT_B	0x61 /* bit 0: gate of channel 2, bit 5: its output */

void pit_init(u32 hz)
{
	u32 divisor = (PIT_HZ + hz / 2) / hz;

	outb(PIT_CMD, 0x34); /* channel 0, both bytes, rate generator */
	outb(PIT_CH0, (u8)divisor);
	outb(PIT_CH0, (u8)(divisor >> 8));
}

u32 pit_calibrate_tsc_khz(void)
{
	const u32 count = PIT_HZ / 100; /* 10 ms */
	u64 begin, end;
	u8 port_b = inb(PORT_B);
	u32 spin = 100000000, hi, lo, rem, khz;

	outb(PORT_B, (port_b & ~3) | 1);
	outb(PIT_CMD, 0xb0); /* channel 2, both bytes, one shot */
	outb(PIT_CH2, (u8)count);
	outb(PIT_CH2, (u8)(count >> 8));
	begin = rdtsc();
	while (!(inb(PORT_B) & 0x20) && --spin)
		;
	end = rdtsc();
	outb(PORT_B, port_b);
	end -= begin;
	hi = (u32)(end >> 32);
	lo = (u32)end;
	if (!spin || hi >= 10)
		return 1000000; /* channel 2 does not count: assume 1 GHz */
	asm("divl %4" : "=a"(khz), "=d"(rem) : "0"(lo), "1"(hi), "r"(10));
	return khz ? khz : 1;
}

static u8 cmos(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static u32 from_bcd(u8 v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15);
}

u32 cmos_seconds(void)
{
	static const u16 before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	u32 sec, min, hour, day, month, year, days, spin = 1000000;
	u8 status_b = cmos(0x0b), h;
	bool binary = status_b & 4;

	while ((cmos(0x0a) & 0x80) && --spin)
		; /* an update is going on */
	sec = from_bcd(cmos(0), binary);
	min = from_bcd(cmos(2), binary);
	h = cmos(4);
	hour = from_bcd(h & 0x7f, binary);
	if (!(status_b & 2))
		hour = hour % 12 + (h & 0x80 ? 12 : 0);
	day = from_bcd(cmos(7), binary);
	month = from_bcd(cmos(8), binary);
	year = 2000 + from_bcd(cmos(9), binary);
	if (month < 1 || month > 12 || day < 1 || day > 31 || year > 2099)
		return 0;
	days = (year - 1970) * 365 + (year - 1969) / 4 + before[month - 1] + day - 1;
	if (month > 2 && year % 4 == 0)
		days++;
	return ((days * 24 + hour) * 60 + min) * 60 + sec;
}

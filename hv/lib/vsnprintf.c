/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatting: %c %s %d %i %u %x %X %p %% with flags '0' '-' '#', width,
 * precision for %s, and the sizes l, ll (64-bit only in hexadecimal and
 * decimal) and z.
 */
#include <hv/printk.h>
#include <hv/string.h>

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

/* Quotient of a 64-bit number by a small one, without libgcc. */
static u64 divide(u64 n, u32 d, u32 *rem)
{
	u32 hi = n >> 32, lo = (u32)n, q_hi = hi / d, r = hi % d, q_lo;

	asm("divl %4" : "=a"(q_lo), "=d"(r) : "0"(lo), "1"(r), "r"(d));
	*rem = r;
	return (u64)q_hi << 32 | q_lo;
}

static void put_field(struct out *o, const char *s, size_t len, int width, bool left, char pad)
{
	int fill = width - (int)len;

	for (; !left && fill > 0; fill--)
		put(o, pad);
	while (len--)
		put(o, *s++);
	for (; left && fill > 0; fill--)
		put(o, ' ');
}

static void put_number(struct out *o, u64 v, bool negative, u32 base, int width, bool left,
		       bool zero, bool alt)
{
	char digits[24];
	size_t n = sizeof(digits);
	u32 rem;

	do {
		v = divide(v, base, &rem);
		digits[--n] = "0123456789abcdef"[rem];
	} while (v);
	if (zero && (negative || alt)) {
		if (negative)
			put(o, '-');
		if (alt) {
			put(o, '0');
			put(o, 'x');
		}
		put_field(o, digits + n, sizeof(digits) - n, width - (alt ? 2 : 1), left, '0');
		return;
	}
	if (alt) {
		digits[--n] = 'x';
		digits[--n] = '0';
	}
	if (negative)
		digits[--n] = '-';
	put_field(o, digits + n, sizeof(digits) - n, width, left, zero ? '0' : ' ');
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		bool left = false, zero = false, alt = false, neg = false;
		int width = 0, precision = -1, longs = 0;
		u64 v;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (fmt++;; fmt++) {
			if (*fmt == '-')
				left = true;
			else if (*fmt == '0')
				zero = true;
			else if (*fmt == '#')
				alt = true;
			else
				break;
		}
		if (*fmt == '*') {
			width = va_arg(ap, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (*fmt == '.') {
			precision = 0;
			fmt++;
			if (*fmt == '*') {
				precision = va_arg(ap, int);
				fmt++;
			}
			for (; *fmt >= '0' && *fmt <= '9'; fmt++)
				precision = precision * 10 + *fmt - '0';
		}
		for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
			longs += *fmt == 'l';
		switch (*fmt) {
		case 'c':
			put_field(&o, &(char){ (char)va_arg(ap, int) }, 1, width, left, ' ');
			break;
		case 's': {
			const char *s = va_arg(ap, const char *);
			size_t len = 0;

			if (!s)
				s = "(null)";
			while ((precision < 0 || len < (size_t)precision) && s[len])
				len++;
			put_field(&o, s, len, width, left, ' ');
			break;
		}
		case 'd':
		case 'i': {
			s64 d = longs > 1 ? va_arg(ap, s64) : va_arg(ap, int);

			neg = d < 0;
			v = neg ? -(u64)d : (u64)d;
			put_number(&o, v, neg, 10, width, left, zero, false);
			break;
		}
		case 'u':
		case 'x':
		case 'X':
			v = longs > 1 ? va_arg(ap, u64) : va_arg(ap, u32);
			put_number(&o, v, false, *fmt == 'u' ? 10 : 16, width, left, zero, alt);
			break;
		case 'p':
			put_number(&o, va_arg(ap, u32), false, 16, 8, false, true, false);
			break;
		case '\0':
			fmt--;
			break;
		default:
			put(&o, *fmt);
		}
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

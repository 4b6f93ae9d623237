// SPDX-License-Identifier: MIT
/* Text output: a small printf over CONSOLEIO_write. */
#include <lib/console.h>
#include <lib/hypercall.h>

struct sink {
	char *buffer;
	size_t size, length;
};

static void put(struct sink *s, char c)
{
	if (s->length + 1 < s->size)
		s->buffer[s->length] = c;
	s->length++;
}

static void put_padded(struct sink *s, const char *text, size_t n, int width, bool left, char pad)
{
	int fill = width > (int)n ? width - (int)n : 0;

	if (pad == '0' && n && *text == '-') {
		put(s, *text++);
		n--;
	}
	for (; fill && !left; fill--)
		put(s, pad);
	for (; n; n--)
		put(s, *text++);
	for (; fill; fill--)
		put(s, ' ');
}

static size_t digits(char *end, u64 value, u32 base, bool upper)
{
	size_t n = 0;
	u32 digit;

	do {
		value = divide(value, base, &digit);
		*--end = digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10;
		n++;
	} while (value);
	return n;
}

int format(char *buffer, size_t size, const char *fmt, va_list args)
{
	struct sink s = { buffer, size, 0 };

	for (; *fmt; fmt++) {
		char number[24], *end = number + sizeof(number), pad = ' ';
		int width = 0, precision = -1, longs = 0;
		bool left = false, negative = false;
		const char *text;
		size_t n;
		u64 value;

		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		for (fmt++; *fmt == '0' || *fmt == '-' || *fmt == '#'; fmt++) {
			if (*fmt == '0')
				pad = '0';
			left |= *fmt == '-';
		}
		if (*fmt == '*') {
			width = va_arg(args, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (*fmt == '.') {
			fmt++;
			precision = 0;
			if (*fmt == '*') {
				precision = va_arg(args, int);
				fmt++;
			}
			for (; *fmt >= '0' && *fmt <= '9'; fmt++)
				precision = precision * 10 + *fmt - '0';
		}
		for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
			longs += *fmt == 'l';

		switch (*fmt) {
		case 'c':
			number[0] = (char)va_arg(args, int);
			put_padded(&s, number, 1, width, left, ' ');
			break;
		case 's':
			text = va_arg(args, const char *);
			if (!text)
				text = "(null)";
			for (n = 0; (precision < 0 || (int)n < precision) && text[n]; n++)
				;
			put_padded(&s, text, n, width, left, ' ');
			break;
		case 'd':
		case 'i':
			value = longs > 1 ? (u64)va_arg(args, long long) :
					    (u64)(long long)va_arg(args, int);
			negative = (long long)value < 0;
			n = digits(end, negative ? -value : value, 10, false);
			if (negative)
				end[-(int)++n] = '-';
			put_padded(&s, end - n, n, width, left, pad);
			break;
		case 'p':
			put_padded(&s, "0x", 2, 0, false, ' ');
			width = 8;
			pad = '0';
			/* fall through */
		case 'u':
		case 'x':
		case 'X':
			value = longs > 1 ? va_arg(args, unsigned long long) :
					    va_arg(args, unsigned int);
			n = digits(end, value, *fmt == 'u' ? 10 : 16, *fmt == 'X');
			put_padded(&s, end - n, n, width, left, pad);
			break;
		default:
			put(&s, *fmt);
			if (!*fmt)
				fmt--;
		}
	}
	if (size)
		buffer[s.length < size ? s.length : size - 1] = '\0';
	return (int)s.length;
}

int format_string(char *buffer, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = format(buffer, size, fmt, args);
	va_end(args);
	return n;
}

void console_write(const char *text, size_t length)
{
	while (length) {
		/* Xen copies 127 bytes at most before it may ask for a retry. */
		size_t n = length < 127 ? length : 127;

		if (hypercall(console_io, CONSOLEIO_write, n, text) < 0)
			return;
		text += n;
		length -= n;
	}
}

int print(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n;

	va_start(args, fmt);
	n = format(line, sizeof(line), fmt, args);
	va_end(args);
	console_write(line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
	return n;
}

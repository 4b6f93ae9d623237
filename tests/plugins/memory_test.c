// SPDX-License-Identifier: MIT
/* The SDK's four memory functions against plain loops: every size, offset and overlap up to 40. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 40
#define ROOM (4 * SIDE)

void *sdk_memcpy(void *to, const void *from, size_t size);
void *sdk_memmove(void *to, const void *from, size_t size);
void *sdk_memset(void *to, int byte, size_t size);
int sdk_memcmp(const void *a, const void *b, size_t size);

static unsigned char is[ROOM], should[ROOM];
static unsigned long checks;

static void fill(void)
{
	for (int i = 0; i < ROOM; i++)
		is[i] = should[i] = (unsigned char)(i * 37 + 11);
}

static void check(int good, const char *what, int from, int to, int size)
{
	checks++;
	if (good)
		return;
	printf("%s is wrong: from %d to %d size %d\nTest result: FAILURE\n", what, from, to, size);
	exit(1);
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

int main(void)
{
	for (int size = 0; size <= SIDE; size++) {
		for (int from = 0; from < SIDE; from++) {
			for (int to = 0; to < SIDE; to++) {
				unsigned char copy[SIDE];

				fill();
				for (int i = 0; i < size; i++)
					copy[i] = should[from + i];
				for (int i = 0; i < size; i++)
					should[to + i] = copy[i];
				check(sdk_memmove(is + to, is + from, size) == is + to &&
					      !memcmp(is, should, ROOM),
				      "memmove", from, to, size);
				fill();
				for (int i = 0; i < size; i++)
					should[2 * SIDE + to + i] = copy[i];
				check(sdk_memcpy(is + 2 * SIDE + to, is + from, size) ==
						      is + 2 * SIDE + to &&
					      !memcmp(is, should, ROOM),
				      "memcpy", from, to, size);
			}
			fill();
			for (int i = 0; i < size; i++)
				should[from + i] = 0xa5;
			check(sdk_memset(is + from, 0x1a5, size) == is + from &&
				      !memcmp(is, should, ROOM),
			      "memset", from, 0, size);
			fill();
			check(!sdk_memcmp(is + from, should + from, size), "memcmp", from, 0, size);
			if (from < size) {
				is[from] ^= 0x80;
				check(sign(sdk_memcmp(is, should, size)) ==
					      (is[from] > should[from] ? 1 : -1),
				      "memcmp", from, 1, size);
			}
		}
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

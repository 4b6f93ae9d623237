// SPDX-License-Identifier: MIT
/*
 * mmap, mprotect, mremap, munmap, madvise, brk: which memory is accessible afterwards, and its
 * contents.
 */
#include "program.h"
#include <setjmp.h>

#define PAGE 4096

static sigjmp_buf back;

static void on_segv(int signal, siginfo_t *info, void *context)
{
	(void)context;
	siglongjmp(back, signal << 8 | (info->si_code & 0xff));
}

/* r, w, x: the accesses that an address permits. */
static const char *rights(volatile char *address)
{
	static char text[32];
	volatile int r, w, x;
	volatile char old = (char)0xc3;

	r = sigsetjmp(back, 1);
	if (!r)
		old = *address;
	w = sigsetjmp(back, 1);
	if (!w)
		*address = old;
	x = sigsetjmp(back, 1);
	if (!x && (!r && *address == (char)0xc3))
		((void (*)(void))(uintptr_t)address)();
	sprintf(text, "r%x w%x x%x", r, w, x);
	return text;
}

static void protections(void)
{
	static const int list[] = { PROT_NONE,
				    PROT_READ,
				    PROT_READ | PROT_WRITE,
				    PROT_READ | PROT_EXEC,
				    PROT_EXEC,
				    PROT_WRITE,
				    PROT_READ | PROT_WRITE | PROT_EXEC };
	char *p = MUST(
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	unsigned int i, k;

	memset(p, 0xc3, 3 * PAGE);
	for (i = 0; i < 7; i++)
		for (k = 0; k < 7; k++) {
			MUST(mprotect(p + PAGE, PAGE, list[i]));
			MUST(mprotect(p + PAGE, PAGE, list[k]));
			printf("%d then %d: %s, neighbours %c%c\n", list[i], list[k],
			       rights(p + PAGE), rights(p)[1], rights(p + 2 * PAGE)[1]);
		}
	MUST(munmap(p + PAGE, PAGE));
	printf("a hole: %s; ", rights(p + PAGE));
	printf("below: %s; ", rights(p));
	printf("above: %s\n", rights(p + 2 * PAGE));
	SHOW(mprotect(p, 3 * PAGE, PROT_READ));
	printf("below: %s\n", rights(p));
	printf("above: %s\n", rights(p + 2 * PAGE));
}

static void places(void)
{
	static const unsigned long list[] = { 0,	  0x1000,     0x10000,	  0x40000000,
					      0xbf000000, 0xbffff000, 0xc0000000, 0xc0001000,
					      0xf5800000, 0xf6800000, 0xfc000000, 0xfffff000 };
	unsigned int i;
	char *p;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		errno = 0;
		p = mmap((void *)list[i], PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (p == MAP_FAILED) {
			printf("map at %#lx: %s\n", list[i], strerrorname_np(errno));
			continue;
		}
		strcpy(p, "here");
		printf("map at %#lx: %s\n", list[i], p);
		munmap(p, PAGE);
	}
	SHOW(munmap((void *)0xc0000000, PAGE) ? -1l : 0l);
	SHOW(mmap(NULL, 0xc0000000u, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void remaps(void)
{
	size_t size = 64 * PAGE;
	char *p =
		MUST(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	char *target = MUST(mmap(NULL, 4 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	char *old;
	uint32_t seed = 3, sum;
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (char)next_number(&seed);
	sum = checksum(p, size);
	old = p;
	p = MUST(mremap(p, size, 2 * size, MREMAP_MAYMOVE | MREMAP_FIXED, target));
	printf("moved: %s, grown part 0: %s, old place: %s\n", yes(checksum(p, size) == sum),
	       yes(!p[size]), rights(old));
	p = MUST(mremap(p, 2 * size, size / 2, 0));
	printf("shrunk: %s\n", rights(p + size / 2));
	/* Over the boundary of a page directory entry, page by page. */
	for (i = 0; i < 40; i++) {
		old = p;
		p = MUST(mremap(p, size / 2, size / 2, MREMAP_MAYMOVE | MREMAP_FIXED,
				(char *)0x50000000 + i * 0x1ff000));
		sum += checksum(p, size / 2);
	}
	printf("40 moves: %#x, %s\n", sum, rights(old));
	SHOW(mremap(p + 1, PAGE, PAGE, 0));
}

static void files(void)
{
	int fd = MUST(memfd_create("file", 0));
	char *shared, *private, text[16];
	pid_t pid;

	MUST(ftruncate(fd, 3 * PAGE));
	MUST(pwrite(fd, "first", 6, 0));
	shared = MUST(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	private = MUST(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	printf("shared %s, private %s\n", shared, private);
	strcpy(shared, "second");
	printf("private before its write: %s\n", private);
	strcpy(private, "mine");
	strcpy(shared, "third");
	MUST(pread(fd, text, 16, 0));
	printf("private %s, file %s\n", private, text);
	pid = MUST(fork());
	if (!pid) {
		strcpy(shared, "child");
		strcpy(private, "child's");
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
	printf("after the child: shared %s, private %s\n", shared, private);
	MUST(mprotect(shared, PAGE, PROT_READ));
	printf("read-only: %s\n", rights(shared));
	printf("past the end of the file: %s\n", rights(shared + 3 * PAGE));
	MUST(ftruncate(fd, PAGE));
	printf("cut off: %s\n", rights(shared + 2 * PAGE));
	MUST(ftruncate(fd, 3 * PAGE));
	printf("grown again: %s\n", rights(shared + 2 * PAGE));
	SHOW(msync(shared, PAGE, MS_SYNC));
}

static void advice(void)
{
	char *p = MUST(
		mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	unsigned char in[8];
	int i;

	memset(p, 1, 5 * PAGE);
	MUST(mincore(p, 8 * PAGE, in));
	for (i = 0; i < 8; i++)
		printf("%d", in[i] & 1);
	MUST(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED));
	printf(" then %d%d%d%d\n", p[0], p[PAGE], p[2 * PAGE], p[3 * PAGE]);
	SHOW(mlock(p, 8 * PAGE));
	MUST(mincore(p, 8 * PAGE, in));
	printf("locked: %d\n", in[7] & 1);
	MUST(madvise(p, PAGE, MADV_DONTFORK));
	if (!fork())
		_exit(rights(p)[1] == '0');
	wait(&i);
	show_status("not forked", i);
}

static void breaks(void)
{
	char *begin = MUST(sbrk(0));
	int i;

	for (i = 0; i < 64; i++) {
		char *p = MUST(sbrk(3 * PAGE));

		p[0] = p[3 * PAGE - 1] = (char)i;
	}
	printf("brk grew by %ld\n", (long)((char *)sbrk(0) - begin));
	MUST(brk(begin));
	printf("cut: %s\n", rights(begin + 32 * PAGE));
	SHOW(brk((void *)0xc0000000));
}

/* Many page tables: one page in each of 700 page directory entries. */
static void sparse(void)
{
	unsigned long at, sum = 0;
	int i, round;

	for (round = 0; round < 2; round++) {
		for (at = 0x20000000, i = 0; i < 700; i++, at += 0x200000) {
			unsigned int *p =
				mmap((void *)at, PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

			if (p != MAP_FAILED)
				p[i & 1023] = i;
		}
		if (!fork())
			_exit(0);
		wait(NULL);
		for (at = 0x20000000, i = 0; i < 700; i++, at += 0x200000) {
			sum += ((unsigned int *)at)[i & 1023];
			munmap((void *)at, PAGE);
		}
	}
	printf("sparse: %lu\n", sum);
}

int main(void)
{
	handle(SIGSEGV, on_segv, 0);
	handle(SIGBUS, on_segv, 0);
	protections();
	places();
	remaps();
	files();
	advice();
	breaks();
	sparse();
	return 0;
}

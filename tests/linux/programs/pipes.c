// SPDX-License-Identifier: MIT
/* Pipes: a megabyte through them, their ends, splice and tee. */
#include "program.h"

#define SIZE (1 << 20)

static unsigned char *data, *got;

static void through(const char *what, size_t piece)
{
	int fds[2];
	size_t done = 0;
	ssize_t n;
	pid_t pid;

	MUST(pipe(fds));
	pid = MUST(fork());
	if (!pid) {
		close(fds[0]);
		while (done < SIZE) {
			n = MUST(write(fds[1], data + done,
				       done + piece > SIZE ? SIZE - done : piece));
			done += n;
		}
		_exit(0);
	}
	close(fds[1]);
	memset(got, 0, SIZE);
	while ((n = read(fds[0], got + done, 3333)) > 0)
		done += n;
	MUST(waitpid(pid, NULL, 0));
	printf("%s: %zu bytes, %#x\n", what, done, checksum(got, SIZE));
	close(fds[0]);
}

/* One byte to and fro: a switch each. */
static void ping_pong(void)
{
	int there[2], back[2], i, sum = 0;
	unsigned char byte = 0;

	MUST(pipe(there));
	MUST(pipe(back));
	if (!fork()) {
		for (i = 0; i < 2000; i++) {
			MUST(read(there[0], &byte, 1));
			byte++;
			MUST(write(back[1], &byte, 1));
		}
		_exit(0);
	}
	for (i = 0; i < 2000; i++) {
		MUST(write(there[1], &byte, 1));
		MUST(read(back[0], &byte, 1));
		sum += byte;
	}
	wait(NULL);
	printf("2000 switches: %d\n", sum);
}

static void on_pipe(int signal, siginfo_t *info, void *context)
{
	(void)context;
	printf("%s code %d\n", sigabbrev_np(signal), info->si_code);
}

static void ends(void)
{
	int fds[2], other[2];
	char bytes[64] = "some bytes";

	MUST(pipe2(fds, O_NONBLOCK));
	SHOW(read(fds[0], bytes, 1));
	SHOW(fcntl(fds[1], F_GETPIPE_SZ));
	SHOW(fcntl(fds[1], F_SETPIPE_SZ, 8192));
	SHOW(write(fds[1], data, 20000));
	SHOW(write(fds[1], data, 1));
	SHOW(read(fds[0], got, 10000));
	SHOW(write(fds[1], (void *)0xc0000000, 1));
	SHOW(read(fds[0], (void *)16, 1));
	close(fds[0]);
	handle(SIGPIPE, on_pipe, 0);
	SHOW(write(fds[1], data, 1));
	close(fds[1]);
	MUST(pipe(fds));
	MUST(pipe(other));
	MUST(write(fds[1], bytes, 10));
	SHOW(tee(fds[0], other[1], 10, 0));
	memset(bytes, 0, sizeof(bytes));
	SHOW(read(other[0], bytes, 64));
	printf("teed: %s\n", bytes);
	SHOW(splice(fds[0], NULL, other[1], NULL, 4, 0));
	memset(bytes, 0, sizeof(bytes));
	SHOW(read(other[0], bytes, 64));
	printf("spliced: %s\n", bytes);
	close(fds[1]);
	SHOW(read(fds[0], bytes, 64));
	SHOW(read(fds[0], bytes, 64));
}

int main(void)
{
	uint32_t seed = 4;
	int i;

	data = malloc(SIZE);
	got = malloc(SIZE);
	for (i = 0; i < SIZE; i++)
		data[i] = (unsigned char)next_number(&seed);
	through("by 100", 100);
	through("by 4096", 4096);
	through("by 65536", 65536);
	through("at once", SIZE);
	ping_pong();
	ends();
	return 0;
}

// SPDX-License-Identifier: MIT
/* System V and POSIX shared memory, semaphores and messages, between processes. */
#include "program.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

struct text {
	long type;
	char text[64];
};

static void memory(void)
{
	int id = MUST(shmget(IPC_PRIVATE, 5 * 4096, IPC_CREAT | 0600)), i;
	volatile uint32_t *here = MUST(shmat(id, NULL, 0));
	volatile uint32_t *there = MUST(shmat(id, (void *)0x60000000, 0));
	const volatile uint32_t *readable = MUST(shmat(id, NULL, SHM_RDONLY));
	struct shmid_ds about;

	for (i = 0; i < 5 * 1024; i++)
		here[i] = i * i;
	printf("twice: %s, read only %u\n", yes(there[4097] == 4097 * 4097), readable[77]);
	if (!fork()) {
		there[5] = 55;
		_exit(0);
	}
	wait(NULL);
	MUST(shmctl(id, IPC_STAT, &about));
	printf("the child's: %u, attached %lu, size %zu\n", here[5],
	       (unsigned long)about.shm_nattch, about.shm_segsz);
	SHOW(shmdt((void *)0x60000000));
	SHOW(shmdt((void *)0x60000000));
	MUST(shmctl(id, IPC_RMID, NULL));
	printf("still there: %u\n", here[6]);
	MUST(shmdt((void *)here));
	SHOW(shmat(-5, NULL, 0) == (void *)-1 ? -1l : 0l);
	SHOW(shmget(0x1234, 10, 0));
}

static void semaphores(void)
{
	int id = MUST(semget(IPC_PRIVATE, 2, IPC_CREAT | 0600)), i;
	struct sembuf take[2] = { { 0, -1, SEM_UNDO }, { 1, 1, 0 } }, give = { 0, 1, 0 };
	struct timespec soon = { 0, 10000000 };

	for (i = 0; i < 4; i++)
		if (!fork()) {
			semop(id, take, 2);
			_exit(0); /* gives back what it took */
		}
	MUST(semop(id, &give, 1));
	for (i = 0; i < 4; i++)
		wait(NULL);
	printf("semaphores: %d %d\n", semctl(id, 0, GETVAL), semctl(id, 1, GETVAL));
	MUST(semctl(id, 0, SETVAL, 0));
	SHOW(semtimedop(id, take, 2, &soon));
	MUST(semctl(id, 0, IPC_RMID));
}

static void messages(void)
{
	int id = MUST(msgget(IPC_PRIVATE, IPC_CREAT | 0600)), i;
	struct text message;

	for (i = 1; i < 6; i++) {
		message.type = i % 3 + 1;
		sprintf(message.text, "message %d", i);
		MUST(msgsnd(id, &message, sizeof(message.text), 0));
	}
	for (i = 3; i > -4; i--) {
		memset(&message, 0, sizeof(message));
		SHOW(msgrcv(id, &message, sizeof(message.text), i, IPC_NOWAIT));
		printf("  type %ld: %s\n", message.type, message.text);
	}
	MUST(msgctl(id, IPC_RMID, NULL));
}

static void queues(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	mqd_t queue = MUST(mq_open("/tests", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes));
	unsigned int priority;
	char text[64];
	int i;

	for (i = 0; i < 5; i++) {
		sprintf(text, "priority %d", i * 7 % 5);
		SHOW(mq_send(queue, text, strlen(text) + 1, i * 7 % 5));
	}
	while (mq_receive(queue, text, 64, &priority) > 0)
		printf("%s (%u)\n", text, priority);
	SHOW(mq_receive(queue, text, 64, NULL));
	MUST(mq_unlink("/tests"));
}

int main(void)
{
	memory();
	semaphores();
	messages();
	queues();
	return 0;
}

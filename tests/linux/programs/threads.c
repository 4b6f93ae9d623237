// SPDX-License-Identifier: MIT
/* POSIX threads: locks, conditions, barriers, thread-local data, cancellation, signals, exec. */
#include "program.h"
#include <pthread.h>
#include <semaphore.h>

#define THREADS 12

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t semaphore;
static long total, turn, once_runs, destroyed;
static __thread long mine = 5;
static __thread char buffer[5000];

static void run_once(void)
{
	once_runs++;
}

static void destroy(void *value)
{
	pthread_mutex_lock(&lock);
	destroyed += (long)value;
	pthread_mutex_unlock(&lock);
}

static void *work(void *argument)
{
	long id = (long)argument, i;

	mine += id;
	memset(buffer, (int)id, sizeof(buffer));
	pthread_setspecific(key, argument);
	pthread_once(&once, run_once);
	for (i = 0; i < 500; i++) {
		pthread_mutex_lock(&lock);
		total += id;
		pthread_mutex_unlock(&lock);
		if (i % 50 == 0)
			sched_yield();
	}
	pthread_barrier_wait(&barrier);
	pthread_mutex_lock(&lock);
	while (turn != id)
		pthread_cond_wait(&changed, &lock);
	printf("thread %ld: own %ld, buffer %d, key %ld\n", id, mine, buffer[4999],
	       (long)pthread_getspecific(key));
	turn++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return (void *)(id * id);
}

static void *reader(void *argument)
{
	long i, sum = 0;

	(void)argument;
	for (i = 0; i < 300; i++) {
		if (i % 10) {
			pthread_rwlock_rdlock(&rwlock);
			sum += total >= 0;
		} else {
			pthread_rwlock_wrlock(&rwlock);
			total++;
		}
		pthread_rwlock_unlock(&rwlock);
		if (i % 7 == 0)
			sem_post(&semaphore);
	}
	return (void *)sum;
}

static void cleanup(void *argument)
{
	printf("cleaned up: %s\n", (char *)argument);
}

static void *cancelled(void *argument)
{
	(void)argument;
	pthread_cleanup_push(cleanup, "yes");
	sem_post(&semaphore);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

static pthread_t signalled;
static volatile int in_right_thread;

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	in_right_thread = pthread_equal(pthread_self(), signalled);
}

static void *waits_for_signal(void *argument)
{
	(void)argument;
	while (!in_right_thread)
		usleep(1000);
	return NULL;
}

static void *faults(void *argument)
{
	*(volatile int *)argument = 1;
	return NULL;
}

static void crash(void *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_create(&thread, NULL, faults, (void *)16);
	pthread_join(thread, NULL);
}

static void *ends_the_process(void *unused)
{
	(void)unused;
	exit(21);
}

static void exit_from_thread(void *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_create(&thread, NULL, ends_the_process, NULL);
	for (;;)
		pause();
}

static void *execs(void *unused)
{
	(void)unused;
	execl("/proc/self/exe", "threads", "again", NULL);
	return NULL;
}

static void exec_from_thread(void *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_create(&thread, NULL, execs, NULL);
	for (;;)
		pause();
}

static void kinds_of_mutexes(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex;
	int status;

	mutex = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attributes);
	fflush(stdout);
	if (!fork()) {
		pthread_mutex_lock(mutex);
		_exit(0);
	}
	wait(&status);
	printf("robust: %s\n", strerrorname_np(pthread_mutex_lock(mutex)));
	pthread_mutex_consistent(mutex);
	pthread_mutex_unlock(mutex);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	printf("inheriting: %d", pthread_mutex_init(mutex, &attributes));
	printf(" %d", pthread_mutex_lock(mutex));
	printf(" %d\n", pthread_mutex_unlock(mutex));
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	pthread_attr_t attributes;
	void *result;
	long i, sum = 0;

	(void)argv;
	if (argc > 1)
		return 33;
	pthread_key_create(&key, destroy);
	pthread_barrier_init(&barrier, NULL, THREADS);
	sem_init(&semaphore, 0, 0);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			die("pthread_create");
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("total %ld, results %ld, once %ld, destroyed %ld, own %ld\n", total, sum, once_runs,
	       destroyed, mine);
	for (i = sum = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, reader, NULL);
	for (i = 0; i < 4 * 43; i++)
		sem_wait(&semaphore);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("readers %ld, total %ld\n", sum, total);
	pthread_create(&threads[0], NULL, cancelled, NULL);
	sem_wait(&semaphore);
	pthread_cancel(threads[0]);
	pthread_join(threads[0], &result);
	printf("cancelled: %s\n", yes(result == PTHREAD_CANCELED));
	handle(SIGUSR1, on_usr1, 0);
	pthread_create(&threads[0], NULL, waits_for_signal, NULL);
	signalled = threads[0];
	pthread_kill(threads[0], SIGUSR1);
	pthread_join(threads[0], NULL);
	printf("signal in its thread: %s\n", yes(in_right_thread));
	kinds_of_mutexes();
	in_child("crash of a thread", crash, NULL);
	in_child("exit in a thread", exit_from_thread, NULL);
	in_child("exec in a thread", exec_from_thread, NULL);
	/* 200 threads one after the other: their stacks come and go. */
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	for (i = 0; i < 200; i++) {
		pthread_create(&threads[0], &attributes, reader, NULL);
		pthread_join(threads[0], NULL);
	}
	printf("total %ld\n", total);
	return 0;
}

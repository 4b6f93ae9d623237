/* SPDX-License-Identifier: MIT */
/* What must be as before when a plugin was unloaded, and what no plugin may change. */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdint.h>

/* Loads the canary from the file, and takes note of the accounts. */
void accounts_open(const char *canary);
/* Plugins, grafts, maps, the monitor's pages: as many as at accounts_open(). */
void check_accounts(void);
/* The memory of another plugin and of this process. */
void check_canaries(void);
/* Pages of the machine that are free, when the caches are dropped. */
long free_pages(void);

#endif /* ACCOUNTS_H */

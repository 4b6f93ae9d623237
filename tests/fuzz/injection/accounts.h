/* SPDX-License-Identifier: MIT */
/* What must be as before when a plugin was unloaded, and what no plugin may change. */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* Loads the canary from the file, and takes note of the accounts. */
void accounts_open(const char *canary);
/*
 * Plugins, grafts, maps, the monitor's pages: as many as at accounts_open(). And the kernel's audit of
 * the calls that were aborted has found no difference. @is_alone: nor has anybody changed a map during
 * such a call.
 */
void check_accounts(bool is_alone);
/* The memory of another plugin and of this process, and the kernel's code. */
void check_canaries(void);
/* What the accounts were at accounts_open(), and are now. */
void print_accounts(void);
/* How many aborted calls the audit has compared. */
void print_audit(void);

#endif /* ACCOUNTS_H */

/* SPDX-License-Identifier: MIT */
/* Memory that is free, for programs in the guest that look for a leak. */
#ifndef FREE_PAGES_H
#define FREE_PAGES_H

/* Pages of the guest that are free when the caches are dropped. Ends the program if they cannot be. */
long free_pages(void);

/* The program's: says what is wrong, and ends it. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* FREE_PAGES_H */

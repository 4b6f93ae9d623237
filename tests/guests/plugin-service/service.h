/* SPDX-License-Identifier: MIT */
/* The two plugins of the test, their requests and the answers. */
#ifndef GUEST_SERVICE_H
#define GUEST_SERVICE_H

#include <lib/plugin.h>
#include <lib/test.h>

extern struct test_plugin a, b;
extern const u8 ask[], ask_end[], ask_times[], ask_times_end[];

/* PLUGINOP_services with this word for every 32 numbers. */
void allow(const struct test_plugin *p, u32 word, u32 strikes);
/* The word at this offset of the plugin's data. */
u32 word(const struct test_plugin *p, u32 offset);
/* Calls p, whose code is `ask`; the call must wait for service nr. */
void asks(const char *what, const struct test_plugin *p, u32 nr);
/* Replies to p; the call must end with all registers unchanged. */
void answered(const char *what, const struct test_plugin *p);

void pauses(void);

#endif /* GUEST_SERVICE_H */

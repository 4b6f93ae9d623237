/* SPDX-License-Identifier: MIT */
/* The two plugins of the test, and what they are asked and answered. */
#ifndef GUEST_SERVICE_H
#define GUEST_SERVICE_H

#include <lib/plugin.h>
#include <lib/test.h>

extern struct test_plugin a, b;
extern const u8 ask[], ask_end[], ask_times[], ask_times_end[];

/* PLUGINOP_services with this word for every 32 numbers. */
void allow(const struct test_plugin *p, u32 word, u32 strikes);
/* What lies there in its data. */
u32 word(const struct test_plugin *p, u32 offset);
/* It has `ask`, and asks for nr; then it is answered, and must be unharmed. */
void asks(const char *what, const struct test_plugin *p, u32 nr);
void answered(const char *what, const struct test_plugin *p);

void pauses(void);

#endif /* GUEST_SERVICE_H */

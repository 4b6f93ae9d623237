// SPDX-License-Identifier: MIT
/* The verb info. */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"
#include "failure.h"
#include "json.h"
#include "words.h"

int run_info(const struct arguments *arguments)
{
	static const char *const enforced[] = { "limit", "nx", "wp", "io_bitmap", "umip" };
	struct ringfence_info info = { 0 };
	unsigned int i;

	(void)arguments;
	if (device_run(RINGFENCE_IOC_INFO, &info, sizeof(info), 0))
		fail("%s", reason());
	if (as_json) {
		json_open(NULL, '{');
		json_open("abi", '{');
		json_number("major", info.abi >> 16);
		json_number("minor", info.abi & 0xffff);
		json_close();
		json_text("mode", mode_word(info.mode));
		json_open("enforces", '[');
		for (i = 0; i < sizeof(enforced) / sizeof(enforced[0]); i++)
			if (info.enforces & 1u << i)
				json_text(NULL, enforced[i]);
		json_close();
		json_number("tick_us", info.tick_us);
		json_number("budget_us", info.budget_us);
		json_number("plugins", info.plugins);
		json_number("plugins_max", info.plugins_max);
		json_number("pages_free", info.pages_free);
		json_close();
		return EXIT_SUCCESS;
	}
	printf("abi          %u.%u\nmode         %s\nenforces    ", info.abi >> 16,
	       info.abi & 0xffff, mode_word(info.mode));
	for (i = 0; i < sizeof(enforced) / sizeof(enforced[0]); i++)
		if (info.enforces & 1u << i)
			printf(" %s", enforced[i]);
	printf("\ntick         %u us\nbudget       %u us a call, if a plugin does not say\n",
	       info.tick_us, info.budget_us);
	printf("plugins      %u of %u\npages free   %u\n", info.plugins, info.plugins_max,
	       info.pages_free);
	return EXIT_SUCCESS;
}

// SPDX-License-Identifier: MIT
// Static objects of C++, in the guest (test_plugin_calls.py).
#include <ringfence/plugin.h>

PLUGIN("cplusplus", "1", "static objects, virtual functions, text of several lines");

static volatile uint32_t constructed;

struct Counter {
	uint32_t count;
	explicit Counter(uint32_t first) : count(first + constructed++) {}
	virtual uint32_t next() { return ++count; }
	~Counter() { count = 0; }
};
struct Double : Counter {
	using Counter::Counter;
	uint32_t next() override { return 2 * Counter::next(); }
};

static Counter one(10);
static Double two(20);

// 1st call: 1st and 2nd object, 11 + 2 * 22 + 1000 * 2; then they count on.
PLUGIN_ENTRY(main, uint32_t more)
{
	return one.next() + two.next() + 1000 * constructed + more;
}

PLUGIN_ENTRY(text, void)
{
	plugin_log("{\n\t\"a\": 1\n}\n");
	return 0;
}

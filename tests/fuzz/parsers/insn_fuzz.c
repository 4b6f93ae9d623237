// SPDX-License-Identifier: MIT
/*
 * The instruction decoder of fault reports. A result for N bytes does not change when more
 * bytes follow, and needs at most the 15 bytes of one instruction; of two accesses the decoder
 * names the one outside of the limits; no result depends on bytes that the decoder was not
 * given.
 */
#include "target.h"

#include <hv/insn.h>

#define INSN_MAX 15u

static bool look(const uint8_t *code, uint32_t len, const struct regs *r, uint32_t limit,
		 struct insn_access *a)
{
	/* A buffer of exactly that size, so that the sanitizer sees a read behind it. */
	uint8_t *copy = malloc(len ? len : 1);
	bool found;

	memcpy(copy, code, len);
	memset(a, 0x5a, sizeof(*a));
	found = insn_access(copy, len, r, limit, a);
	free(copy);
	return found;
}

static bool same(const struct insn_access *a, const struct insn_access *b)
{
	return a->address == b->address && a->kind == b->kind && a->target_size == b->target_size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct insn_access whole, part, other;
	struct regs r, elsewhere;
	uint8_t code[INSN_MAX];
	uint32_t limit, len, n, first;
	bool found;

	take_bytes(&in, &r, sizeof(r));
	limit = take32(&in);
	len = (uint32_t)(in.end - in.at);
	len = len < INSN_MAX ? len : INSN_MAX;
	memcpy(code, in.at, len);
	found = look(code, len, &r, limit, &whole);
	for (first = 0; first <= len && !look(code, first, &r, limit, &part); first++)
		;
	REQUIRE(found == (first <= len));
	if (!found)
		return 0;
	REQUIRE(first >= 1);
	REQUIRE(whole.kind == INSN_READ || whole.kind == INSN_WRITE || whole.kind == INSN_FETCH);
	REQUIRE(!whole.target_size || whole.target_size == 2 || whole.target_size == 4);
	REQUIRE(!whole.target_size || whole.kind == INSN_READ);
	for (n = first; n <= len; n++)
		REQUIRE(look(code, n, &r, limit, &part) && same(&part, &whole));
	/* Only registers that an address can be made of count. */
	elsewhere = r;
	elsewhere.es = elsewhere.ds = elsewhere.unused_esp = elsewhere.vector = ~limit;
	elsewhere.error_code = elsewhere.cs = elsewhere.eflags = elsewhere.ss = ~limit;
	REQUIRE(look(code, len, &elsewhere, limit, &other) && same(&other, &whole));
	/* A fetch that is named is of the target: with no limit, nothing but that changes. */
	if (look(code, len, &r, ~0u, &other) && !same(&other, &whole))
		REQUIRE(whole.address >= limit || limit - whole.address < 32);
	return 0;
}

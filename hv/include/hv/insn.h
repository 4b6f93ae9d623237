/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decode which address an instruction of a plugin accessed. Pure: works on bytes and
 * registers. For fault records only: no decision of the monitor depends on the result.
 */
#ifndef HV_INSN_H
#define HV_INSN_H

#include <hv/regs.h>

enum insn_kind { INSN_READ, INSN_WRITE, INSN_FETCH };

struct insn_access {
	u32 address; /* offset in its segment */
	enum insn_kind kind;
	/*
	 * Not 0: a near branch reads its target, of this many bytes, at `address`. If
	 * that read cannot have failed, the fetch at the target did.
	 */
	u8 target_size;
};

/*
 * Decode the instruction at the beginning of `code`, `len` bytes. `limit` is the size of
 * the segment. Of an instruction with two accesses (movs, push of memory) the one that
 * does not end below `limit` is reported; of a call whose push does end below `limit`,
 * the fetch at its target. False: no access known, or the instruction is cut off.
 */
bool insn_access(const u8 *code, u32 len, const struct regs *r, u32 limit, struct insn_access *a);

#endif

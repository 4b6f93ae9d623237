/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which address an instruction of a plugin was after. Pure: works on bytes and
 * registers. It serves reports only; nothing is decided by it.
 */
#ifndef HV_INSN_H
#define HV_INSN_H

#include <hv/regs.h>

enum insn_kind { INSN_READ, INSN_WRITE, INSN_FETCH };

struct insn_access {
	u32 address; /* offset in its segment */
	enum insn_kind kind;
	/*
	 * A near branch reads its target there, so many bytes; 0: none does. If
	 * the read was not what failed, the target was.
	 */
	u8 target_size;
};

/*
 * `code` holds the instruction and what follows, `len` bytes. An instruction
 * with two accesses (movs, push of memory) gives the one that does not end
 * below `limit`, the segment's size; a call whose push does end there gives its
 * target. False: it has none that is known.
 */
bool insn_access(const u8 *code, u32 len, const struct regs *r, u32 limit, struct insn_access *a);

#endif

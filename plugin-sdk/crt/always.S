/* SPDX-License-Identifier: MIT */
/*
 * The parts of the SDK that plugin-cc links into every plugin, as one file: the compiler
 * then starts once for them. Unused functions are not linked, because each has a section.
 */
#include "start.S"
#include "service.S"
#include "memory.S"

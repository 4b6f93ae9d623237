/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash of keys that plugins choose: without the secret nobody can choose keys of one bucket. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <core_port.h>

/* HalfSipHash-1-3, as Linux's hsiphash() on 32-bit machines. @secret: random. */
uint32_t core_hash(const uint32_t secret[2], const uint8_t *bytes, uint32_t size);

#endif /* CORE_HASH_H */

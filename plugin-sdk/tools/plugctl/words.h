/* SPDX-License-Identifier: MIT */
/* Words for numbers of the plugin ABI and of <linux/ringfence.h>; "unknown" for others. */
#ifndef PLUGCTL_WORDS_H
#define PLUGCTL_WORDS_H

#include <stdint.h>

const char *status_word(uint32_t status); /* ok, fault, timeout, killed, forbidden, dead */
const char *state_word(uint32_t state);
const char *mode_word(uint32_t mode);
const char *scope_word(uint32_t scope);	    /* file, process, all, cgroup */
const char *kind_word(uint32_t kind);	    /* of a graft point: method, event, ... */
const char *context_word(uint32_t context); /* of a graft point: process */
const char *map_kind_word(uint32_t kind);   /* hash, array, ring */
/* Of bit @number of the PLUGIN_ENFORCES_*; NULL for others. */
const char *enforced_word(uint32_t number);

#endif /* PLUGCTL_WORDS_H */

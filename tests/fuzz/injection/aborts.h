/* SPDX-License-Identifier: MIT */
/*
 * Calls that change maps and are aborted, while others read the maps: a process that gets, walks and
 * pops, and a plugin that is asked about datagrams in softirqs. A call either sets all entries to an
 * odd value and is aborted, in one of several ways, or to an even value and ends well. So whoever reads an odd
 * value has seen what never was. Until so many calls were aborted; the seed decides in which order.
 */
#ifndef ABORTS_H
#define ABORTS_H

#include <stdint.h>

void aborts(unsigned long count, uint32_t seed);

#endif /* ABORTS_H */

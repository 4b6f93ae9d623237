/* SPDX-License-Identifier: MIT */
/* The attacks, by subject. Each prints the rows of tests/kernel-escapes.toml. */
#ifndef ATTACKS_H
#define ATTACKS_H

#include <lib/pci.h>
#include <lib/test.h>

/* Attacks made since the last row. */
extern u32 attacks;
/* Prints a row as stopped, unless something has failed. */
void kernel_row(u32 row);
/* False: "only=N" on the command line names another row, which alone is tried. */
bool wanted(u32 row);

void attack_a20(void);
void attack_ports(void);
void attack_smm(void);
void attack_configuration(void);
void attack_bars(void);
void attack_frames(void);
void attack_bridge(void);

#endif /* ATTACKS_H */

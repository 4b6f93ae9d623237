/* SPDX-License-Identifier: GPL-2.0-only */
/* What masked calls keep from running on their processor; see port_mask() in port.h. */
#ifndef CORE_BARS_H
#define CORE_BARS_H

/* Other tasks in any case. Each row bars what those before it bar, too. */
enum port_bars {
	PORT_BARS_TASKS,
	PORT_BARS_SOFTIRQS,
	PORT_BARS_INTERRUPTS, /* and so wake-ups */
};

#endif /* CORE_BARS_H */

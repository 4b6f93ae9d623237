// SPDX-License-Identifier: MIT
/* In place of the driver's ioctls of grafts, which driver_fuzz.c does not call. */
#include "ioctl.h"
#include "points.h"

struct core_point *point_numbered(u32 number)
{
	return NULL;
}

int ioctl_attach(void *arg, struct core_reason *why)
{
	return core_refuse(why, -ENOENT, "there are no graft points here");
}

int ioctl_detach(void *arg, struct core_reason *why)
{
	return ioctl_attach(arg, why);
}

int ioctl_point(void *arg, struct core_reason *why)
{
	return ioctl_attach(arg, why);
}

int ioctl_graft(void *arg, struct core_reason *why)
{
	return ioctl_attach(arg, why);
}

int ioctl_ask(void *arg, struct core_reason *why)
{
	return ioctl_attach(arg, why);
}

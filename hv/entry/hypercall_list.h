/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of hypercalls, HYPERCALL(name, number of arguments, what). hypercall_table[],
 * the prototypes in hv/hypercall.h and the table in docs/abi.md are made from it; a
 * number that is not listed gives -ENOSYS. Numbers are __HYPERVISOR_<name> of xen/xen.h
 * and public/plugin_op.h.
 */
HYPERCALL(set_trap_table, 1, "register the guest's exception handlers")
HYPERCALL(mmu_update, 4, "change page-table entries by machine address")
HYPERCALL(set_gdt, 2, "install the guest's descriptor table frames")
HYPERCALL(stack_switch, 2, "set the kernel stack for traps from ring 3")
HYPERCALL(set_callbacks, 4, "register event and failsafe callbacks")
HYPERCALL(fpu_taskswitch, 1, "set or clear the guest's CR0.TS")
HYPERCALL(set_debugreg, 2, "write a debug register")
HYPERCALL(get_debugreg, 1, "read a debug register")
HYPERCALL(update_descriptor, 4, "change one descriptor by machine address")
HYPERCALL(memory_op, 2, "memory map and reservation")
HYPERCALL(multicall, 2, "several hypercalls in one")
HYPERCALL(update_va_mapping, 4, "change the L1 entry that maps an address")
HYPERCALL(set_timer_op, 2, "arm the one-shot timer")
HYPERCALL(xen_version, 2, "version, features, capabilities")
HYPERCALL(console_io, 3, "read and write the console")
HYPERCALL(update_va_mapping_otherdomain, 5, "as update_va_mapping, frame of DOMID_IO")
HYPERCALL(vm_assist, 2, "behaviours the guest may ask for")
HYPERCALL(iret, 0, "return from a trap or callback")
HYPERCALL(vcpu_op, 3, "virtual CPU state and timers")
HYPERCALL(mmuext_op, 4, "pinning, base pointer, TLB")
HYPERCALL(sched_op, 2, "yield, block, poll, shutdown")
HYPERCALL(callback_op, 2, "register one callback")
HYPERCALL(event_channel_op, 2, "event channels")
HYPERCALL(physdev_op, 2, "interrupt lines")
HYPERCALL(sched_op_compat, 2, "yield and block as Xen 3.0 numbered them")
HYPERCALL(plugin_op, 5, "create, invoke and remove plugins")

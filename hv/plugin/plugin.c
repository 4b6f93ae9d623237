#include <hv/plugin.h>
#include <hv/hypercall.h>
struct plugin *plugin_running;
u32 machine_enforces;
void plugin_init(void) {}
void selftest(void) {}
void plugin_trap(struct regs *r) {(void)r;}
void plugin_interrupted(struct regs *r) {(void)r;}
long do_plugin_op(struct regs *r) { return -ENOSYS; }

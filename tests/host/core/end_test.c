// SPDX-License-Identifier: MIT
/*
 * Kill, unload and replace in the plugin core, against a fake monitor.
 *
 * Claims: kill, unload and replace work or are refused at every moment at which another
 * caller can intervene: while a plugin runs, waits for a service, is loaded or is
 * unloaded. Every call ends once. During a replace the name always has a plugin. Whatever
 * step fails, the old plugin is unchanged and nothing leaks. Cannot tell: two processors.
 *
 * Arguments: hello.plg and many.plg, as for registry_test.
 */
#include <stdlib.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"

static struct bytes hello, many;
static struct core_reason why;

static int load(struct bytes file, uint32_t *id)
{
	struct core_load load = { .name = "p", .image = file.at, .size = file.size };

	return core_load(&load, id, &why);
}

static int replace(struct bytes file, bool kill, uint32_t *id)
{
	struct core_load load = { .name = "p", .image = file.at, .size = file.size };

	return core_replace(&load, kill, id, &why);
}

static const struct core_plugin *named(void)
{
	const struct core_plugin *plugin;

	port_lock();
	plugin = core_find("p");
	port_unlock();
	return plugin;
}

static int call(uint32_t *status)
{
	struct core_result result = { .status = 77 };
	const char *entry = named()->nr_entries == 1 ? "main" : "first";
	int err = core_call("p", entry, NULL, 0, &result, &why);

	*status = result.status;
	return err;
}

static int call_target(const struct core_target *target)
{
	const struct core_call call = { .target = target };
	struct core_result result;

	return core_call_plugin(&call, &result, &why);
}

static void says(const char *part)
{
	checks++;
	if (!strstr(why.text, part)) {
		fprintf(stderr, "reason \"%s\" does not say \"%s\"\n", why.text, part);
		exit(1);
	}
	memset(&why, 0, sizeof(why));
}

static bool there(uint32_t id)
{
	const struct core_plugin *plugin;

	port_lock();
	plugin = core_next(id - 1);
	port_unlock();
	return plugin && plugin->id == id;
}

static void check_empty(void)
{
	CHECK(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.locked);
	CHECK(!fake.windows);
	port_lock();
	CHECK(!core_next(0));
	port_unlock();
	memset(&fake, 0, sizeof(fake));
}

static void unload(void)
{
	CHECK(!core_unload("p", false, &why));
	check_empty();
}

static void kill_idle(void)
{
	uint32_t id, status;

	CHECK(core_kill("p", &why) == -ENOENT);
	says("there is no plugin named p");
	CHECK(!load(hello, &id));
	CHECK(!core_kill("p", &why));
	CHECK(named()->state == CORE_DEAD && named()->fault.status == PLUGIN_STATUS_KILLED);
	CHECK(!named()->faults && fake.warnings == 1 &&
	      strstr(fake.warning, "plugin p was stopped while it did not run: it was killed"));
	CHECK(!core_kill("p", &why) && fake.warnings == 1);
	CHECK(!call(&status) && status == PLUGIN_STATUS_DEAD && !named()->calls);
	unload();

	/* A monitor without PLUGINOP_kill. */
	CHECK(!load(hello, &id));
	fake.refuse_kill = -ENOSYS;
	CHECK(core_kill("p", &why) == -ENOSYS);
	says("the monitor cannot kill plugins, and p goes on");
	CHECK(named()->state == CORE_IDLE && !call(&status) && !status);
	unload();
}

static void kill_it(void)
{
	CHECK(!core_kill("p", &why));
	CHECK(!core_kill("p", &why));
	CHECK(named()->state == CORE_BUSY);
}

static void kill_running(void)
{
	uint32_t id, status;

	CHECK(!load(hello, &id));
	fake.during_call = kill_it;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	CHECK(named()->state == CORE_DEAD && named()->calls == 1 && named()->faults == 1);
	CHECK(named()->fault.status == PLUGIN_STATUS_KILLED && fake.warnings == 1);
	fake.during_call = NULL;
	CHECK(!call(&status) && status == PLUGIN_STATUS_DEAD);
	unload();
}

/* The kill comes after the core has set BUSY and before the monitor runs the plugin. */
static void kill_before(void)
{
	uint32_t id, status;

	CHECK(!load(hello, &id));
	fake.before_call = kill_it;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	fake.before_call = NULL;
	CHECK(named()->state == CORE_DEAD && !named()->calls && !named()->faults);
	CHECK(named()->fault.status == PLUGIN_STATUS_KILLED && fake.warnings == 1);
	CHECK(!call(&status) && status == PLUGIN_STATUS_DEAD && fake.warnings == 1);
	unload();
}

/* Plays a plugin that requests the time again and again. */
static bool ask_now(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request)
{
	(void)handle;
	(void)status;
	(void)value;
	CHECK(turn < 3);
	memset(request, 0, sizeof(*request));
	request->edx = 2;
	request->ebx = named()->data_limit - 63; /* on the stack */
	return true;
}

static void kill_in_service(void)
{
	uint32_t id, status;

	CHECK(!load(hello, &id));
	fake.ask = ask_now;
	fake.pass_all = true;
	fake.during_service = kill_it;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	CHECK(named()->state == CORE_DEAD && named()->requests == 1);
	unload();
}

static void unload_refused(void)
{
	CHECK(core_unload("p", false, &why) == -EBUSY);
	says("plugin p is running");
	/* The caller of p would wait for itself: nothing is killed. */
	CHECK(core_unload("p", true, &why) == -EBUSY);
	says("p is running, and a service of a call cannot wait for its end");
	CHECK(named()->state == CORE_BUSY && !fake.kills);
	/* Another caller's unload kills p, and a signal ends its wait. */
	fake.caller = 2;
	CHECK(core_unload("p", true, &why) == -EINTR);
	says("is unloaded as soon as its call has ended");
	CHECK(named()->state == CORE_UNLOADING && fake.handles == 1);
	CHECK(core_unload("p", true, &why) == -EBUSY);
	says("plugin p is unloading");
	CHECK(!core_kill("p", &why));
	fake.caller = 1;
}

static void unload_running(void)
{
	uint32_t id, status;

	CHECK(!load(hello, &id));
	fake.during_call = unload_refused;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	CHECK(!there(id) && fake.wakes == 1);
	check_empty();

	/* An unload during a service: the service is completed, then the call ends. */
	CHECK(!load(hello, &id));
	fake.ask = ask_now;
	fake.pass_all = true;
	fake.during_service = unload_refused;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	CHECK(!there(id));
	check_empty();

	/* The monitor refuses to destroy the plugin. */
	CHECK(!load(hello, &id));
	fake.during_call = unload_refused;
	fake.refuse_destroy = -EBUSY;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED);
	CHECK(there(id) && named()->state == CORE_DEAD && fake.wakes == 1);
	fake.refuse_destroy = 0;
	unload();
}

/* Number of waits of core_unload(). */
static uint32_t waited;
static void during_wait(void)
{
	waited++;
}

static void unload_idle_kill(void)
{
	uint32_t id;

	CHECK(!load(hello, &id));
	fake.during_wait = during_wait;
	CHECK(!core_unload("p", true, &why));
	CHECK(!waited);
	check_empty();
	CHECK(core_unload("p", true, &why) == -ENOENT);
}

static void replace_idle(void)
{
	uint32_t id, old, status;

	CHECK(replace(hello, false, &id) == -ENOENT);
	says("there is no plugin named p");
	check_empty();
	CHECK(!load(hello, &old));
	CHECK(named()->nr_entries == 1);
	CHECK(!replace(many, false, &id));
	CHECK(id > old && named()->id == id && named()->state == CORE_IDLE && !there(old));
	CHECK(named()->nr_entries == 2);
	CHECK(fake.published == 1 && fake.handles == 1 && fake.hand_overs == 1);
	CHECK(!replace(hello, true, &id) && named()->nr_entries == 1);
	CHECK(!call(&status) && !status);

	/* A dead plugin can be replaced too. */
	CHECK(!core_kill("p", &why));
	CHECK(!replace(hello, false, &id));
	CHECK(named()->state == CORE_IDLE && !named()->fault.status && !call(&status) && !status);
	unload();
}

static uint32_t first, second;
static struct core_target of_first;
static bool with_kill;

static void replace_below(void)
{
	const struct core_plugin *plugin;
	uint32_t status;

	fake.during_call = NULL;
	CHECK(!replace(many, with_kill, &second));
	CHECK(there(first) && named()->id == second && fake.handles == 2);
	CHECK(fake.kills == with_kill);
	port_lock();
	plugin = core_next(first - 1);
	CHECK(plugin->state == CORE_UNLOADING && plugin->nameless);
	port_unlock();
	/* The new plugin is called while the old one still runs. */
	CHECK(!call(&status) && !status && named()->calls == 1);
	CHECK(call_target(&of_first) == -ESTALE);
	says("was replaced or unloaded meanwhile");
	/* The new plugin is replaced too, while the first one still runs. */
	CHECK(!replace(hello, false, &second) && fake.handles == 2);
}

static void replace_running(void)
{
	uint32_t status;

	for (with_kill = false;; with_kill = true) {
		CHECK(!load(hello, &first));
		CHECK(!core_bind("p", "main", &of_first, &why));
		fake.during_call = replace_below;
		CHECK(!call(&status));
		core_unbind(&of_first);
		CHECK(status == (with_kill ? PLUGIN_STATUS_KILLED : PLUGIN_STATUS_OK));
		CHECK(!there(first) && named()->id == second && fake.handles == 1);
		CHECK(named()->state == CORE_IDLE && !call(&status) && !status);
		unload();
		if (with_kill)
			break;
	}
}

/* The plugin is replaced during a call, which then exceeds its wall limit of 60 s. */
static bool replace_and_wait(uint32_t handle)
{
	(void)handle;
	fake.interrupt = NULL;
	CHECK(!replace(many, false, &second));
	fake.clock += 60000000001;
	return true;
}

static void end_replaced(void)
{
	uint32_t status;

	CHECK(!load(hello, &first));
	fake.interrupt = replace_and_wait;
	CHECK(!call(&status) && status == PLUGIN_STATUS_KILLED && fake.kills == 1);
	CHECK(!there(first) && named()->id == second && named()->state == CORE_IDLE);
	unload();
}

/* Each allocation and frame of a replace fails once; then create; then parsing the file. */
static void replace_fails(void)
{
	uint32_t old, id, status;
	long n, allocations;

	CHECK(!load(hello, &old));
	for (n = 1;; n++) {
		allocations = fake.allocations;
		fake.fail_at = allocations + n;
		if (!replace(many, true, &id))
			break;
		says("there is no memory");
		CHECK(named()->id == old && named()->state == CORE_IDLE && fake.handles == 1);
		CHECK(!call(&status) && !status);
	}
	CHECK(n > 5 && named()->id == id);
	fake.fail_at = 0;
	old = id;
	fake.refuse_create = -ENOSPC;
	CHECK(replace(hello, true, &id) == -ENOSPC);
	fake.refuse_create = 0;
	CHECK(named()->id == old && !call(&status) && !status);
	CHECK(replace((struct bytes){ hello.at, hello.size / 2 }, false, &id) < 0);
	CHECK(named()->id == old && fake.handles == 1);
	unload();
}

/* If the monitor refuses the kill, the plugin is not killed, replaced or unloaded. */
static void during_refusal(void)
{
	uint32_t id;

	fake.refuse_kill = -ENOSYS;
	CHECK(replace(many, true, &id) == -ENOSYS);
	CHECK(named()->id == first && named()->state == CORE_BUSY && fake.handles == 1);
	fake.caller = 2;
	CHECK(core_unload("p", true, &why) == -ENOSYS && named()->state == CORE_BUSY);
	fake.caller = 1;
}

static void kill_refused(void)
{
	uint32_t status;

	CHECK(!load(hello, &first));
	fake.during_call = during_refusal;
	CHECK(!call(&status) && !status && named()->state == CORE_IDLE);
	fake.refuse_kill = 0;
	unload();
}

/* Windows belong to the old plugin: a replace revokes them. */
static void windows(void)
{
	struct core_frame frame = { .mfn = 5 };
	struct core_window window = { .frames = &frame, .nr = 1 };
	struct core_target target;
	uint32_t id;

	CHECK(!load(many, &id));
	CHECK(!core_bind("p", "first", &target, &why));
	CHECK(!core_grant_target(&target, &window, &why) && fake.windows == 1);
	CHECK(!call_target(&target));
	CHECK(!replace(hello, false, &id));
	CHECK(!window.plugin && !fake.windows && !named()->nr_windows);
	CHECK(call_target(&target) == -ESTALE);
	CHECK(core_grant_target(&target, &window, &why) == -ESTALE && !fake.windows);
	core_unbind(&target);
	CHECK(!core_revoke(&window, &why));
	unload();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	hello = read_file(argv[1]);
	many = read_file(argv[2]);
	kill_idle();
	kill_running();
	kill_before();
	kill_in_service();
	unload_running();
	unload_idle_kill();
	replace_idle();
	replace_running();
	end_replaced();
	replace_fails();
	kill_refused();
	windows();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}

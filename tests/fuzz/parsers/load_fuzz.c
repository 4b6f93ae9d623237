// SPDX-License-Identifier: MIT
/*
 * Loads, calls and unloads a plugin through the core, with a fake monitor. The first bytes of
 * the input choose the operations and the failures (memory, refusals of the monitor, the end of
 * the plugin), the rest is the file. After a refusal nothing is allocated; after a load the
 * frames have the contents that the file describes; after an unload nothing is left.
 */
#include "target.h"

#include "fake_monitor.h"
#include "service/service.h"
#include <ringfence/service_list.h>

#define PAGE 4096u
#define HEAD 64 /* as in seeds.py */

static const long refusals[] = { 0, -ENOSPC, -ENOMEM, -ENOEXEC, -EPERM, -ENOSYS, -EINVAL, -EFAULT };

static void check_reason(const struct core_reason *why)
{
	REQUIRE(is_sentence(why->text, sizeof(why->text)));
}

static void check_empty(void)
{
	REQUIRE(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.locked);
	port_lock();
	REQUIRE(!core_next(0));
	port_unlock();
}

/* The frames of one part, from number @at on: the file's bytes and then @rest. */
static uint32_t check_part(const struct core_plugin *plugin, const uint8_t *image,
			   const struct plg_part *part, uint32_t pages, uint32_t at, uint8_t rest)
{
	uint64_t i;

	for (i = 0; i < (uint64_t)pages * PAGE; i++) {
		const uint8_t *frame = plugin->frames[at + i / PAGE].address;

		REQUIRE(frame[i % PAGE] ==
			(part && i < part->file.size ? image[part->file.offset + i] : rest));
	}
	return at + pages;
}

static void check_loaded(const struct core_plugin *plugin, const struct core_load *load,
			 const struct plg_file *file)
{
	const uint32_t *allowed = plugin->services.allowed;
	uint32_t at = 0, i;

	REQUIRE(plugin->state == CORE_IDLE && plugin->handle && plg_name_valid(plugin->name));
	REQUIRE(!strcmp(plugin->name, load->name[0] ? load->name : file->about.name));
	REQUIRE(plugin->nr_frames ==
		plugin->nr_text + plugin->nr_rodata + plugin->nr_data + plugin->nr_stack);
	at = check_part(plugin, load->image, &file->text, plugin->nr_text, at, 0xcc);
	at = check_part(plugin, load->image, &file->rodata, plugin->nr_rodata, at, 0);
	at = check_part(plugin, load->image, &file->data, plugin->nr_data, at, 0);
	at = check_part(plugin, load->image, NULL, plugin->nr_stack, at, 0);
	REQUIRE(at == plugin->nr_frames);
	REQUIRE(plugin->budget_us == (load->budget_us ? load->budget_us :
				      file->budget_us ? file->budget_us :
							100000));
	REQUIRE(plugin->services.strikes == (load->strikes ? load->strikes : 1));
	for (i = 0; i < PLUGIN_SERVICES_MAX; i++)
		REQUIRE(!(allowed[i / 32] >> i % 32 & 1) || core_service_name(i));
	REQUIRE(load->allowed || allowed[0] == SERVICES_DEFAULT);
}

static struct core_reason why;
static struct core_result result;

static void check_call(struct core_plugin *plugin, const struct plg_entry *entry, struct input *in)
{
	uint32_t args[PLUGIN_ARGS_MAX + 2], nr = take8(in) % (PLUGIN_ARGS_MAX + 2), i;
	bool dead = plugin->state == CORE_DEAD;
	unsigned int warnings = fake.warnings;
	int err;

	memset(&fake.next, 0, sizeof(fake.next));
	if (take8(in) & 1) {
		take_bytes(in, &fake.next, sizeof(fake.next));
		fake.next.status = 1 + fake.next.status % 4;
	}
	fake.value = take32(in);
	for (i = 0; i < nr; i++)
		args[i] = take32(in);
	err = core_call(plugin->name, entry->name, args, nr, &result, &why);
	if (nr > PLUGIN_ARGS_MAX) {
		REQUIRE(err == -E2BIG);
		check_reason(&why);
		return;
	}
	REQUIRE(!err);
	if (dead) {
		REQUIRE(result.status == PLUGIN_STATUS_DEAD && plugin->state == CORE_DEAD);
		return;
	}
	REQUIRE(fake.entry == entry->offset && fake.nr_args == nr);
	REQUIRE(!memcmp(fake.args, args, nr * sizeof(*args)));
	REQUIRE(result.status == fake.next.status);
	REQUIRE(result.value == (result.status ? 0 : fake.value));
	REQUIRE(plugin->state == (result.status ? CORE_DEAD : CORE_IDLE));
	REQUIRE(fake.warnings == warnings + !!result.status);
	if (result.status)
		REQUIRE(is_sentence(fake.warning, CORE_FAULT_LINE_SIZE));
}

static void check_plugin(struct core_plugin *plugin, const struct core_load *load, struct input *in)
{
	char name[PLG_NAME_SIZE];
	uint32_t id, i;
	int err;

	strcpy(name, plugin->name);
	REQUIRE(core_load(load, &id, &why) == -EEXIST);
	check_reason(&why);
	REQUIRE(core_call(name, "\x01", NULL, 0, &result, &why) == -ENOENT);
	for (i = 0; i < plugin->nr_entries && i < 4; i++)
		check_call(plugin, &plugin->entries[i], in);
	fake.refuse_destroy = refusals[take8(in) % 2 * 6];
	err = core_unload(name, false, &why);
	REQUIRE(err == fake.refuse_destroy);
	if (err) {
		check_reason(&why);
		fake.refuse_destroy = 0;
		REQUIRE(!core_unload(name, false, &why));
	}
	REQUIRE(core_unload(name, false, &why) == -ENOENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "", "p", "other.name-2", ".hidden", "a/b", "" };
	uint8_t head[HEAD] = { 0 };
	uint32_t allowed[PLUGIN_SERVICES_MAX / 32], id = 77;
	struct core_load load = { .allowed = NULL };
	struct core_plugin *plugin;
	struct plg_file file;
	struct input in;
	int err, parsed;

	if (size < HEAD)
		return 0;
	memcpy(head, data, HEAD);
	in = (struct input){ head, head + HEAD };
	memset(&fake, 0, sizeof(fake));
	memset(&why, 0x7f, sizeof(why));
	fake.fail_at = take8(&in);
	fake.refuse_create = refusals[take8(&in) % 8];
	fake.refuse_publish = refusals[take8(&in) % 2 * 2];
	fake.refuse_query = refusals[take8(&in) % 2 * 7];
	load.name = names[take8(&in) % 6];
	load.strikes = take8(&in);
	load.budget_us = take32(&in);
	memset(allowed, 0, sizeof(allowed));
	allowed[0] = take16(&in);
	allowed[7] = take8(&in);
	if (take8(&in) & 1)
		load.allowed = allowed;
	load.image = data + HEAD;
	load.size = size - HEAD;

	err = core_load(&load, &id, &why);
	parsed = plg_parse(load.image, load.size, &file, &(struct core_reason){ "" });
	if (err) {
		check_reason(&why);
		REQUIRE(!parsed || parsed == err);
		check_empty();
		return 0;
	}
	REQUIRE(!parsed && !fake.refuse_create && !fake.refuse_publish && !fake.refuse_query);
	fake.fail_at = 0;
	port_lock();
	plugin = core_next(0);
	REQUIRE(plugin && plugin->id == id && !core_next(id) && core_find(plugin->name) == plugin);
	port_unlock();
	check_loaded(plugin, &load, &file);
	check_plugin(plugin, &load, &in);
	check_empty();
	return 0;
}

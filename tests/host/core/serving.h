/* SPDX-License-Identifier: MIT */
/* Shared by service_test.c and plugin_memory_test.c: one plugin, requests, pages to grant. */
#ifndef SERVING_H
#define SERVING_H

#include <stdlib.h>

#include "../check.h"
#include "fake_monitor.h"
#include "request.h"
#include "service/service.h"
#include <ringfence/service_list.h>

#define PAGE 4096u

#define NUMBER_OF(number, name, description, first, second) SERVICE_##name = number,
enum { SERVICE_LIST(NUMBER_OF) };

static struct core_reason why;
static struct core_result result;
static uint8_t image[1 << 20];
static size_t image_size;
static struct core_plugin *plugin;

static const uint32_t all_services[PLUGIN_SERVICES_MAX / 32] = { 0x4fffe };

static void load(const char *name, const uint32_t *allowed, uint32_t strikes)
{
	struct core_load load = { .name = name,
				  .image = image,
				  .size = image_size,
				  .allowed = allowed,
				  .strikes = strikes };
	uint32_t id;

	CHECK(!core_load(&load, &id, &why));
	port_lock();
	plugin = core_find(name);
	port_unlock();
	CHECK(plugin);
}

static void unload(const char *name)
{
	CHECK(!core_unload(name, false, &why));
	if (!fake.handles) /* the 9 frames of make_pages() remain */
		CHECK(!fake.memory && fake.frames == 9 && !fake.published && !fake.windows);
}

static inline void check_reason(const char *part)
{
	checks++;
	if (!strstr(why.text, part)) {
		fprintf(stderr, "reason \"%s\" does not say \"%s\"\n", why.text, part);
		exit(1);
	}
	memset(&why, 0, sizeof(why));
}

/* ---- one request in one call ------------------------------------------------ */

/* Calls the plugin, which requests one service. Returns the service's status. */
static int serve(uint32_t number, uint32_t ebx, uint32_t ecx, uint32_t esi, uint32_t edi)
{
	asked = (struct port_answer){
		.edx = number, .ebx = ebx, .ecx = ecx, .esi = esi, .edi = edi
	};
	fake.ask = ask_once;
	answer_status = 1;
	CHECK(!core_call("p", "first", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_OK);
	CHECK(answer_status <= 0 && !fake.locked);
	return answer_status;
}

/* ---- memory ---- */

struct layout {
	uint32_t text, rodata, data, guard, stack, end, window, top;
};

static struct layout layout_of(const struct core_plugin *p)
{
	struct layout at;

	at.text = PLUGIN_TEXT_BASE;
	at.rodata = at.text + p->nr_text * PAGE;
	at.data = at.rodata + p->nr_rodata * PAGE;
	at.guard = at.data + p->nr_data * PAGE;
	at.stack = at.guard + PAGE;
	at.end = at.stack + p->nr_stack * PAGE;
	at.window = at.end + PAGE;
	at.top = at.window + p->nr_window * PAGE;
	return at;
}

#define NR_PAGES 9

static struct core_frame pages[NR_PAGES];

static void make_pages(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++)
		CHECK(!port_frame_alloc(&pages[i].address, &pages[i].mfn));
}

static void free_pages(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++)
		port_frame_free(pages[i].address, pages[i].mfn);
}

static int read_plugin(const char *path)
{
	FILE *file = path ? fopen(path, "rb") : NULL;

	if (!file) {
		fprintf(stderr, "argument: many.plg\n");
		return 2;
	}
	image_size = fread(image, 1, sizeof(image), file);
	fclose(file);
	return 0;
}

#endif /* SERVING_H */

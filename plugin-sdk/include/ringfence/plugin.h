/* SPDX-License-Identifier: MIT */
/*
 * The header that a plugin includes. Example of a plugin, built with plugin-cc:
 *
 *	#include <ringfence/plugin.h>
 *
 *	PLUGIN("hello", "1.0", "says 42");
 *
 *	PLUGIN_ENTRY(main, void)
 *	{
 *		return 42;
 *	}
 *
 * A plugin is freestanding C or C++: there is no libc and no thread-local data, but
 * memcpy, memmove, memset, memcmp and 64-bit arithmetic are linked in. Constructors run
 * in the first call, before the entry. Writable data keeps its value between calls.
 */
#ifndef RINGFENCE_PLUGIN_SDK_H
#define RINGFENCE_PLUGIN_SDK_H

#include <stddef.h>
#include <stdint.h>
#include <ringfence/plg.h>
#include <ringfence/entry.h>

#ifdef __TINYC__ /* tcc has these keywords, but glibc's headers define them as empty */
#undef __attribute__
#undef _Static_assert
#endif

#ifdef __cplusplus
#define PLUGIN_STATIC_ASSERT static_assert
#define PLUGIN_LINKAGE	     extern "C"
#else
#define PLUGIN_STATIC_ASSERT _Static_assert
#define PLUGIN_LINKAGE	     extern
#endif

#if defined(__cplusplus) && defined(__clang__)
#define PLUGIN_NOTE_CONST /* to clang++ a function with a cast is not a constant */
#else
#define PLUGIN_NOTE_CONST const
#endif

/*
 * Alignment 4 is explicit because compilers align large constants to more, which would
 * leave holes between the notes.
 */
#define PLUGIN_NOTE_ATTR __attribute__((section(".note.ringfence"), used, aligned(4)))

#define PLUGIN_NOTE_HEAD(type, desc)                                    \
	{                                                               \
		PLG_NOTE_OWNER_SIZE, sizeof(desc), type, PLG_NOTE_OWNER \
	}

struct plugin_note_u32 {
	struct plg_note_head head;
	uint32_t value;
};

struct plugin_note_about {
	struct plg_note_head head;
	struct plg_about about;
};

/* A note with a struct plg_entry, whose offset is the function's address: the linker sets it. */
struct plugin_note_entry {
	struct plg_note_head head;
	void (*function)(void);
	uint32_t flags;
	char name[PLG_ENTRY_NAME_SIZE];
};

#define PLUGIN_NOTE_U32(id, type, value)                                        \
	PLUGIN_NOTE_ATTR static PLUGIN_NOTE_CONST struct plugin_note_u32 id = { \
		PLUGIN_NOTE_HEAD(type, uint32_t), value                         \
	}

/*
 * Name, version and description of the plugin; exactly once per plugin. The name consists
 * of letters, digits, _ . and -, and does not begin with one of the last two.
 */
#define PLUGIN(name, version, description)                                                         \
	PLUGIN_STATIC_ASSERT(sizeof(name) <= PLG_NAME_SIZE && sizeof(name) > 1,                    \
			     "PLUGIN: the name has 1 to 31 characters");                           \
	PLUGIN_STATIC_ASSERT(sizeof(version) <= PLG_VERSION_SIZE,                                  \
			     "PLUGIN: the version has at most 15 characters");                     \
	PLUGIN_STATIC_ASSERT(sizeof(description) <= PLG_DESCRIPTION_SIZE,                          \
			     "PLUGIN: the description has at most 79 characters");                 \
	PLUGIN_NOTE_ATTR static PLUGIN_NOTE_CONST struct plugin_note_about plugin_note_about = {   \
		PLUGIN_NOTE_HEAD(PLG_NOTE_ABOUT, struct plg_about), { name, version, description } \
	}

/*
 * Begins the definition of an entry, a function that the kernel may call by its name:
 * PLUGIN_ENTRY(sum, uint32_t n, uint32_t seed) { ... return total; }
 * An entry has at most six arguments, each an integer of 32 bits or less or a pointer,
 * and returns uint32_t. Arguments that the caller omits are 0.
 */
#define PLUGIN_ENTRY(function, ...) PLUGIN_ENTRY_WITH(0, function, __VA_ARGS__)

/* As PLUGIN_ENTRY(), with the flags of the entry's note: see PLUGIN_GRAFT(). */
#define PLUGIN_ENTRY_WITH(flags, function, ...)                                                \
	PLUGIN_STATIC_ASSERT(sizeof(#function) <= PLG_ENTRY_NAME_SIZE,                         \
			     "PLUGIN_ENTRY: the name is too long");                            \
	PLUGIN_STATIC_ASSERT(PLUGIN_COUNT(__VA_ARGS__) <= 6,                                   \
			     "PLUGIN_ENTRY: an entry has at most six arguments");              \
	PLUGIN_LINKAGE uint32_t function(__VA_ARGS__);                                         \
	PLUGIN_CHECK_ARGUMENTS(function, __VA_ARGS__)                                          \
	PLUGIN_NOTE_ATTR static PLUGIN_NOTE_CONST struct plugin_note_entry                     \
		plugin_note_entry_##function = { PLUGIN_NOTE_HEAD(PLG_NOTE_ENTRY,              \
								  struct plg_entry),           \
						 (void (*)(void))function, flags, #function }; \
	uint32_t function(__VA_ARGS__)

/* The largest size that a note can state. plugin-cc checks the plugin's limit, 16 MiB in all. */
#define PLUGIN_SIZE_MAX 0xffffffffu

/*
 * Size of the stack in bytes, rounded up to pages; 16384 without PLUGIN_STACK(). At most
 * once per plugin.
 */
#define PLUGIN_STACK(bytes)                                             \
	PLUGIN_STATIC_ASSERT((bytes) > 0 && (bytes) <= PLUGIN_SIZE_MAX, \
			     "PLUGIN_STACK: 1 byte to 4 GiB");          \
	PLUGIN_NOTE_U32(plugin_note_stack, PLG_NOTE_STACK, bytes)

/*
 * Reserves a heap of so many bytes, rounded up to pages: writable memory that begins at
 * plugin_heap, is zero after load, and takes no space in the file. At most once per
 * plugin. Only the same source file has plugin_heap_size.
 */
#define PLUGIN_HEAP(bytes)                                              \
	PLUGIN_STATIC_ASSERT((bytes) > 0 && (bytes) <= PLUGIN_SIZE_MAX, \
			     "PLUGIN_HEAP: 1 byte to 4 GiB");           \
	enum { plugin_heap_size = (uint32_t)(bytes) };                  \
	PLUGIN_NOTE_U32(plugin_note_heap, PLG_NOTE_HEAP, bytes)

PLUGIN_LINKAGE unsigned char plugin_heap[];

/*
 * The budget: CPU time in microseconds that the plugin may use in one call. Services do
 * not count. At most once per plugin; the budget given to plugctl load overrides it.
 */
#define PLUGIN_BUDGET_US(us)                                                                      \
	PLUGIN_STATIC_ASSERT((us) >= 1 && (us) <= 10000000, "PLUGIN_BUDGET_US: 1 to 10,000,000"); \
	PLUGIN_NOTE_U32(plugin_note_budget, PLG_NOTE_BUDGET, us)

/*
 * Reserves address space for windows, in bytes, rounded up to pages; at most once per
 * plugin. A window is memory that the kernel shares with the plugin. The kernel passes
 * the offset of a window as an argument of the call.
 */
#define PLUGIN_WINDOW_BYTES(bytes)                                \
	PLUGIN_STATIC_ASSERT((bytes) > 0 && (bytes) <= 16 << 20,  \
			     "PLUGIN_WINDOW_BYTES: 1 to 16 MiB"); \
	PLUGIN_NOTE_U32(plugin_note_window, PLG_NOTE_WINDOW, bytes)

PLUGIN_LINKAGE void *memcpy(void *to, const void *from, size_t size);
PLUGIN_LINKAGE void *memmove(void *to, const void *from, size_t size);
PLUGIN_LINKAGE void *memset(void *to, int byte, size_t size);
PLUGIN_LINKAGE int memcmp(const void *a, const void *b, size_t size);

#include <ringfence/services.h>

#endif /* RINGFENCE_PLUGIN_SDK_H */

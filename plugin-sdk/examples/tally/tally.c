/* SPDX-License-Identifier: MIT */
/*
 * Counts the words of a text in a map that the kernel keeps:
 *
 *	plugctl map create words hash 1000 --key 16
 *	plugctl load tally.plg --allow map_open,map_lock,map_get,map_set,undo
 *	plugctl call tally count --window TEXT
 *	plugctl map show words
 *
 * The call is a transaction: either all words of the text are counted, or none. So a text can be
 * given again after whatever went wrong, also if the plugin was killed.
 */
#include <ringfence/plugin.h>

PLUGIN("tally", "1.0", "counts words in the map `words`");
PLUGIN_WINDOW_BYTES(1 << 20);

#define LETTERS 16 /* of a word; the rest is not looked at */

static int is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Adds 1 to the count of the word. The lock keeps others from it between get and set. */
static int32_t add(uint32_t words, const char word[LETTERS])
{
	uint32_t nr = 0;
	int32_t err;

	err = plugin_service_map_lock(words, word);
	if (err)
		return err;
	plugin_service_map_get(words, word, &nr); /* -ENOENT: the first time */
	nr++;
	return plugin_service_map_set(words, word, &nr);
}

/*
 * Counts the words in the window. Returns how many; 0: none were counted, as there is no such map,
 * it is full, the text has too many different words for one call, or others have the map.
 */
PLUGIN_ENTRY(count, const char *text, uint32_t size)
{
	uint32_t words, nr = 0, at = 0;

	if (plugin_map_open("words", PLUGIN_MAP_HASH, LETTERS, sizeof(nr), &words))
		return 0;
	while (at < size) {
		char word[LETTERS] = { 0 };
		uint32_t length = 0;

		for (; at < size && is_letter(text[at]); at++)
			if (length < LETTERS)
				word[length++] = text[at] | 0x20;
		if (!length) {
			at++;
		} else if (add(words, word)) {
			plugin_service_undo();
			return 0;
		} else {
			nr++;
		}
	}
	return nr;
}

/* SPDX-License-Identifier: MIT */
/*
 * Answers memcached's GET from memory, in the kernel, as the program BMC does:
 *
 *	memcached -l 127.0.0.1 -U 11211 -p 0 -t 1 -M
 *	plugctl attach packet cache --udp 11211
 *
 * The cache keeps memcached's own replies. A GET of one key that the cache does not have passes to
 * memcached, and is noted; the reply to it fills the cache, when memcached sends it. Each command
 * that changes a key empties the key's place before memcached hears of it. A reply to a GET that was
 * noted before the change does not fill the place, as the note is gone. So the cache says what
 * memcached would say if
 *
 * - all commands come by this socket and one thread (-p 0, -t 1), in the order in which they arrive;
 * - memcached evicts nothing (-M);
 * - no client gives a new request the id of one that it still waits for, which memcached's protocol
 *   leaves without a meaning.
 *
 * A key that was ever given an expiry time is not kept. After a command that the cache does not know
 * it keeps nothing any more, until `reset`. Keys of up to KEY_MAX bytes; values as a datagram of
 * 1,472 bytes has room for.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

#define SETS	    1024u /* a power of two; a hash has one set, a key any place in it */
#define WAYS	    4u
#define KEY_MAX	    64u
#define HEADER	    8u /* of memcached's datagrams: id, number, how many, 0; 16 bits each */
#define REPLY_MAX   (PACKET_BYTES - HEADER)
#define EXPIRY_BITS 65536u

PLUGIN("cache", "1.0", "answers memcached's GET by UDP: count WHAT (0-4), reset");
PLUGIN_HEAP(SETS *WAYS * 1600);

enum state { EMPTY, NOTED, FULL };

/* NOTED: memcached is asked for the key; its reply to this id, address and port is taken. */
struct place {
	uint8_t state;
	uint8_t key_length;
	uint16_t id;
	uint32_t address;
	uint16_t port;
	uint16_t reply_length;
	char key[KEY_MAX];
	char reply[REPLY_MAX]; /* without the header */
};

_Static_assert(sizeof(struct place) <= 1600, "PLUGIN_HEAP has room for all");

static uint32_t expiring[EXPIRY_BITS / 32]; /* by hash: may the key expire? */
static uint32_t keeps_nothing;		    /* a command came that the cache does not know */
static uint32_t next_way;		    /* whose place a new key takes in a full set */

/* What the entry `count` tells. */
enum counter { HITS, MISSES, FILLS, CHANGES, UNKNOWN, COUNTERS };
static uint32_t counters[COUNTERS];

static struct place (*sets(void))[WAYS]
{
	return (struct place(*)[WAYS])plugin_heap;
}

static uint32_t hash_of(const char *key, uint32_t length)
{
	uint32_t hash = 2166136261u;

	while (length--)
		hash = (hash ^ (uint8_t)*key++) * 16777619u;
	return hash ^ hash >> 15;
}

static void forget_all(void)
{
	uint32_t i;

	for (i = 0; i < SETS * WAYS; i++)
		sets()[i / WAYS][i % WAYS].state = EMPTY;
}

static int may_expire(uint32_t hash)
{
	return expiring[hash % EXPIRY_BITS / 32] >> hash % 32 & 1;
}

/* ---- words of a command ---- */

/* The rest of a command or reply. */
struct text {
	const char *at, *end;
};

struct word {
	const char *at;
	uint32_t length;
};

/*
 * Takes the next word, and the spaces before it. A word ends at a space or a control character. Its
 * length is 0 at the end of the line.
 */
static struct word take_word(struct text *text)
{
	struct word word;

	while (text->at < text->end && *text->at == ' ')
		text->at++;
	word.at = text->at;
	while (text->at < text->end && (uint8_t)*text->at > ' ')
		text->at++;
	word.length = text->at - word.at;
	return word;
}

static int is(const struct word *word, const char *name)
{
	uint32_t i;

	for (i = 0; i < word->length && name[i] && word->at[i] == name[i]; i++)
		;
	return i == word->length && !name[i];
}

/* Takes a decimal number of up to 9 digits. 0: the next word is none. */
static int take_number(struct text *text, uint32_t *number)
{
	struct word word = take_word(text);
	uint32_t i;

	*number = 0;
	for (i = 0; i < word.length; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return 0;
		*number = *number * 10 + (uint32_t)(word.at[i] - '0');
	}
	return word.length && word.length <= 9;
}

/* Takes the end of a line, and the spaces before it. 0: the line goes on. */
static int take_end(struct text *text)
{
	while (text->at < text->end && *text->at == ' ')
		text->at++;
	if (text->end - text->at < 2 || text->at[0] != '\r' || text->at[1] != '\n')
		return 0;
	text->at += 2;
	return 1;
}

/* ---- places ---- */

/* Returns the place that has the key or is noted for it, or NULL. */
static struct place *find(uint32_t hash, const struct word *key)
{
	struct place *set = sets()[hash % SETS], *place;

	for (place = set; place < set + WAYS; place++)
		if (place->state != EMPTY && place->key_length == key->length &&
		    !memcmp(place->key, key->at, key->length))
			return place;
	return NULL;
}

/* Returns a place for a key that has none: an empty one, or one that another key loses. */
static struct place *take_place(uint32_t hash)
{
	struct place *set = sets()[hash % SETS], *place;

	for (place = set; place < set + WAYS; place++)
		if (place->state == EMPTY)
			return place;
	return &set[next_way++ % WAYS];
}

/* ---- commands that change something ---- */

/* Empties the key's place, also if it is only noted. */
static void change(const struct word *key, int expires)
{
	uint32_t hash = hash_of(key->at, key->length);
	struct place *place = find(hash, key);

	counters[CHANGES]++;
	if (place)
		place->state = EMPTY;
	if (expires)
		expiring[hash % EXPIRY_BITS / 32] |= 1u << hash % 32;
}

/*
 * The rest of: set KEY FLAGS EXPIRY BYTES [noreply], or of a command with one number more. `hidden`
 * bytes of the datagram are not in the text. 0: it is not, or something follows.
 */
static int store(struct text *text, uint32_t hidden)
{
	struct word key = take_word(text), last;
	uint32_t flags, expiry, bytes;

	if (!key.length || !take_number(text, &flags))
		return 0;
	if (!take_number(text, &expiry))
		expiry = 1; /* below 0: at once */
	if (!take_number(text, &bytes))
		return 0;
	do
		last = take_word(text); /* of cas: the version; noreply */
	while (last.length);
	if (!take_end(text) || (uint32_t)(text->end - text->at) + hidden != bytes + 2)
		return 0;
	change(&key, expiry != 0);
	return 1;
}

/* The rest of: delete KEY ..., incr KEY ... */
static int change_line(struct text *text, int expires)
{
	struct word key = take_word(text), last;

	do
		last = take_word(text);
	while (last.length);
	if (!key.length || !take_end(text) || text->at != text->end)
		return 0;
	change(&key, expires);
	return 1;
}

/* Takes note of what the command changes. 0: nobody knows what it does. */
static int heed(struct text text, uint32_t hidden)
{
	struct word name = take_word(&text);

	if (is(&name, "set") || is(&name, "add") || is(&name, "replace") || is(&name, "append") ||
	    is(&name, "prepend") || is(&name, "cas"))
		return store(&text, hidden);
	if (hidden)
		return 0;
	if (is(&name, "delete") || is(&name, "incr") || is(&name, "decr"))
		return change_line(&text, 0);
	if (is(&name, "touch"))
		return change_line(&text, 1);
	while (!is(&name, "flush_all") && take_word(&text).length)
		;
	if (!take_end(&text) || text.at != text.end)
		return 0;
	if (is(&name, "flush_all"))
		forget_all();
	return is(&name, "flush_all") || is(&name, "get") || is(&name, "gets") ||
	       is(&name, "stats") || is(&name, "version");
}

/* ---- GET ---- */

static uint32_t reply_with(const struct place *place, struct packet_window *window)
{
	uint8_t *reply = window->reply;

	reply[0] = window->payload[0];
	reply[1] = window->payload[1];
	memset(reply + 2, 0, HEADER - 2);
	reply[5] = 1; /* of one datagram */
	memcpy(reply + HEADER, place->reply, place->reply_length);
	return PACKET_REPLY(HEADER + place->reply_length);
}

static uint16_t id_of(const struct packet_window *window)
{
	return (uint16_t)(window->payload[0] << 8 | window->payload[1]);
}

/* A GET of one key: the reply, or PACKET_PASS and a note. */
static uint32_t get(const struct word *key, struct packet_window *window, uint32_t address,
		    uint32_t port)
{
	uint32_t hash = hash_of(key->at, key->length);
	struct place *place = find(hash, key);

	if (place && place->state == FULL) {
		counters[HITS]++;
		return reply_with(place, window);
	}
	counters[MISSES]++;
	if (keeps_nothing || may_expire(hash))
		return PACKET_PASS;
	if (!place)
		place = take_place(hash);
	place->state = NOTED;
	place->key_length = (uint8_t)key->length;
	place->id = id_of(window);
	place->address = address;
	place->port = (uint16_t)port;
	memcpy(place->key, key->at, key->length);
	return PACKET_PASS;
}

static uint32_t arrives(struct packet_window *window, uint32_t length, uint32_t address,
			uint32_t port)
{
	uint32_t seen = length < PACKET_BYTES ? length : PACKET_BYTES;
	const uint8_t *header = window->payload;
	struct text text, rest;
	struct word name, key;

	/* memcached obeys no command that is in several datagrams or has no header. */
	if (length < HEADER || header[4] || header[5] != 1)
		return PACKET_PASS;
	text.at = (const char *)window->payload + HEADER;
	text.end = (const char *)window->payload + seen;
	rest = text;
	name = take_word(&rest);
	if (is(&name, "get")) {
		key = take_word(&rest);
		if (key.at == name.at + 4 && key.length && key.length <= KEY_MAX &&
		    name.at == text.at && text.end == key.at + key.length + 2 && take_end(&rest) &&
		    seen == length)
			return get(&key, window, address, port);
	}
	if (!heed(text, length - seen)) {
		counters[UNKNOWN]++;
		keeps_nothing = 1;
		forget_all();
	}
	return PACKET_PASS;
}

/* ---- memcached's replies ---- */

/* Is the text: VALUE KEY FLAGS BYTES, the value, END, and nothing else? */
static int is_value(struct text text, struct word *key)
{
	struct word name = take_word(&text);
	uint32_t flags, bytes;

	*key = take_word(&text);
	return is(&name, "VALUE") && key->length && take_number(&text, &flags) &&
	       take_number(&text, &bytes) && take_end(&text) &&
	       (uint32_t)(text.end - text.at) == bytes + 7 &&
	       !memcmp(text.at + bytes, "\r\nEND\r\n", 7);
}

static void leaves(const struct packet_window *window, uint32_t length, uint32_t address,
		   uint32_t port)
{
	const uint8_t *header = window->payload;
	struct place *place;
	struct text text;
	struct word key;

	/* One datagram, whole in the window. */
	if (length <= HEADER || length > PACKET_BYTES || header[2] || header[3] || header[4] ||
	    header[5] != 1)
		return;
	text.at = (const char *)window->payload + HEADER;
	text.end = (const char *)window->payload + length;
	if (!is_value(text, &key))
		return;
	place = find(hash_of(key.at, key.length), &key);
	if (!place || place->state != NOTED || place->id != id_of(window) ||
	    place->address != address || place->port != port)
		return;
	counters[FILLS]++;
	place->state = FULL;
	place->reply_length = (uint16_t)(length - HEADER);
	memcpy(place->reply, text.at, length - HEADER);
}

PLUGIN_GRAFT(packet)
{
	(void)local_port;
	if (direction == PACKET_IN)
		return arrives(window, length, address, port);
	leaves(window, length, address, port);
	return PACKET_PASS;
}

/* Empties the cache, and forgets which keys may expire. For a memcached that has none. */
PLUGIN_ENTRY(reset, void)
{
	memset(expiring, 0, sizeof(expiring));
	memset(counters, 0, sizeof(counters));
	keeps_nothing = 0;
	forget_all();
	return 0;
}

/* Returns a counter: 0 hits, 1 misses, 2 fills, 3 changes, 4 commands that were not known. */
PLUGIN_ENTRY(count, uint32_t what)
{
	return what < COUNTERS ? counters[what] : 0;
}

// SPDX-License-Identifier: MIT
/*
 * A graft whose work is in maps: each question moves money between two accounts of the map
 * `accounts`, counts in the array `totals`, and records the transfer in the ring `transfers`. It takes
 * locks, gives them back, deletes accounts that are empty, and undoes what cannot be done as a whole.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("books", "1.0", "moves money between accounts in maps");

#define ACCOUNTS 16u

struct transfer {
	uint32_t from, to, amount;
};

static uint32_t accounts, totals, transfers;

static int32_t open_maps(void)
{
	int32_t err;

	if (transfers)
		return 0;
	err = plugin_map_open("accounts", PLUGIN_MAP_HASH, 4, 4, &accounts);
	if (!err)
		err = plugin_map_open("totals", PLUGIN_MAP_ARRAY, 4, 4, &totals);
	if (!err)
		err = plugin_map_open("transfers", PLUGIN_MAP_RING, 0, sizeof(struct transfer),
				      &transfers);
	return err;
}

/* Adds to the balance of an account; one with nothing is not in the map. */
static int32_t book(uint32_t account, int32_t amount)
{
	int32_t err = plugin_service_map_lock(accounts, &account), balance = 0;

	if (err)
		return err;
	plugin_service_map_get(accounts, &account, &balance);
	balance += amount;
	if (balance < 0)
		return -1;
	err = balance ? plugin_service_map_set(accounts, &account, &balance) :
			plugin_service_map_delete(accounts, &account);
	return err ? err : plugin_service_map_unlock(accounts, &account);
}

static int32_t count(uint32_t total, uint32_t amount)
{
	uint32_t sum = 0;
	int32_t err = plugin_service_map_get(totals, &total, &sum);

	sum += amount;
	return err ? err : plugin_service_map_set(totals, &total, &sum);
}

/* Returns 0 if the transfer was made, 1 if it was not, and nothing was changed. */
PLUGIN_GRAFT(trial)
{
	const struct transfer transfer = { a % ACCOUNTS, (a / ACCOUNTS) % ACCOUNTS, b };
	uint32_t next, nr = 0;
	int32_t err = open_maps();

	(void)limit, (void)round;
	if (!err)
		err = book(transfer.from, -(int32_t)transfer.amount);
	if (!err)
		err = book(transfer.to, (int32_t)transfer.amount);
	if (!err)
		err = count(0, 1);
	if (!err)
		err = count(1, transfer.amount);
	if (!err)
		err = plugin_service_map_push(transfers, &transfer);
	if (!err)
		for (err = plugin_service_map_next(accounts, NULL, &next); !err && nr < 4; nr++)
			err = plugin_service_map_next(accounts, &next, &window->words[nr]);
	if (!err || nr)
		return 0;
	plugin_service_undo();
	return 1;
}

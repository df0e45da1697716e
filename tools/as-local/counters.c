/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"
#include "metrics.h"
#include "server.h"
#include "ship.h"
#include "store.h"

static uint64_t reads, writes, deletes, objects, connections, pending;

#define ROW(brief, value) { brief, NULL, NULL, brief, METRIC_COUNTER, value, NULL }
static const struct metric table[] = {
	ROW("connections", &connections), ROW("opened", &server_counts.opened), ROW("refused", &server_counts.refused),
	ROW("objects", &objects), ROW("reads", &reads), ROW("writes", &writes), ROW("deletes", &deletes),
	ROW("shipped", &ship_counters.shipped), ROW("failed", &ship_counters.failed), ROW("pending", &pending),
	ROW("unzipped", &server_counts.unzipped), ROW("zipped", &server_counts.zipped),
	{ 0 }
};

static uint64_t of_kind(const struct namespace *ns, enum kind kind)
{
	uint64_t n = 0;

	for (unsigned origin = 0; origin < ORIGINS; origin++)
		for (unsigned outcome = 0; outcome < OUTCOMES; outcome++)
			n += ns->count[origin][kind][outcome];
	return n;
}

void counters_log(void)
{
	reads = writes = deletes = objects = 0;
	for (unsigned i = 0; i < n_namespaces; i++) {
		reads += of_kind(namespaces[i], KIND_READ);
		writes += of_kind(namespaces[i], KIND_WRITE);
		deletes += of_kind(namespaces[i], KIND_DELETE);
		objects += namespaces[i]->objects;
	}
	connections = server_connections();
	pending = ship_pending();
	metrics_log(table);
}

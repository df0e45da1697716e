/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"
#include "local.h"
#include "opt.h"
#include "server.h"
#include "ship.h"
#include "sig.h"
#include "sindex.h"
#include "store.h"
#include "udf.h"

#include <stdlib.h>

/* One Aerospike-protocol node for development, demos and tests. */

#define NAMESPACES_MAX 32

struct settings settings = { .host = "127.0.0.1", .port = 3000, .connections = 15000, .ship_connections = 8, .ship_probe = 5000 };

enum { OPT_NAMESPACE = 'n', OPT_PORT = 'p', OPT_LISTEN = 'l', OPT_DATA = 'd', OPT_SHIP = 's', OPT_CONNECTIONS = OPT_LONG, OPT_DEFAULT_TTL,
	OPT_SHIP_CONNECTIONS, OPT_SHIP_PROBE, OPT_COMPRESSION };

static const struct opt table[] = {
	{ OPT_NAMESPACE, "namespace", "NAME", NULL, "a namespace; may be given several times [test]" },
	{ OPT_LISTEN, "listen", "ADDRESS", NULL, "address to listen on [127.0.0.1]" },
	{ OPT_PORT, "port", "PORT", NULL, "port to listen on, 0 for any free one [3000]" },
	{ OPT_DATA, "data", "DIR", NULL, "keep all records in this directory [memory only]" },
	{ OPT_SHIP, "ship", "URL", NULL, "post every change to this http or https URL, as change notification of servers 4.x does" },
	{ OPT_SHIP_CONNECTIONS, "ship-connections", "N", NULL, "posts under way at most, 1 to 32 [8]" },
	{ OPT_SHIP_PROBE, "ship-probe", "TIME", NULL, "between looks whether the other side of --ship is well [5s]" },
	{ OPT_CONNECTIONS, "connections", "N", NULL, "connections at most [15000]" },
	{ OPT_COMPRESSION, "compression", NULL, NULL, "take compressed requests, and compress answers when asked to [refuse]" },
	{ OPT_DEFAULT_TTL, "default-ttl", "TIME", NULL, "time to live of records that name none [0, never expire]" },
	{ 0 }
};

static const char *names[NAMESPACES_MAX];
static unsigned n_names;

static void set(void *ctx, int key, const char *value)
{
	(void)ctx;
	switch (key) {
	case OPT_NAMESPACE:
		if (n_names == NAMESPACES_MAX)
			opt_bad(value, "too many namespaces");
		names[n_names++] = value;
		break;
	case OPT_LISTEN: settings.host = value; break;
	case OPT_PORT: settings.port = (uint16_t)opt_count(value, 0, 65535); break;
	case OPT_SHIP: settings.ship = value; break;
	case OPT_SHIP_CONNECTIONS: settings.ship_connections = (unsigned)opt_count(value, 1, 32); break;
	case OPT_SHIP_PROBE: settings.ship_probe = opt_ms(value, 10, 3600000); break;
	case OPT_DATA: settings.data = value; break;
	case OPT_CONNECTIONS: settings.connections = (unsigned)opt_count(value, 1, 100000); break;
	case OPT_COMPRESSION: server_compression = true; break;
	case OPT_DEFAULT_TTL: settings.default_ttl = (uint32_t)(opt_ms(value, 0, 315360000000) / 1000); break;
	}
}

int main(int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[options]",
		.what = "One Aerospike-protocol node for development, demos and tests. Prints its address when it is ready.",
		.table = table, .set = set,
	};
	int code;

	err_program(argv[0]);
	if (opt_parse(&opts, argc, argv, NULL) < argc)
		die(EX_USAGE, "takes no operands");
	if (!n_names)
		names[n_names++] = "test";
	sig_init();
	store_open(settings.data, names, n_names);
	for (unsigned i = 0; i < n_namespaces; i++)
		namespaces[i]->default_ttl = settings.default_ttl;
	sindex_open();
	udf_open();
	if (settings.ship)
		ship_open(settings.ship, settings.ship_connections, settings.ship_probe);
	code = server_run(settings.host, settings.port, settings.connections);
	ship_close();
	sindex_close();
	store_close();
	return code;
}

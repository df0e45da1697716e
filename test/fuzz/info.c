/* SPDX-License-Identifier: Apache-2.0 */
#include "client_login.h"
#include "client_map.h"
#include "client_peers.h"
#include "fuzz.h"
#include "info.h"

/* Texts and login units of a node, whatever it may send. Spans must stay inside; the map must hold what was put into it. */
static void check_inside(struct span whole, struct span part)
{
	MUST(!part.p || part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void check_peers(struct span body)
{
	struct span host;
	struct peers ps;
	struct peer p;
	uint16_t port;

	if (!client_peers_open(&ps, body))
		return;
	while (client_peers_next(&ps, &p) > 0) {
		check_inside(body, p.id);
		check_inside(body, p.tls_name);
		MUST(p.id.n >= 1 && p.id.n <= 16);
		while (client_peers_next_host(&p.hosts, ps.port, &host, &port) > 0) {
			check_inside(body, host);
			MUST(host.n > 0 && port > 0);
		}
	}
}

static void check_map(struct span body)
{
	struct map m = { 0 };

	client_map_update(&m, 3, body);
	client_map_update(&m, 5, body);
	for (unsigned i = 0; i < m.n; i++) {
		MUST(strlen(m.ns[i]->name) >= 1 && strlen(m.ns[i]->name) <= 31);
		for (unsigned p = 0; p < MAP_PARTITIONS; p++)
			MUST(m.ns[i]->node[p][0] == MAP_NONE || m.ns[i]->node[p][0] == 5);
	}
	client_map_remove(&m, 5);
	MUST(!client_map_has(&m, 5));
	client_map_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size }, rest = body, name, value, text = { 0 };
	struct login_reply login;
	int64_t n;

	while (info_next(&rest, &name, &value)) {
		struct span pairs = value, key, v;

		check_inside(body, name);
		check_inside(body, value);
		MUST(info_error(value, &text) >= 0);
		check_inside(body, text);
		while (info_pair(&pairs, ';', &key, &v))
			check_inside(value, key);
		info_number(value, &n);
		info_build(value);
		check_peers(value);
		if (size > 600)
			check_map(value);
	}
	MUST(info_body_error(body, &text) >= 0);
	check_inside(body, text);
	client_peers_service_has(body, "127.0.0.1", 3000);
	if (client_login_parse(body, &login))
		check_inside(body, login.token);
	return 0;
}

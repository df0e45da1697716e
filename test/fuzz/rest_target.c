/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "iso_date.h"
#include "json.h"
#include "server.h"

/* Request targets and headers, one a line: target, Accept, Content-Type, date. Decoded segments are UTF-8 without a slash or a zero byte; a row that is found has
 * all its segments; lists have what they say. */

static struct span line(struct span *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct span s = { rest->p, end ? (size_t)(end - rest->p) : rest->n };

	rest->p += s.n + (end != NULL);
	rest->n -= s.n + (end != NULL);
	return s;
}

static void check_segment(struct span s)
{
	if (!s.p)
		return;
	MUST(s.n > 0 && utf8_valid(s));
	MUST(!memchr(s.p, '/', s.n) && !memchr(s.p, '\0', s.n));
}

static void target(struct span text)
{
	static const struct route *r;
	struct span segments[SEGMENTS_MAX], query;
	struct request request = { .arena = { .max = 1 << 20 } };
	const char *allow;
	unsigned n;

	if (path_split(text, "", segments, &n, &query))
		return;
	MUST(n >= 1 && n <= SEGMENTS_MAX);
	r = route_find(METHOD_GET, segments, n, &allow);
	if (r) {
		request.route = r;
		if (route_segments(&request, segments)) {
			check_segment(request.ns);
			check_segment(request.set);
			check_segment(request.key);
			check_segment(request.name);
		}
	}
	for (unsigned groups = 1; groups < 2048; groups = groups * 2 + 1) {
		params_default(&request.p, groups);
		if (!params_parse(&request.p, &request.arena, groups, query))
			for (unsigned i = 0; i < request.p.bins.n; i++)
				MUST(request.p.bins.item[i].p);
	}
	arena_free(&request.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	char *exact = malloc(size ? size : 1);
	struct span rest = { exact, size }, type;
	int64_t ns;
	int media;

	if (!ready)
		routes_init();
	ready = true;
	if (size)
		memcpy(exact, data, size);
	target(line(&rest));
	media = media_accept(line(&rest));
	MUST(media >= -1 && media <= MEDIA_MSGPACK);
	type = line(&rest);
	MUST(media_type(type) <= MEDIA_MSGPACK);
	iso_date(line(&rest), &ns);
	free(exact);
	return 0;
}

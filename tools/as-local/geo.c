/* SPDX-License-Identifier: Apache-2.0 */
#include "geo.h"
#include "bytes.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>

#define POINTS_MAX 65536
#define EARTH_METERS 6371000.0

enum shape { POINT, POLYGON, CIRCLE };

/* All rings of all polygons, one behind the other: a point is inside when a ray from it crosses an odd number of their sides. */
struct geo {
	enum shape shape;
	double radius;			/* meters */
	unsigned n, cap, n_rings;
	struct { double x, y; unsigned ring; } *at;
};

static bool add(struct geo *g, double x, double y)
{
	if (g->n == g->cap) {
		unsigned cap = g->cap ? 2 * g->cap : 16;
		void *bigger = cap > POINTS_MAX ? NULL : realloc(g->at, cap * sizeof(*g->at));

		if (!bigger)
			return false;
		g->at = bigger;
		g->cap = cap;
	}
	g->at[g->n].x = x;
	g->at[g->n].y = y;
	g->at[g->n++].ring = g->n_rings;
	return true;
}

static bool number(struct json *j, double *out)
{
	struct span raw;

	return json_element(j) && json_value(j, &raw) == JSON_NUMBER && json_double(raw, out);
}

static bool position(struct json *j, struct geo *g)
{
	double x, y;

	if (!json_array(j) || !number(j, &x) || !number(j, &y) || !(fabs(x) <= 180) || !(fabs(y) <= 90))
		return false;
	while (json_element(j))
		json_value(j, NULL);
	return add(g, x, y);
}

static bool polygon(struct json *j, struct geo *g)
{
	if (!json_array(j))
		return false;
	while (json_element(j)) {
		if (!json_array(j))
			return false;
		while (json_element(j))
			if (!position(j, g))
				return false;
		g->n_rings++;
	}
	return g->n_rings > 0;
}

static bool multi_polygon(struct json *j, struct geo *g)
{
	if (!json_array(j))
		return false;
	while (json_element(j))
		if (!polygon(j, g))
			return false;
	return true;
}

/* [[longitude, latitude], radius] */
static bool circle(struct json *j, struct geo *g)
{
	return json_array(j) && json_element(j) && position(j, g) && number(j, &g->radius) && !json_element(j) && g->radius >= 0;
}

static bool coordinates(struct span type, struct span text, struct geo *g)
{
	struct json j;
	bool ok;

	json_open(&j, text);
	if (span_is(type, "\"Point\"")) {
		g->shape = POINT;
		ok = position(&j, g);
	} else if (span_is(type, "\"Polygon\"")) {
		g->shape = POLYGON;
		ok = polygon(&j, g);
	} else if (span_is(type, "\"MultiPolygon\"")) {
		g->shape = POLYGON;
		ok = multi_polygon(&j, g);
	} else {
		g->shape = CIRCLE;
		ok = span_is(type, "\"AeroCircle\"") && circle(&j, g);
	}
	return ok && json_done(&j);
}

struct members {
	struct span type, where, geometry;
};

static bool members(struct span text, struct members *out)
{
	struct json_member m;
	struct json j;

	*out = (struct members){ 0 };
	json_open(&j, text);
	for (json_object(&j); json_member(&j, &m);)
		json_value(&j, json_key_is(&m, "type") ? &out->type : json_key_is(&m, "coordinates") ? &out->where :
			json_key_is(&m, "geometry") ? &out->geometry : NULL);
	return json_done(&j);
}

struct geo *geo_parse(struct span text)
{
	struct geo *g = calloc(1, sizeof(*g));
	struct members m;
	bool good = g && members(text, &m);

	/* A feature is where its geometry is. */
	if (good && span_is(m.type, "\"Feature\""))
		good = m.geometry.p && members(m.geometry, &m);
	if (good && m.where.p && coordinates(m.type, m.where, g))
		return g;
	geo_free(g);
	return NULL;
}

void geo_free(struct geo *g)
{
	if (!g)
		return;
	free(g->at);
	free(g);
}

bool geo_is_point(const struct geo *g, uint64_t *cell)
{
	if (g->shape != POINT)
		return false;
	*cell = geo_cell(g->at[0].x, g->at[0].y);
	return true;
}

static double radians(double degrees)
{
	return degrees * M_PI / 180;
}

static double distance(double x1, double y1, double x2, double y2)
{
	double a = sin(radians(y2 - y1) / 2), b = sin(radians(x2 - x1) / 2);

	return 2 * EARTH_METERS * asin(fmin(1, sqrt(a * a + cos(radians(y1)) * cos(radians(y2)) * b * b)));
}

static bool inside(const struct geo *g, double x, double y)
{
	bool in = false;

	for (unsigned i = 1; i < g->n; i++) {
		double x1 = g->at[i - 1].x, y1 = g->at[i - 1].y, x2 = g->at[i].x, y2 = g->at[i].y;

		if (g->at[i].ring == g->at[i - 1].ring && (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
			in = !in;
	}
	return in;
}

bool geo_within(const struct geo *a, const struct geo *b)
{
	const struct geo *point = a->shape == POINT ? a : b, *region = a->shape == POINT ? b : a;

	if (point->shape != POINT)
		return false;
	switch (region->shape) {
	case POINT: return false;	/* even of the same point: a point is no region */
	case CIRCLE: return distance(point->at[0].x, point->at[0].y, region->at[0].x, region->at[0].y) <= region->radius;
	default: return inside(region, point->at[0].x, point->at[0].y);
	}
}

/* The shape of a particle: flags, number of cells, cells, text. */
static struct geo *particle_shape(struct span particle)
{
	size_t head = particle.n < 3 ? particle.n : 3 + 8 * (size_t)get_be16(particle.p + 1);

	return head < particle.n ? geo_parse((struct span){ particle.p + head, particle.n - head }) : NULL;
}

uint64_t geo_particle_cell(struct span particle)
{
	struct geo *shape = particle_shape(particle);
	uint64_t cell = 0;

	if (shape)
		geo_is_point(shape, &cell);
	geo_free(shape);
	return cell;
}

bool geo_matches(const struct geo *g, struct span particle)
{
	struct geo *other = particle_shape(particle);
	bool in = other && geo_within(g, other);

	geo_free(other);
	return in;
}

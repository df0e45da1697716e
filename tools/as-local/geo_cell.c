/* SPDX-License-Identifier: Apache-2.0 */
#include "geo.h"

#include <math.h>

/* S2: the sphere is projected on the faces of a cube, each face is a square cut in four again and again, and a Hilbert curve numbers
 * the squares, so that what is near on the earth is mostly near in number. */

#define LEVELS 30

enum { SWAP = 1, INVERT = 2 };

/* Where the curve passes a quarter (x bit, y bit), in each of the four ways in which it may lie, and how it lies inside of that. */
static const uint8_t passes[4][4] = { { 0, 1, 3, 2 }, { 0, 3, 1, 2 }, { 2, 3, 1, 0 }, { 2, 1, 3, 0 } };
static const uint8_t turns[4] = { SWAP, 0, 0, INVERT | SWAP };

static unsigned face_of(double x, double y, double z, double *u, double *v)
{
	double ax = fabs(x), ay = fabs(y), az = fabs(z);

	if (ax > ay && ax > az) {
		*u = x > 0 ? y / x : z / x;
		*v = x > 0 ? z / x : y / x;
		return x > 0 ? 0 : 3;
	}
	if (ay > az) {
		*u = y > 0 ? -x / y : z / y;
		*v = y > 0 ? z / y : -x / y;
		return y > 0 ? 1 : 4;
	}
	*u = z > 0 ? -x / z : -y / z;
	*v = z > 0 ? -y / z : -x / z;
	return z > 0 ? 2 : 5;
}

/* The place on a face, 0 to 2^30 - 1, spread so that all cells are about equally large on the sphere. */
static uint32_t spread(double u)
{
	double s = u >= 0 ? 0.5 * sqrt(1 + 3 * u) : 1 - 0.5 * sqrt(1 - 3 * u);
	double at = floor(s * (1u << LEVELS));

	return at < 0 ? 0 : at >= 1u << LEVELS ? (1u << LEVELS) - 1 : (uint32_t)at;
}

uint64_t geo_cell(double longitude, double latitude)
{
	double lng = longitude * M_PI / 180, lat = latitude * M_PI / 180, u, v;
	unsigned face = face_of(cos(lng) * cos(lat), sin(lng) * cos(lat), sin(lat), &u, &v), lies = face & SWAP;
	uint32_t x = spread(u), y = spread(v);
	uint64_t at = 0;

	for (int level = LEVELS - 1; level >= 0; level--) {
		unsigned pass = passes[lies][(x >> level & 1) << 1 | (y >> level & 1)];

		at = at << 2 | pass;
		lies ^= turns[pass];
	}
	return (uint64_t)face << 61 | at << 1 | 1;
}

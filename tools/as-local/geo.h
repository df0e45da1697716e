/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GEO_H
#define GEO_H

#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/* Shapes of GeoJSON, well enough for development: points, polygons with holes, multi-polygons, circles (AeroCircle). A point is in a
 * polygon by its longitudes and latitudes as plane coordinates (no polygon over a pole or the date line), in a circle by the distance
 * on a sphere of 6371 km. Of the real server's S2 cells only those of points are built. */
struct geo;

/* The text; NULL when it is none of these shapes. geo_free takes NULL too. */
struct geo *geo_parse(struct span text);
void geo_free(struct geo *g);
bool geo_is_point(const struct geo *g, uint64_t *cell);
/* By which cell a particle stands in an index: a point's own, 0 for regions. */
uint64_t geo_particle_cell(struct span particle);
/* The S2 leaf cell of a point. geo_cell.c */
uint64_t geo_cell(double longitude, double latitude);
/* A point and a region, either way round: is the point inside? `particle` is a GeoJSON particle (flags, cells, text). */
bool geo_matches(const struct geo *g, struct span particle);
bool geo_within(const struct geo *a, const struct geo *b);

#endif

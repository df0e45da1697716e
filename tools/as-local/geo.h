/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GEO_H
#define GEO_H

#include "span.h"

#include <stdbool.h>

/* Shapes of GeoJSON, well enough for development: points, polygons with holes, multi-polygons, circles (AeroCircle). A point is in a
 * polygon by its longitudes and latitudes as plane coordinates (no polygon over a pole or the date line), in a circle by the distance
 * on a sphere of 6371 km. The real server's S2 cells are not built. */
struct geo;

/* The text; NULL when it is none of these shapes. geo_free takes NULL too. */
struct geo *geo_parse(struct span text);
void geo_free(struct geo *g);
/* A point and a region, either way round: is the point inside? `particle` is a GeoJSON particle (flags, cells, text). */
bool geo_matches(const struct geo *g, struct span particle);
bool geo_within(const struct geo *a, const struct geo *b);

#endif

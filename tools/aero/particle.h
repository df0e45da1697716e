/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARTICLE_H
#define PARTICLE_H

/* Particle types: what the value of a bin is, on the wire. Source: wire-protocol notes; the numbers are the server's. */
enum particle {
	PARTICLE_NULL = 0,
	PARTICLE_INTEGER = 1,	/* signed 64 bits, big endian */
	PARTICLE_FLOAT = 2,	/* IEEE 754 double, big endian */
	PARTICLE_STRING = 3,	/* UTF-8 */
	PARTICLE_BLOB = 4,
	PARTICLE_JAVA = 7,	/* 7..12: blobs of a language's own serialisation */
	PARTICLE_CSHARP = 8,
	PARTICLE_PYTHON = 9,
	PARTICLE_RUBY = 10,
	PARTICLE_PHP = 11,
	PARTICLE_ERLANG = 12,
	PARTICLE_BOOL = 17,	/* one byte, 0 or 1 */
	PARTICLE_HLL = 18,
	PARTICLE_MAP = 19,	/* MessagePack, Aerospike's dialect */
	PARTICLE_LIST = 20,
	PARTICLE_GEOJSON = 23,	/* u8 flags, u16 ncells, cells, JSON text */
};

/* Order flags of lists and maps, as in the dialect's leading ext element and in the connectors' MessagePack format. */
enum { LIST_ORDERED = 1, MAP_KEY_ORDERED = 1, MAP_KEY_VALUE_ORDERED = 3 };

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "bin.h"
#include "cdt.h"
#include "msgpack_read.h"

/* Do the bytes hold what the particle type says? */
static bool is_container(const struct value *v)
{
	struct mp_item it;
	struct mp m;

	mp_open(&m, v->data);
	return mp_next(&m, &it) && it.kind == (v->particle == PARTICLE_LIST ? MP_ARRAY : MP_MAP);
}

int value_store(struct value *v, struct arena *mem)
{
	char *p;

	switch (v->particle) {
	case PARTICLE_INTEGER:
		if (v->data.n == 8)
			return RESULT_OK;
		if (v->data.n != 1 && v->data.n != 2 && v->data.n != 4)
			return RESULT_PARAMETER;
		p = arena_take(mem, 8);
		if (!p)
			return RESULT_SERVER_ERROR;
		memset(p, 0, 8);	/* zero-extended, as the real server does */
		memcpy(p + 8 - v->data.n, v->data.p, v->data.n);
		v->data = (struct span){ p, 8 };
		return RESULT_OK;
	case PARTICLE_FLOAT:
		return v->data.n == 8 ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_BOOL:
		return v->data.n == 1 && (unsigned char)v->data.p[0] <= 1 ? RESULT_OK : RESULT_PARAMETER;
	case PARTICLE_STRING:
	case PARTICLE_BLOB:
	case PARTICLE_JAVA:
	case PARTICLE_CSHARP:
	case PARTICLE_PYTHON:
	case PARTICLE_RUBY:
	case PARTICLE_PHP:
	case PARTICLE_ERLANG:
		return RESULT_OK;
	case PARTICLE_LIST:
	case PARTICLE_MAP:
		if (!cdt_normalise(v->data, true, mem, &v->data))
			return RESULT_SERVER_ERROR;
		return is_container(v) ? RESULT_OK : RESULT_SERVER_ERROR;
	default:
		return RESULT_PARAMETER;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "udf.h"
#include "disk.h"
#include "err.h"

#include <gcrypt.h>
#include <stdlib.h>

#define MODULES_MAX 256

static struct module {
	char *name, *base64;
} module[MODULES_MAX];
static unsigned n_modules;

const char udf_failure_text[] = "UDF: Execution Error 1 (as-local runs no Lua)";

static struct module *find(struct span name)
{
	for (unsigned i = 0; i < n_modules; i++)
		if (span_is(name, module[i].name))
			return &module[i];
	return NULL;
}

static char *text_of(struct span s)
{
	char *p = xmalloc(s.n + 1);

	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

static bool keep(struct span name, struct span base64)
{
	struct module *m = find(name);

	if (!m) {
		if (n_modules == MODULES_MAX)
			return false;
		m = &module[n_modules++];
		m->name = text_of(name);
	} else {
		free(m->base64);
	}
	m->base64 = text_of(base64);
	return true;
}

bool udf_put(struct span name, struct span base64)
{
	if (!keep(name, base64))
		return false;
	disk_note("udf", name, base64);
	return true;
}

void udf_remove(struct span name)
{
	struct module *m = find(name);

	if (!m)
		return;
	disk_note("udf", name, (struct span){ NULL, 0 });
	free(m->name);
	free(m->base64);
	memmove(m, m + 1, (size_t)(module + --n_modules - m) * sizeof(*m));
}

struct span udf_get(struct span name)
{
	const struct module *m = find(name);

	return span_of(m ? m->base64 : NULL);
}

void udf_list(struct buf *out)
{
	static struct buf text;
	unsigned char hash[20];

	for (unsigned i = 0; i < n_modules; i++) {
		/* What the real server hashes: the module as it keeps it. */
		buf_reset(&text);
		buf_printf(&text, "{\"content64\": \"%s\", \"type\": \"LUA\", \"name\": \"%s\"}", module[i].base64, module[i].name);
		gcry_md_hash_buffer(GCRY_MD_SHA1, hash, text.p ? text.p : "", text.n);
		buf_printf(out, "filename=%s,hash=", module[i].name);
		for (unsigned k = 0; k < sizeof(hash); k++)
			buf_printf(out, "%02x", hash[k]);
		buf_lit(out, ",type=LUA;");
	}
}

static void recall(struct span key, struct span value)
{
	keep(key, value);
}

void udf_open(void)
{
	disk_notes("udf", recall);
}

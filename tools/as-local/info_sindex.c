/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"
#include "base64.h"
#include "sindex.h"

#include <strings.h>

/* Secondary indexes by info command (wire reference, section 2.10). */

static void put_base64(const char *name, struct span s, struct buf *out)
{
	buf_printf(out, ":%s=", name);
	if (s.p)
		base64_encode(out, s.p, s.n);
	else
		buf_lit(out, "null");
}

static void rows(const struct namespace *ns, struct buf *out, bool *first)
{
	for (const struct sindex *x = ns->sindex; x; x = x->next, *first = false) {
		buf_printf(out, "%sns=%s:indexname=%s:set=%s:bin=%s:type=%s:indextype=%s", *first ? "" : ";", ns->name, x->name,
			*x->set ? x->set : "null", *x->bin ? x->bin : "null", sindex_type_name(x->particle), sindex_kind_name(x->kind));
		put_base64("context", x->context, out);
		put_base64("exp", x->expression, out);
		buf_lit(out, ":state=RW");
	}
}

static void all_rows(struct buf *out)
{
	bool first = true;

	for (unsigned k = 0; k < n_namespaces; k++)
		rows(namespaces[k], out, &first);
}

static void stat(struct info *i, struct namespace *ns, struct span name)
{
	struct sindex *x = sindex_find(ns, name);

	if (!x) {
		info_error(i, RESULT_INDEX_NOT_FOUND, "no index");
		return;
	}
	/* load_pct must not come last: clients read it up to the next semicolon. */
	buf_printf(i->out, "entries=%llu;used_bytes=%llu;entries_per_bval=%u;entries_per_rec=%u;load_pct=100;load_time=0;stat_gc_recs=0",
		(unsigned long long)x->entries, (unsigned long long)(x->entries * sizeof(struct sindex_entry)), x->entries > 0, x->entries > 0);
}

void info_sindex(struct info *i)
{
	struct span path = i->path, name = info_piece(&path);
	struct namespace *ns = store_namespace(name);
	bool first = true;

	if (!name.n)
		all_rows(i->out);
	else if (!ns)
		buf_lit(i->out, "ns_type=unknown");
	else if (path.n)
		stat(i, ns, path);
	else
		rows(ns, i->out, &first);
}

void info_sindex_list(struct info *i)
{
	struct namespace *ns;
	bool first = true;

	if (!info_param(i, "namespace").p && !info_param(i, "ns").p)
		all_rows(i->out);
	else if ((ns = info_need_namespace(i)))
		rows(ns, i->out, &first);
}

void info_sindex_stat(struct info *i)
{
	struct namespace *ns;
	struct span name;

	if (info_need(i, "indexname", 63, &name) && (ns = info_need_namespace(i)))
		stat(i, ns, name);
}

void info_sindex_exists(struct info *i)
{
	struct namespace *ns;
	struct span name;

	if (info_need(i, "indexname", 63, &name) && (ns = info_need_namespace(i)))
		buf_span(i->out, sindex_find(ns, name) ? SPAN("true") : SPAN("false"));
}

void info_sindex_delete(struct info *i)
{
	struct namespace *ns;
	struct span name, ns_name;

	if (!info_need_namespace_name(i, &ns_name) || !info_need(i, "indexname", 63, &name))
		return;
	ns = store_namespace(ns_name);
	if (ns)
		sindex_delete(ns, name);
	buf_lit(i->out, "ok");
}

/* ---- sindex-create ---- */

static bool word(struct span text, const char *w)
{
	return text.n == strlen(w) && strncasecmp(text.p, w, text.n) == 0;
}

static bool take_type(struct info *i, struct span type, struct sindex *x)
{
	static const uint8_t particles[] = { PARTICLE_INTEGER, PARTICLE_STRING, PARTICLE_BLOB, PARTICLE_GEOJSON };

	for (unsigned k = 0; k < sizeof(particles); k++)
		if (word(type, sindex_type_name(particles[k]))) {
			x->particle = particles[k];
			return true;
		}
	info_error(i, RESULT_PARAMETER, "bad 'type' - must be one of 'numeric', 'string', 'blob', 'geo2dsphere'");
	return false;
}

static bool take_kind(struct info *i, struct sindex *x)
{
	struct span kind;

	if (!info_may(i, "indextype", 31, &kind))
		return false;
	if (!kind.p)
		return true;
	for (unsigned k = SINDEX_DEFAULT; k <= SINDEX_MAPVALUES; k++)
		if (word(kind, sindex_kind_name((enum sindex_kind)k))) {
			x->kind = (enum sindex_kind)k;
			return true;
		}
	info_error(i, RESULT_PARAMETER, "bad 'indextype' - must be one of 'default', 'list', 'mapkeys', 'mapvalues'");
	return false;
}

static bool take_bin(struct info *i, struct span bin, struct sindex *x)
{
	if (bin.n >= sizeof(x->bin)) {
		info_error(i, RESULT_PARAMETER, "'bin' value too long");
		return false;
	}
	memcpy(x->bin, bin.p, bin.n);
	return true;
}

static bool take_base64(struct info *i, const char *key, struct buf *bytes, struct span *to)
{
	struct span text;

	if (!info_may(i, key, 16384, &text))
		return false;
	buf_reset(bytes);
	if (text.p && (!base64_decode(bytes, text) || bytes->n == 0)) {
		buf_printf(i->out, "ERROR:%d:'%s' invalid base64", RESULT_PARAMETER, key);
		return false;
	}
	*to = text.p ? buf_as_span(bytes) : (struct span){ NULL, 0 };
	return true;
}

/* bin= or exp=, and type=; or the older indexdata=BIN,TYPE. */
static bool take_definition(struct info *i, struct sindex *x)
{
	struct span data, type, bin;
	const char *comma;

	if (!info_may(i, "indexdata", 63, &data) || !info_may(i, "type", 31, &type) || !info_may(i, "bin", 15, &bin))
		return false;
	if (!data.p == !type.p) {
		info_error(i, RESULT_PARAMETER, data.p ? "both 'indexdata' and 'type' are present" : "both 'indexdata' and 'type' are missing");
		return false;
	}
	if (type.p) {
		if (!bin.p == !x->expression.p) {
			info_error(i, RESULT_PARAMETER, bin.p ? "both 'bin' and 'exp' are present" : "both 'bin' and 'exp' are missing");
			return false;
		}
		return (!bin.p || take_bin(i, bin, x)) && take_type(i, type, x);
	}
	comma = memchr(data.p, ',', data.n);
	if (!comma) {
		info_error(i, RESULT_PARAMETER, "bad 'indexdata'");
		return false;
	}
	bin = (struct span){ data.p, (size_t)(comma - data.p) };
	return take_bin(i, bin, x) && take_type(i, (struct span){ comma + 1, data.n - bin.n - 1 }, x);
}

static bool take_all(struct info *i, struct sindex *x)
{
	static struct buf context, expression;
	struct span name, set;

	if (!info_need(i, "indexname", sizeof(x->name) - 1, &name) || !info_may(i, "set", sizeof(x->set) - 1, &set) ||
	    !take_base64(i, "context", &context, &x->context) || !take_base64(i, "exp", &expression, &x->expression) ||
	    !take_definition(i, x) || !take_kind(i, x))
		return false;
	memcpy(x->name, name.p, name.n);
	if (set.n)
		memcpy(x->set, set.p, set.n);
	if (x->expression.p && x->context.p) {
		info_error(i, RESULT_PARAMETER, "'context' not allowed with 'exp'");
		return false;
	}
	return true;
}

void info_sindex_create(struct info *i)
{
	static struct sindex x;		/* too big for the stack */
	struct namespace *ns;
	struct span name;

	memset(&x, 0, sizeof(x));
	if (!info_need_namespace_name(i, &name) || !take_all(i, &x))
		return;
	ns = store_namespace(name);	/* the real server does not look either whether there is one */
	switch (ns ? sindex_create(ns, &x) : RESULT_OK) {
	case RESULT_OK: buf_lit(i->out, "ok"); break;
	case RESULT_INDEX_EXISTS: info_error(i, RESULT_INDEX_EXISTS, "'indexname' already exists with different definition"); break;
	default: info_error(i, RESULT_INDEX_TOO_MANY, "maximum number of indexes reached");
	}
}

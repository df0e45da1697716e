/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"

#include <stdlib.h>

/* get-config and set-config. A value that set-config changed is kept as text and printed in place of the default; the few that mean
 * something here are put to work too. As with the real server, changes last until the program ends. */

#define CHANGES_MAX 512
#define VALUE_MAX 64

struct place {
	const struct namespace *ns;	/* NULL: the service's or network's */
	unsigned set;			/* 0: the namespace's own */
};

static struct change {
	struct place where;
	char name[VALUE_MAX], value[VALUE_MAX];
} changes[CHANGES_MAX];
static unsigned n_changes;

static struct change *find_change(const struct place *where, struct span name)
{
	for (unsigned i = 0; i < n_changes; i++)
		if (changes[i].where.ns == where->ns && changes[i].where.set == where->set && span_is(name, changes[i].name))
			return &changes[i];
	return NULL;
}

/* ---- what takes effect ---- */

/* Seconds, or with a unit: 90, 5m, 2h, 30d. */
static bool seconds(struct span text, uint64_t *n)
{
	static const char units[] = "smhdSMHD";
	static const unsigned size[] = { 1, 60, 3600, 86400 };
	const char *unit = text.n ? memchr(units, text.p[text.n - 1], sizeof(units) - 1) : NULL;

	if (unit)
		text.n--;
	if (!info_number(text, n) || *n > UINT32_MAX)
		return false;
	*n *= unit ? size[(unit - units) % 4] : 1;
	return *n <= 315360000;
}

static bool default_ttl(struct namespace *ns, unsigned set, struct span value)
{
	uint64_t n;

	if (!seconds(value, &n))
		return false;
	*(set ? &ns->set[set].default_ttl : &ns->default_ttl) = (uint32_t)n;
	return true;
}

static bool nsup_period(struct namespace *ns, unsigned set, struct span value)
{
	uint64_t n;

	(void)set;
	if (!seconds(value, &n))
		return false;
	ns->nsup_period = (uint32_t)n;
	return true;
}

static bool allow_ttl(struct namespace *ns, unsigned set, struct span value)
{
	(void)set;
	if (!span_is(value, "true") && !span_is(value, "false"))
		return false;
	ns->allow_ttl_without_nsup = span_is(value, "true");
	return true;
}

static bool record_max(struct namespace *ns, unsigned set, struct span value)
{
	uint64_t n;

	(void)set;
	if (!info_number(value, &n) || n > (8 << 20))
		return false;
	ns->record_max = (uint32_t)n;
	return true;
}

static bool read_touch(struct namespace *ns, unsigned set, struct span value)
{
	uint64_t n;

	if (!info_number(value, &n) || n > 100)
		return false;
	*(set ? &ns->set[set].read_touch : &ns->read_touch) = (uint8_t)n;
	return true;
}

static const struct effect {
	const char *name;
	bool of_set;
	bool (*apply)(struct namespace *ns, unsigned set, struct span value);
} effects[] = {
	{ "default-ttl", true, default_ttl },
	{ "default-read-touch-ttl-pct", true, read_touch },
	{ "nsup-period", false, nsup_period },
	{ "allow-ttl-without-nsup", false, allow_ttl },
	{ "max-record-size", false, record_max },
};

/* ---- printing ---- */

static bool live(const void *of, struct span name, struct buf *out)
{
	const struct place *where = of;
	const struct change *c = find_change(where, name);

	if (c)
		buf_span(out, span_of(c->value));
	else if (!where->ns && span_is(name, "node-id"))
		buf_lit(out, NODE_ID);
	else if (where->ns && !where->set && span_is(name, "default-ttl"))
		buf_printf(out, "%u", where->ns->default_ttl);
	else
		return false;
	return true;
}

void config_print_namespace(const struct namespace *ns, struct buf *out)
{
	info_print(info_namespace_config, live, &(struct place){ ns, 0 }, ';', out);
}

void config_print_set(const struct namespace *ns, unsigned set, struct buf *out)
{
	info_print(info_set_config, live, &(struct place){ ns, set }, ':', out);
}

void info_get_config(struct info *i)
{
	struct span context = info_param(i, "context");
	struct place service = { NULL, 0 };
	struct namespace *ns;

	if (!context.p || span_is(context, "service")) {
		info_print(info_service_config, live, &service, ';', i->out);
	} else if (span_is(context, "network")) {
		info_print(info_network_config, live, &service, ';', i->out);
	} else if (span_is(context, "namespace")) {
		ns = info_need_namespace(i);
		if (ns)
			config_print_namespace(ns, i->out);
	} else if (!span_is(context, "security") && !span_is(context, "xdr")) {
		info_error(i, RESULT_PARAMETER, "invalid context");
	}
}

/* ---- changing ---- */

static bool known(const struct place *where, struct span context, struct span name)
{
	if (where->ns)
		return info_has(where->set ? info_set_config : info_namespace_config, name);
	return info_has(span_is(context, "network") ? info_network_config : info_service_config, name);
}

static bool change(const struct place *where, struct span name, struct span value)
{
	struct change *c = find_change(where, name);

	if (!value.p || name.n >= VALUE_MAX || value.n >= VALUE_MAX)
		return false;
	for (size_t k = 0; where->ns && k < sizeof(effects) / sizeof(*effects); k++)
		if (span_is(name, effects[k].name) && (effects[k].of_set || !where->set))
			if (!effects[k].apply((struct namespace *)(uintptr_t)where->ns, where->set, value))
				return false;
	if (!c && n_changes < CHANGES_MAX)
		c = &changes[n_changes++];
	if (!c)
		return false;
	*c = (struct change){ .where = *where };
	memcpy(c->name, name.p, name.n);
	memcpy(c->value, value.p, value.n);
	return true;
}

static bool selects(struct span key)
{
	return span_is(key, "context") || span_is(key, "namespace") || span_is(key, "ns") || span_is(key, "id") || span_is(key, "set");
}

static bool change_all(struct info *i, const struct place *where, struct span context)
{
	struct span rest = i->params, key, value;
	unsigned n = 0;

	while (info_next(&rest, &key, &value)) {
		if (key.n == 0 || selects(key))
			continue;
		if (!known(where, context, key) || !change(where, key, value))
			return false;
		n++;
	}
	return n > 0;
}

static bool find_place(struct info *i, struct place *where)
{
	struct span set;
	struct namespace *ns = info_need_namespace(i);
	int number;

	where->ns = ns;
	if (!ns || !info_may(i, "set", 63, &set))
		return false;
	number = store_set(ns, set, true);
	where->set = number < 0 ? 0 : (unsigned)number;
	return number >= 0;
}

void info_set_config_command(struct info *i)
{
	struct place where = { NULL, 0 };
	struct span context;

	if (!info_need(i, "context", 31, &context))
		return;
	if (span_is(context, "namespace")) {
		if (!find_place(i, &where))
			return;
	} else if (!span_is(context, "service") && !span_is(context, "network")) {
		info_error(i, RESULT_PARAMETER, "invalid context");
		return;
	}
	if (change_all(i, &where, context))
		buf_lit(i->out, "ok");
	else
		info_error(i, RESULT_PARAMETER, "invalid set-config parameter");
}

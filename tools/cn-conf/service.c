/* SPDX-License-Identifier: Apache-2.0 */
/* Where records come in, and where logs go. */
#include "outbound.h"

#include "shell.h"

#include <stdio.h>

void service_address(struct buf *b, struct span host, int64_t port)
{
	buf_printf(b, memchr(host.p, ':', host.n) && *host.p != '[' ? "[%.*s]:%lld" : "%.*s:%lld", SPAN_ARG(host), (long long)port);
}

static void put_address(struct buf *b, const char *option, struct span host, int64_t port)
{
	struct buf text = { 0 };

	service_address(&text, host, port);
	shell_option(b, option, buf_as_span(&text));
	buf_free(&text);
}

static bool add_ring(struct plan *p, struct span host, int64_t port, const struct conf_node *tls)
{
	const struct conf_node *service = conf_get(p->conf->root, "service"), *manage = conf_get(service, "manage");
	const char *key = conf_get(service, "max-concurrent-records") ? "max-concurrent-records" : "max-concurrent-requests";
	struct ring *r = &p->rings[p->n_rings];
	struct buf b = { 0 };

	if (p->port >= 0 && p->port != port)
		return true;
	if (p->n_rings == RINGS_MAX)
		return conf_fail(p->conf, service, "more than %d addresses", RINGS_MAX);
	*r = (struct ring){ .n = 0 };
	snprintf(r->port, sizeof(r->port), "%lld", (long long)port);
	snprintf(r->name, sizeof(r->name), "%lld", (long long)port);
	for (unsigned i = 0; i < p->n_rings; i++)
		if (strcmp(p->rings[i].name, r->name) == 0)
			snprintf(r->name, sizeof(r->name), "%lld.%u", (long long)port, p->n_rings);
	buf_lit(&b, "cn-listen");
	put_address(&b, "--listen", host, port);
	if (tls) {
		plan_path(p, &b, "--tls-cert", tls, "cert-file");
		plan_path(p, &b, "--tls-key", tls, "key-file");
		plan_path(p, &b, "--tls-ca", tls, "ca-file");
	}
	if (conf_get(service, key))
		shell_number(&b, "--window", plan_int(service, key, 32768), "");
	if (conf_get(manage, "port")) {
		if (p->n_rings == 0)
			put_address(&b, "--manage-port", plan_text(manage, "address", "0.0.0.0"), plan_int(manage, "port", 0));
		else if (p->n_rings == 1)
			plan_note(p, manage, "manage: port %s has it, the other ports have no metrics", p->rings[0].name);
	}
	if (p->kind == KEY_ESP)
		buf_lit(&b, " --metrics-prefix aerospike_esp_outbound");
	if (p->dead_letter)
		shell_option(&b, "--dead-letter", span_of(p->dead_letter));
	if (p->for_ring_sh)
		buf_lit(&b, " <\"$ACKS\"");
	else
		buf_printf(&b, " <\"$dir/acks.%s\"", r->name);
	plan_stage(r, &b);
	buf_free(&b);
	p->n_rings++;
	return true;
}

static bool add_hosts(struct plan *p, const struct conf_node *section, int64_t port, const struct conf_node *tls)
{
	const struct conf_node *hosts = conf_get(section, "address");

	if (!hosts)
		return add_ring(p, SPAN("0.0.0.0"), port, tls);
	for (const struct conf_node *h = plan_first(hosts); h; h = plan_next(hosts, h))
		if (!add_ring(p, h->text, port, tls))
			return false;
	return true;
}

/* A ring for each port and address of this section. */
static bool add_rings(struct plan *p, const struct conf_node *section, const struct conf_node *tls)
{
	const struct conf_node *ports = conf_get(section, "port");
	int64_t port = 8080;

	if (!ports)
		return add_hosts(p, section, port, tls);
	for (const struct conf_node *n = plan_first(ports); n; n = plan_next(ports, n))
		if (!conf_int(n, 0, 65535, &port) || !add_hosts(p, section, port, tls))
			return false;
	return true;
}

static bool check_protocol(struct plan *p, const struct conf_node *service)
{
	const struct conf_node *protocol = conf_get(service, "protocol");

	if (!protocol)
		plan_note(p, service, "service.protocol is not there, which means TCP, the protocol of servers from 5.0 on; it is not public, and "
			"cn-listen takes HTTP: from servers 4.4 to 4.9, and from the ESP connector");
	else if (span_is(protocol->text, "TCP"))
		return conf_fail(p->conf, protocol, "service.protocol TCP: the protocol of servers from 5.0 on is not public; cn-listen takes "
			"HTTP_1_1 and HTTP_2, from servers 4.4 to 4.9 and from the ESP connector");
	else if (!span_is(protocol->text, "HTTP_1_1") && !span_is(protocol->text, "HTTP_2"))
		return conf_fail(p->conf, protocol, "service.protocol is HTTP_1_1 or HTTP_2");
	return true;
}

bool service_rings(struct plan *p)
{
	const struct conf_node *service = conf_get(p->conf->root, "service"), *tls = conf_get(service, "tls");

	if (!service)
		plan_note(p, NULL, "no service: port 8080 of all addresses");
	else if (!check_protocol(p, service))
		return false;
	if (tls && conf_null(tls))
		tls = NULL;
	if (tls && !conf_get(tls, "cert-file"))
		return conf_fail(p->conf, tls, "service.tls needs cert-file");
	if (tls && !conf_get(tls, "port"))
		return conf_fail(p->conf, tls, "service.tls needs a port of its own");
	if ((!tls || conf_get(service, "port")) && !add_rings(p, service, NULL))
		return false;
	if (tls && !add_rings(p, tls, tls))
		return false;
	if (!p->n_rings)
		return conf_fail_line(p->conf, 0, "port %lld is not among the ports of service", (long long)p->port);
	if (p->for_ring_sh && p->n_rings > 1)
		return conf_fail(p->conf, service, "several ports are several rings, and ring.sh runs one: --port says which");
	return true;
}

static void export(struct plan *p, const char *name, struct span value)
{
	buf_printf(&p->head, "%sexport %s=", p->for_ring_sh ? "\t" : "", name);
	shell_word(&p->head, value);
	buf_byte(&p->head, '\n');
}

static bool put_levels(struct plan *p, const struct conf_node *levels)
{
	static const char *const words[] = { "error", "warn", "info", "debug", "trace" };

	for (const struct conf_node *m = levels ? levels->first : NULL; m; m = m->next) {
		size_t i = 0;

		if (!span_is(m->key, "root")) {
			plan_note(p, m, "logging.levels: %s is left out, there is one level for all", m->key.p);
			continue;
		}
		while (i < 5 && !(m->kind == CONF_SCALAR && span_is(m->text, words[i])))
			i++;
		if (i == 5)
			return conf_fail(p->conf, m, "a level is error, warn, info, debug or trace");
		export(p, "CN_LOG_LEVEL", span_of(words[i > 3 ? 3 : i]));
	}
	return true;
}

bool service_logging(struct plan *p)
{
	const struct conf_node *logging = conf_get(p->conf->root, "logging"), *file = conf_get(logging, "file");
	struct span format = plan_text(logging, "format", "simple");
	const char *indent = p->for_ring_sh ? "\t" : "";
	struct buf path = { 0 }, word = { 0 };

	if (!span_is(format, "simple") && !span_is(format, "json"))
		return conf_fail(p->conf, conf_get(logging, "format"), "logging.format is simple or json");
	if (span_is(format, "json"))
		export(p, "CN_LOG_FORMAT", SPAN("json"));
	if (!put_levels(p, conf_get(logging, "levels")))
		return false;
	if (!file)
		return true;
	if (plan_bool(logging, "enable-console-logging", false)) {
		plan_note(p, file, "logging.file is left out: enable-console-logging keeps the logs on standard error");
		return true;
	}
	plan_resolve(p, &path, file->text);
	shell_word(&word, buf_as_span(&path));
	buf_printf(&p->head, "%sif (: >>%.*s) 2>/dev/null; then exec 2>>%.*s; else echo \"can't write the log file\" >&2; fi\n", indent,
		SPAN_ARG(word), SPAN_ARG(word));
	buf_free(&path);
	buf_free(&word);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* headers of a destination: those that may hold a secret go into a file. */
#include "esp.h"

#include "shell.h"

#include <stdio.h>
#include <strings.h>

static const struct conf_node *headers_of(const struct conf_node *d)
{
	return conf_get(conf_get(d, "headers"), "additional-headers");
}

static bool name_is(const struct conf_node *m, const char *name)
{
	return m->key.n == strlen(name) && strncasecmp(m->key.p, name, m->key.n) == 0;
}

const struct conf_node *esp_header(const struct conf_node *d, const char *name)
{
	const struct conf_node *all = headers_of(d);

	for (const struct conf_node *m = all ? all->first : NULL; m; m = m->next)
		if (name_is(m, name))
			return m;
	return NULL;
}

/* Names of headers that hold no secret: others may be seen by nobody, and go into a file. */
static bool open_header(const struct conf_node *m)
{
	return name_is(m, "content-type") || name_is(m, "accept") || name_is(m, "user-agent") || name_is(m, "streamname");
}

static bool check_header(struct plan *p, const struct conf_node *m)
{
	static const char more[] = "!#$%&'*+-.^_`|~";

	for (const char *c = m->key.p; *c; c++)
		if (!((*c | 32) >= 'a' && (*c | 32) <= 'z') && !(*c >= '0' && *c <= '9') && !strchr(more, *c))
			return conf_fail_line(p->conf, m->key_line, "%s is not the name of a header", m->key.p);
	if (!m->key.n || m->kind != CONF_SCALAR)
		return conf_fail_line(p->conf, m->key_line, "additional-headers has names and texts");
	for (const char *c = m->text.p; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return conf_fail(p->conf, m, "%s: a control character or line end in a header", m->key.p);
	return true;
}

void esp_file(struct feed *f, struct buf *b, const char *option, const struct conf_node *d, const char *suffix, const struct buf *text)
{
	char file[256];

	snprintf(file, sizeof(file), "%s/%s%s%s.%s", f->plan->dir, f->port ? f->port->key.p : "", f->port ? "." : "",
		destination_name(f, d), suffix);
	shell_file(&f->plan->files, f->plan->for_ring_sh ? "\t" : "", file, buf_as_span(text));
	buf_printf(b, " %s \"%s\"", option, file);
}

void esp_doubled(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '{' || text.p[i] == '}')
			buf_byte(b, text.p[i]);
		buf_byte(b, text.p[i]);
	}
}

bool esp_headers(struct feed *f, struct buf *b, const struct conf_node *d, bool kinesis)
{
	const struct conf_node *all = headers_of(d);
	struct buf secret = { 0 }, one = { 0 };
	bool good = true;

	for (const struct conf_node *m = all ? all->first : NULL; m && good; m = m->next) {
		good = check_header(f->plan, m);
		if (!good || (kinesis && (name_is(m, "streamname") || name_is(m, "x-api-key")
				|| (name_is(m, "content-type") && span_is(m->text, "application/json")))))
			continue;
		if (kinesis || open_header(m)) {
			buf_reset(&one);
			buf_printf(&one, "%s: ", m->key.p);
			if (kinesis)
				buf_span(&one, m->text);
			else
				esp_doubled(&one, m->text);
			if (kinesis && !open_header(m))
				plan_note(f->plan, m, "%s stands in a command line, where others on the machine can see it", m->key.p);
			shell_option(b, "-H", buf_as_span(&one));
		} else {
			buf_printf(&secret, "%s: %s\n", m->key.p, m->text.p);
		}
	}
	if (good && secret.n)
		esp_file(f, b, "--header-file", d, "headers", &secret);
	buf_free(&secret);
	buf_free(&one);
	return good;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include "config.h"
#include "err.h"
#include "log.h"

struct jq_program *load_program(const struct options *o)
{
	struct buf why = { 0 };
	struct jq_program *jq;

	if (!o->source.text && !o->source.file)
		return NULL;
	jq = jq_program_load(&o->source, &why);
	if (jq) {
		buf_free(&why);
		return jq;
	}
	buf_byte(&why, '\0');
	const char *last = why.p;
	for (char *text = why.p, *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		warn("%s", text);
		last = end + 1;
	}
	die(EX_CONFIG, "%s", last);
}

static void program_again(const struct options *o, struct jq_program **jq)
{
	struct buf why = { 0 };
	struct jq_program *new = jq_program_load(&o->source, &why);

	buf_byte(&why, '\0');
	if (new) {
		jq_program_free(*jq);
		*jq = new;
		log_info("program read again", "file", o->source.file, NULL);
	} else {
		log_error("kept the old program: the new one does not compile", "file", o->source.file, "why", why.p, NULL);
	}
	buf_free(&why);
}

static void config_again(struct options *o)
{
	struct topics new = { 0 };
	struct conf c;

	if (config_read(&new, &c, o->config)) {
		topics_free(&o->topics);
		o->topics = new;
		log_info("configuration read again", "file", o->config, NULL);
	} else {
		topics_free(&new);
		log_error("kept the old configuration: the new one can't be followed", "file", o->config, "why", c.error, NULL);
	}
	conf_free(&c);
}

void load_again(struct options *o, struct jq_program **jq)
{
	if (o->source.file)
		program_again(o, jq);
	if (o->config)
		config_again(o);
}

void load_anew(const struct options *o, struct jq_program **jq)
{
	struct jq_program *broken = *jq;

	*jq = load_program(o);
	jq_program_free(broken);
}

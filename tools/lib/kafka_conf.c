/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka_conf.h"
#include "err.h"
#include "opt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kafka_settings_property(struct kafka_settings *s, const char *value)
{
	if (strcmp(value, "list") == 0) {
		rd_kafka_conf_properties_show(stdout);
		exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
	}
	if (!strchr(value, '=') || *value == '=')
		opt_bad(value, "not of the form NAME=VALUE");
	if (s->n_properties == KAFKA_PROPERTIES_MAX)
		opt_bad(value, "too many properties");
	s->properties[s->n_properties++] = value;
}

bool kafka_settings_debug(const struct kafka_settings *s)
{
	bool asked_for = false;

	for (int i = 0; i < s->n_properties; i++)
		asked_for |= strncmp(s->properties[i], "debug=", 6) == 0;
	return asked_for;
}

static void conf_set(const struct kafka_settings *s, rd_kafka_conf_t *conf, const char *property, const char *where)
{
	const char *equals = strchr(property, '=');
	char name[256], error[512];
	size_t n = equals ? (size_t)(equals - property) : 0;

	while (n && isspace((unsigned char)property[n - 1]))
		n--;
	if (n == 0 || n >= sizeof(name))
		die(EX_CONFIG, "%s: not of the form NAME=VALUE", where);
	memcpy(name, property, n);
	name[n] = '\0';
	for (const char *const *r = s->reserved; *r; r++)
		if (strcmp(name, *r) == 0)
			die(EX_CONFIG, "%s: %s can't be set here", where, name);
	for (equals++; isspace((unsigned char)*equals); equals++)
		;
	if (rd_kafka_conf_set(conf, name, equals, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(EX_CONFIG, "%s: %s", where, error);
}

/* As Kafka's own properties files: NAME=VALUE, blank lines, lines that begin with # or !. */
static void conf_file(const struct kafka_settings *s, rd_kafka_conf_t *conf, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, where[512];
	size_t cap = 0;
	ssize_t n;

	if (!f)
		die(EX_CONFIG, "can't open %s:", path);
	for (int number = 1; errno = 0, (n = getline(&line, &cap, f)) >= 0; number++) {
		char *p = line;

		while (n && isspace((unsigned char)line[n - 1]))
			line[--n] = '\0';
		while (isspace((unsigned char)*p))
			p++;
		if (!*p || *p == '#' || *p == '!')
			continue;
		snprintf(where, sizeof(where), "%s:%d", path, number);
		conf_set(s, conf, p, where);
	}
	if (ferror(f))
		die(EX_CONFIG, "can't read %s:", path);
	free(line);
	fclose(f);
}

static void warn_of_secret(const char *property)
{
	static const char *const secrets[] = { "sasl.password=", "ssl.key.password=", "ssl.keystore.password=", "ssl.key.pem=",
		"sasl.oauthbearer.client.secret=" };

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (strncmp(property, secrets[i], strlen(secrets[i])) == 0)
			warn("-X %.*s: others on this machine can see it there; a file with -F is for that",
				(int)strcspn(property, "="), property);
}

/* Our own: the names that are reserved for the program among them. */
static void conf_default(rd_kafka_conf_t *conf, const char *property)
{
	static const char *const nothing[] = { NULL };

	conf_set(&(struct kafka_settings){ .reserved = nothing }, conf, property, "default");
}

rd_kafka_conf_t *kafka_conf_make(const struct kafka_settings *s)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[512];
	size_t n = 0;

	for (const char *const *d = s->defaults; *d; d++)
		conf_default(conf, *d);
	if (s->file)
		conf_file(s, conf, s->file);
	if (s->brokers && rd_kafka_conf_set(conf, "bootstrap.servers", s->brokers, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(EX_CONFIG, "-b %s: %s", s->brokers, error);
	for (int i = 0; i < s->n_properties; i++) {
		char where[300];

		snprintf(where, sizeof(where), "-X %.*s", (int)strcspn(s->properties[i], "="), s->properties[i]);
		conf_set(s, conf, s->properties[i], where);
	}
	if (rd_kafka_conf_get(conf, "bootstrap.servers", NULL, &n) != RD_KAFKA_CONF_OK || n <= 1)
		die(EX_USAGE, "no brokers: say -b HOST:PORT, CN_KAFKA_BROKERS or bootstrap.servers in a file; see --help");
	for (int i = 0; i < s->n_properties; i++)
		warn_of_secret(s->properties[i]);
	return conf;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "err.h"
#include "log.h"
#include "server.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The Java gateway's settings, so that a deployment can change the program and keep its configuration: properties, given as
 * --aerospike.restclient.hostname=h, or in the environment with underscores for dots, as written or in capitals. Flags of as-rest's own go
 * before them. Source: REST gateway reference, sections 6.2 and 6.3. */

#define RC "aerospike.restclient."
#define POLICY RC "clientpolicy."
#define SSL RC "ssl."

enum how {
	AS_IS, PATH, PORT, FLAG, MS, SECONDS, COUNT, MODE,
	HOST, HOST_PORT, HOST_LIST,	/* joined to one list of seeds */
	NOTHING,			/* has no meaning here */
	JAVA,				/* a Java key store */
	SECRET
};

static const struct property {
	const char *name;
	enum how how;
	int key;
	const char *instead;		/* JAVA */
} properties[] = {
	{ "server.port", PORT, 'l', NULL },
	{ "server.servlet.context-path", PATH, OPT_PREFIX, NULL },
	{ RC "hostname", HOST, 0, NULL },
	{ RC "port", HOST_PORT, 0, NULL },
	{ RC "hostlist", HOST_LIST, 0, NULL },
	{ RC "requireAuthentication", FLAG, OPT_REQUIRE_AUTH, NULL },
	{ RC "pool.size", COUNT, OPT_POOL, NULL },
	{ RC "useBoolBin", FLAG, OPT_BOOL_BINS, NULL },
	{ POLICY "user", AS_IS, OPT_USER, NULL },
	{ POLICY "password", SECRET, OPT_PASSWORD, NULL },
	{ POLICY "authMode", MODE, OPT_AUTH, NULL },
	{ POLICY "clusterName", AS_IS, OPT_CLUSTER, NULL },
	{ POLICY "connPoolsPerNode", NOTHING, 0, NULL },
	{ POLICY "minConnsPerNode", NOTHING, 0, NULL },
	{ POLICY "maxConnsPerNode", COUNT, OPT_NODE_CONNECTIONS, NULL },
	{ POLICY "maxSocketIdle", SECONDS, OPT_NODE_IDLE, NULL },
	{ POLICY "maxErrorRate", COUNT, OPT_ERRORS, NULL },
	{ POLICY "errorRateWindow", NOTHING, 0, NULL },
	{ POLICY "tendInterval", MS, OPT_TEND, NULL },
	{ POLICY "timeout", MS, OPT_CONNECT, NULL },
	{ POLICY "loginTimeout", MS, OPT_LOGIN, NULL },
	{ POLICY "failIfNotConnected", FLAG, OPT_MUST_CONNECT, NULL },
	{ POLICY "sharedThreadPool", NOTHING, 0, NULL },
	{ POLICY "useServicesAlternate", FLAG, OPT_ALTERNATE, NULL },
	{ POLICY "rackIds", NOTHING, 0, NULL },
	{ POLICY "requestProleReplicas", NOTHING, 0, NULL },
	{ SSL "enabled", FLAG, OPT_NODE_TLS, NULL },
	{ SSL "keystorepath", JAVA, 0, "--cluster-tls-cert and --cluster-tls-key" },
	{ SSL "keystorepassword", JAVA, 0, "--cluster-tls-key" },
	{ SSL "keypassword", JAVA, 0, "--cluster-tls-key" },
	{ SSL "truststorepath", JAVA, 0, "--cluster-tls-ca" },
	{ SSL "truststorepassword", JAVA, 0, "--cluster-tls-ca" },
	{ SSL "forloginonly", NOTHING, 0, NULL },
	{ SSL "allowedciphers", NOTHING, 0, NULL },
	{ SSL "allowedprotocols", NOTHING, 0, NULL },
};
#define PROPERTIES (sizeof(properties) / sizeof(*properties))

struct settings {
	void (*set)(void *ctx, int key, const char *value);
	void *ctx;
	const char *name;		/* of the one at hand, for messages */
	const char *hostname, *port, *hostlist;
};

_Noreturn static void bad(const struct settings *s, const char *value, const char *why)
{
	die(EX_USAGE, "setting %s: %s: %s", s->name, value, why);
}

__attribute__((format(printf, 1, 2)))
static char *text(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die(EX_SOFTWARE, "out of memory");
	va_end(ap);
	return s;
}

/* Numbers are checked here, so that a message names the setting and not an option that nobody has given. */
static unsigned long number(const struct settings *s, const char *value, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || n < min || n > max)
		bad(s, value, "not a number in range");
	return n;
}

/* host[:tlsname][:port],... : the name in the certificate can't be told for each host here. */
static char *host_list(const struct settings *s, const char *value, const char *port)
{
	struct buf out = { .max = 65536 };
	struct span rest = span_of(value);

	while (rest.n) {
		const char *comma = memchr(rest.p, ',', rest.n), *end = comma ? comma : rest.p + rest.n, *from = rest.p, *colon, *last = NULL;

		rest.n -= (size_t)(end - rest.p) + (comma != NULL);
		rest.p = end + (comma != NULL);
		if (from == end)
			continue;
		if (*from == '[' && (colon = memchr(from, ']', (size_t)(end - from))))
			colon = colon + 1 < end ? colon + 1 : NULL;
		else
			colon = memchr(from, ':', (size_t)(end - from));
		for (const char *p = from; colon && p < end; p++)
			if (*p == ':')
				last = p;
		if (out.n)
			buf_byte(&out, ',');
		buf_put(&out, from, (size_t)((colon ? colon : end) - from));
		if (colon && last != colon)
			log_warn("the TLS name of a host in a list is not used: see --cluster-tls-name", "setting", s->name, NULL);
		if (last && last >= colon && isdigit((unsigned char)last[1]))
			buf_put(&out, last, (size_t)(end - last));
		else
			buf_printf(&out, ":%s", port);
	}
	buf_byte(&out, '\0');
	if (out.full || out.n == 1)
		bad(s, value, "not a list of hosts");
	return out.p;
}

static const char *mode(const struct settings *s, const char *value)
{
	if (strcasecmp(value, "INTERNAL") == 0)
		return "internal";
	if (strcasecmp(value, "EXTERNAL") == 0)
		return "external";
	if (strcasecmp(value, "PKI") == 0)
		return "pki";
	bad(s, value, strcasecmp(value, "EXTERNAL_INSECURE") == 0 ? "passwords are not sent in the clear" : "not INTERNAL, EXTERNAL or PKI");
}

static void use(struct settings *s, const struct property *p, const char *value)
{
	s->name = p->name;
	switch (p->how) {
	case PATH:
		if (*value && (*value != '/' || strpbrk(value, "?#%; ")))
			bad(s, value, "not a path that begins with a slash");
		s->set(s->ctx, p->key, value);
		break;
	case AS_IS: case SECRET: s->set(s->ctx, p->key, value); break;
	case PORT: number(s, value, 0, 65535); s->set(s->ctx, p->key, text(":%s", value)); break;
	case FLAG:
		if (strcasecmp(value, "true") == 0)
			s->set(s->ctx, p->key, NULL);
		break;
	case COUNT: number(s, value, 1, 10000); s->set(s->ctx, p->key, value); break;
	case MS:
		if (number(s, value, 0, 3600000))
			s->set(s->ctx, p->key, text("%sms", value));
		break;
	case SECONDS:
		if (number(s, value, 0, 86400))
			s->set(s->ctx, p->key, text("%ss", value));
		break;
	case MODE: s->set(s->ctx, p->key, mode(s, value)); break;
	case HOST: s->hostname = value; break;
	case HOST_PORT: number(s, value, 1, 65535); s->port = value; break;
	case HOST_LIST: s->hostlist = value; break;
	case NOTHING: log_warn("this setting has no meaning here", "setting", p->name, NULL); break;
	case JAVA: die(EX_CONFIG, "setting %s: Java key stores can't be read: give PEM files with %s", p->name, p->instead);
	}
}

/* The name with underscores for dots; capital: in capitals, and what stands for a dash (0: nothing). */
static const char *variable(const struct property *p, bool capital, char dash)
{
	char name[100];
	size_t n = 0;

	for (const char *c = p->name; *c && n < sizeof(name) - 1; c++) {
		const char to = *c == '.' ? '_' : *c == '-' ? dash : capital ? (char)toupper((unsigned char)*c) : *c;

		if (to)
			name[n++] = to;
	}
	name[n] = '\0';
	return getenv(name);
}

static const char *from_environment(const struct property *p)
{
	const char *value = variable(p, false, '-');

	if (!value)
		value = variable(p, true, 0);
	return value ? value : variable(p, true, '_');
}

static const char *from_words(const struct property *p, const char *const *words, int n)
{
	const size_t size = strlen(p->name);

	for (int i = n - 1; i >= 0; i--)
		if (strncmp(words[i], p->name, size) == 0 && words[i][size] == '=')
			return words[i] + size + 1;
	return NULL;
}

/* Words for properties go out of argv: --NAME=VALUE with a dot in the name, which no option of as-rest's has. */
static int take_words(int argc, char **argv, const char **words, int *n)
{
	int kept = 1;
	bool options = true;

	*n = 0;
	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');

		options &= strcmp(argv[i], "--") != 0;
		if (options && strncmp(argv[i], "--", 2) == 0 && equals && memchr(argv[i], '.', (size_t)(equals - argv[i])))
			words[(*n)++] = argv[i] + 2;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static void check_words(const char *const *words, int n)
{
	for (int i = 0; i < n; i++) {
		size_t p = 0;

		while (p < PROPERTIES && !from_words(&properties[p], &words[i], 1))
			p++;
		if (p == PROPERTIES && strncmp(words[i], RC, sizeof(RC) - 1) == 0)
			die(EX_USAGE, "unknown setting --%s", words[i]);
		if (p < PROPERTIES && properties[p].how == SECRET)
			die(EX_USAGE, "setting %s: no secret on the command line: use the environment or --password-file", properties[p].name);
		if (p == PROPERTIES)
			log_warn("this setting has no meaning here", "setting", words[i], NULL);
	}
}

int settings_read(int argc, char **argv, void (*set)(void *ctx, int key, const char *value), void *ctx)
{
	struct settings s = { .set = set, .ctx = ctx, .name = RC "hostlist" };
	const char **words = xcalloc((size_t)argc + 1, sizeof(*words));
	int n;

	argc = take_words(argc, argv, words, &n);
	check_words(words, n);
	for (size_t i = 0; i < PROPERTIES; i++) {
		const char *value = from_words(&properties[i], words, n);

		if (!value)
			value = from_environment(&properties[i]);
		if (value)
			use(&s, &properties[i], value);
	}
	free(words);
	if (s.hostlist)
		set(ctx, 'h', host_list(&s, s.hostlist, s.port ? s.port : "3000"));
	else if (s.hostname || s.port)
		set(ctx, 'h', host_list(&s, s.hostname ? s.hostname : "localhost", s.port ? s.port : "3000"));
	return argc;
}

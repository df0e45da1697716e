/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "err.h"
#include "opt.h"

#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
#define NAME_MAX_BYTES 32

enum { OPT_REMEMBER = OPT_LONG, OPT_REMEMBER_FOR, OPT_DEAD_AFTER, OPT_UNKNOWN, OPT_SILENT };

static const struct opt table[] = {
	{ 'w', "window", "N", NULL, "lines under way at most; then reading stops [32768]" },
	{ OPT_UNKNOWN, "unknown", "nack|skip", NULL, "what to do when `to` names a sink that is not here [nack]" },
	{ OPT_DEAD_AFTER, "dead-after", "TIME", NULL, "how long records wait for a sink that died and does not come back [5s]" },
	{ OPT_SILENT, "silent-after", "TIME", NULL, "how long a sink may say nothing after the end of input [1m]" },
	{ OPT_REMEMBER, "remember", "N", NULL, "records that some sinks have and others don't, kept in mind at most [65536]" },
	{ OPT_REMEMBER_FOR, "remember-for", "TIME", NULL, "how long they are kept in mind [10m]" },
	{ 'v', "verbose", NULL, NULL, "acks say where the record went, as far as the sinks do" },
	{ 0 }
};

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;

	switch (key) {
	case 'w': o->window = opt_count(value, 1, 1 << 20); break;
	case OPT_UNKNOWN: o->skip_unknown = opt_word(value, "nack skip") == 1; break;
	case OPT_DEAD_AFTER: o->dead_after = opt_ms(value, 0, 3600000); break;
	case OPT_SILENT: o->silent_after = opt_ms(value, 100, 86400000); break;
	case OPT_REMEMBER: o->remember = opt_count(value, 0, 1 << 24); break;
	case OPT_REMEMBER_FOR: o->remember_for = opt_ms(value, 1000, 86400000); break;
	case 'v': o->verbose = true; break;
	}
}

static bool reserved(const char *name)
{
	static const char *const words[] = { "ack", "nack", "retry", "error", "to", "id" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(name, words[i]) == 0)
			return true;
	return false;
}

static void add(struct options *o, char *word)
{
	char *equals = strchr(word, '=');

	if (!equals || equals == word || !equals[1])
		die(EX_USAGE, "%s: a sink is NAME=COMMAND", word);
	if (o->n == OUTLETS_MAX)
		die(EX_USAGE, "more than %d sinks", OUTLETS_MAX);
	*equals = '\0';
	if (strspn(word, NAME_CHARS) != strlen(word) || strlen(word) > NAME_MAX_BYTES || reserved(word))
		die(EX_USAGE, "%s: not a name for a sink: letters, digits, '-' and '_', 32 at most, and no word that ack lines use", word);
	for (unsigned i = 0; i < o->n; i++)
		if (strcmp(o->names[i], word) == 0)
			die(EX_USAGE, "%s: two sinks of one name", word);
	o->names[o->n] = xstrdup(word);
	*equals = '=';
	o->commands[o->n++] = equals + 1;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = { .synopsis = "[options] NAME=COMMAND ...", .table = table, .set = set,
		.what = "Start several sinks, give each record to those that its `to` names, and join their acks." };
	int first;

	*o = (struct options){ .window = 32768, .remember = 65536, .remember_for = 600000, .dead_after = 5000, .silent_after = 60000 };
	first = opt_parse(&opts, argc, argv, o);
	for (int i = first; i < argc; i++)
		add(o, argv[i]);
	if (!o->n)
		die(EX_USAGE, "no sink: say NAME=COMMAND");
}

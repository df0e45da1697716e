/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_H
#define CONF_H

#include "arena.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/* A configuration file as a small tree in which every node knows its line: YAML (or JSON, which is YAML) and Java's .properties.
 *
 *	struct conf c;
 *	if (!conf_load(&c, path, conf_yaml))
 *		die(EX_CONFIG, "%s", c.error);			"feed.yml:7: the key port is there twice; first in line 3"
 *	const struct conf_node *port = conf_get(c.root, "port");
 *	if (port && !conf_int(port, 1, 65535, &n))
 *		conf_fail(&c, port, "%s: not a port", port->text.p);	"feed.yml:7: 0x: not a port"
 *
 * Files are bounded: CONF_FILE_MAX bytes, CONF_DEPTH_MAX levels, CONF_NODES_MAX nodes, counted as a walk over the tree meets them, so
 * that no alias of an alias of an alias makes a walk long. What is refused, with its line: a key that is there twice, an alias to
 * something that holds it, merge keys (<<), tags of other programs, NUL characters, text that is not UTF-8, a second document. */
#define CONF_FILE_MAX ((size_t)1 << 20)
#define CONF_DEPTH_MAX 64
#define CONF_NODES_MAX 100000

enum conf_kind { CONF_SCALAR, CONF_LIST, CONF_MAP };

struct conf_node {
	enum conf_kind kind;
	bool quoted;			/* a scalar that is text whatever it looks like: in quotes, a block, !!str */
	unsigned line;			/* where its value begins, from 1; of an alias: where the alias stands */
	unsigned key_line;		/* of a map's member */
	struct span key;		/* of a map's member, absent in a list; a NUL follows */
	struct span text;		/* of a scalar; a NUL follows and none is inside */
	const struct conf_node *first;	/* of a list or map: its elements in the order of the file, through `next` */
	const struct conf_node *next;
	unsigned n;			/* how many */
	unsigned weight, height;	/* nodes and levels below and with this one, for the bounds */
};

/* Everything hangs on the arena; conf_free gives it back. file is kept as given, for messages. */
struct conf {
	const char *file;
	const struct conf_node *root;	/* an empty scalar for a file with nothing in it */
	char error[512];		/* the first one: "FILE:LINE: why"; "FILE: why" where there is no line */
	struct arena memory;
};

typedef bool conf_reader(struct conf *c, const char *file, struct span text);

/* Each makes *c anew. False: c->error says why, and conf_free is needed all the same. The text is not kept. */
bool conf_yaml(struct conf *c, const char *file, struct span text);
/* A map of scalars, as Java's Properties.load reads them (escapes, lines that go on, # and !), but in UTF-8. */
bool conf_properties(struct conf *c, const char *file, struct span text);
/* A whole file through one of the two; "-" is standard input. */
bool conf_load(struct conf *c, const char *path, conf_reader *reader);
void conf_free(struct conf *c);

/* The member of a map; NULL when there is none, and when the node is no map or NULL. */
const struct conf_node *conf_get(const struct conf_node *map, const char *key);
/* Written as null: nothing at all, ~, null. */
bool conf_null(const struct conf_node *node);
/* What a scalar says; quotes make no difference, as the connectors read "8901" as a number too. False when it is something else. */
bool conf_bool(const struct conf_node *node, bool *value);	/* true, false in any case */
bool conf_int(const struct conf_node *node, int64_t min, int64_t max, int64_t *value);	/* decimal */
/* "a list", "a map", "text", for messages. */
const char *conf_kind_name(const struct conf_node *node);

/* Complain of a line (0: of none); only the first complaint is kept. Answers false. */
bool conf_fail_line(struct conf *c, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define conf_fail(c, node, ...) conf_fail_line((c), (node)->line, __VA_ARGS__)

/* For the readers: a new node, zeroed; NULL, with an error, when the bound on nodes or memory is passed. */
struct conf_node *conf_node_new(struct conf *c, enum conf_kind kind, unsigned line);
/* Begin anew; then text kept with a NUL behind it, absent with an error. */
void conf_begin(struct conf *c, const char *file);
struct span conf_keep(struct conf *c, struct span text, unsigned line);
/* Complain of the first key that is there twice in a map. */
bool conf_check_keys(struct conf *c, const struct conf_node *map);

#endif

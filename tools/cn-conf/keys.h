/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEYS_H
#define KEYS_H

#include "conf.h"

/* What the connectors' files can say: one row for each key. The walk over a file checks every key against the table, so that the
 * rest of the program reads only what is known to be there in the right form. The same table is the list in cn-pipelines(7). */
enum key_kind {
	KEY_ESP = 1,		/* aerospike-esp-outbound.yml */
	KEY_KAFKA = 2,		/* aerospike-kafka-outbound.yml */
	KEY_INBOUND = 4,	/* aerospike-kafka-inbound.yml */
	KEY_SCOPED = 8,		/* also below namespaces, sets and port-based-config */
};

enum key_form {
	FORM_MAP,		/* its members are rows of their own */
	FORM_FREE,		/* anything: read elsewhere */
	FORM_TEXT, FORM_BOOL, FORM_INT,
	FORM_TEXTS, FORM_INTS,	/* one, or a list of them */
	FORM_TABLE,		/* a map of names and texts */
};

enum key_fate {
	FATE_USED,
	FATE_TUNES,		/* changes nothing of what is delivered where: a warning, with `ours` as the reason */
	FATE_REFUSED,		/* `ours` is the reason */
};

struct key {
	const char *path;	/* service.port, destinations.*.urls: an asterisk stands for a name */
	unsigned kinds;
	enum key_form form;
	enum key_fate fate;
	int64_t min, max;	/* FORM_INT, FORM_INTS */
	const char *ours;	/* what stands for it here */
	const char *sample;	/* a value, as JSON, for the test of the table */
};

extern const struct key keys[];

/* Check every key of the file. False with c->error. Warnings go to stderr. */
bool keys_check(struct conf *c, enum key_kind kind);
/* How many letters are between two words; more than any bound for long ones. */
unsigned keys_distance(struct span a, struct span b);
/* The table as lines for a kind: path, what stands for it, a value; with tabs between. */
void keys_print(enum key_kind kind);

#endif

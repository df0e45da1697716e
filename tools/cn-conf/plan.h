/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_H
#define PLAN_H

#include "buf.h"
#include "conf.h"
#include "keys.h"

/* What a file means, on its way to become a script: rings of stages, and the files that these read. Texts are for the shell already. */
#define STAGES_MAX 6
#define RINGS_MAX 32

struct ring {
	char name[64], port[16];	/* told apart by the name: the port as a rule */
	struct buf stages[STAGES_MAX];	/* the first is the source */
	unsigned n;
};

struct plan {
	struct conf *conf;
	enum key_kind kind;
	/* options */
	bool for_ring_sh;
	int64_t port;			/* only the ring of this one; -1 for all */
	const char *dead_letter;	/* NULL for none */
	const char *health_path;	/* NULL: the URL's own */
	const char *brokers, *group;	/* inbound; NULL: not said */
	/* what comes of it */
	bool quiet;			/* plan_note says nothing: it was said before */
	const char *dir;		/* "$dir" or "$RING": where files and FIFOs are, for the shell to expand */
	struct buf head;		/* commands before the rings, indented as the rings are */
	struct buf files;		/* here-documents */
	struct ring rings[RINGS_MAX];
	unsigned n_rings;
};

/* Each reads its part of a file that keys_check let pass. False with an error in plan->conf. */
bool plan_outbound(struct plan *p);
bool plan_inbound(struct plan *p);
bool plan_properties(struct plan *p);	/* connector.properties */

/* The script, on stdout. False when it could not be written. */
bool plan_print(const struct plan *p);
void plan_free(struct plan *p);

/* For the parts. A complaint that stops nothing, with the line of a node. */
void plan_note(const struct plan *p, const struct conf_node *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A member's value, or what it is when the key is missing. */
struct span plan_text(const struct conf_node *map, const char *key, const char *otherwise);
int64_t plan_int(const struct conf_node *map, const char *key, int64_t otherwise);
bool plan_bool(const struct conf_node *map, const char *key, bool otherwise);
/* The first of a list, or the lone scalar itself; then plan_next until NULL. */
const struct conf_node *plan_first(const struct conf_node *list_or_one);
const struct conf_node *plan_next(const struct conf_node *list_or_one, const struct conf_node *element);
/* A file named in the configuration: relative names are relative to its directory. */
void plan_resolve(const struct plan *p, struct buf *path, struct span name);
/* " OPTION FILE" for such a one; nothing without the key. */
void plan_path(struct plan *p, struct buf *b, const char *option, const struct conf_node *map, const char *key);
/* Another stage behind the last one of a ring; the text is copied. */
void plan_stage(struct ring *r, const struct buf *text);

#endif

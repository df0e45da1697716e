/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAN_H
#define FAN_H

#include "buf.h"
#include "memory.h"
#include "options.h"
#include "retry.h"
#include "sink.h"

#include <sys/types.h>

/* A record line is an entry as long as a sink has not answered for it; of each sink that it goes to it is a share. An outlet is a sink
 * that we started: a process with a pipe to and one from it, and the list of its shares, oldest first. Everything is counted in
 * clock_ms. */
enum share_state {
	SHARE_NONE,		/* the record does not go there */
	SHARE_WAITING,		/* in the outlet's list: not written yet, or not wholly */
	SHARE_WRITTEN,		/* in the list: no answer yet */
	SHARE_DONE, SHARE_NEVER, SHARE_RETRY	/* answered; in this order the worse wins */
};

struct share {
	struct entry *older, *newer;	/* in the outlet's list */
	uint8_t state;			/* enum share_state */
	uint8_t deaths;			/* of the sink, with this line written and not answered */
};

/* A line that came again while it was under way: it gets the same answer. */
struct twin {
	struct twin *next;
	uint64_t tag;
};

/* What sinks said: of one outcome, the worst so far. */
struct notes {
	struct buf text;		/* why it failed, or where it went */
	struct buf members;		/* further members, by sink, as JSON text */
	enum share_state of;
};

struct entry {
	uint64_t tag;			/* sink.h: the source's id */
	uint64_t wire;			/* the id that the sinks see; of those under way each is another one */
	uint64_t key;			/* of namespace and digest; 0: none */
	bool versioned;			/* it says which version of the record it is */
	bool superseded;		/* another line of this key has come since */
	struct entry *wire_next, *key_next;	/* in their buckets */
	struct twin *twins;
	struct notes *notes;
	unsigned left;			/* shares without an answer */
	size_t n, id_at, id_n;		/* bytes of text, its line end included; where the id stands in it */
	char *text;			/* behind the shares */
	struct share share[];		/* one for each outlet */
};

enum outlet_state {
	OUTLET_RUNNING,
	OUTLET_ENDING,		/* it has closed its acks; not yet seen to have exited */
	OUTLET_PAUSED,		/* dead; started again when it is `due` */
	OUTLET_ENDED		/* for good, at the end of input */
};

struct outlet {
	const char *name, *command;
	unsigned index;
	enum outlet_state state;
	pid_t pid;
	int to, from;			/* pipes; -1: closed */
	struct reader in;		/* of its acks */
	bool blocked;			/* the pipe to it is full */
	bool silent;			/* it was killed for that, at the end of input */
	bool told;			/* that there are no more lines: `to` was closed for that */
	int64_t due;			/* ENDING: look again; PAUSED: start it */
	int64_t kill_at;		/* it has stopped to talk to us; 0: all is well */
	int64_t started, sign;		/* when; and when it gave the last sign of life */

	struct entry *first, *last;	/* shares without an answer */
	struct entry *cursor;		/* the first of them that is not written; NULL: all are */
	size_t part;			/* bytes of it that are written */
	uint64_t waiting;		/* so many are in the list */

	int64_t dead_since;		/* the first death since its last ack; 0: none */
	unsigned tries;			/* deaths since then */
	bool proven;			/* has acked something, ever */
	char why[96];			/* how it ended the last time */
	int code;			/* its exit status at the end */
	struct log_limit strange;
	struct { uint64_t lines, acked, retry, never, spared, starts, strange; } count;
};

struct fan {
	struct sink sink;
	struct options options;
	struct outlet outlets[OUTLETS_MAX];
	struct retry retry;
	struct memory memory;
	int64_t now;			/* once a turn of the loop */
	int64_t eof_at;			/* when the end of input came */
	size_t entries, bytes;		/* under way, twins included */
	struct { uint64_t twins, spared, starts, strange, in_flight; } count;
};
extern struct fan fan;

/* lines.c: take lines that are in memory; false: there is no room for more. */
bool lines_take(void);

/* entries.c */
void entries_open(void);
void entries_close(void);
bool entries_room(void);
/* The last line of this key, if it is under way still and the very same version of the record: but for the id the same. */
struct entry *entry_like(uint64_t key, const struct record *r);
void entry_repeat(struct entry *e, uint64_t tag);	/* this line came again: its twin */
/* A new entry, without shares. */
struct entry *entry_new(const struct record *r, uint64_t tag, uint64_t key);
struct entry *entry_of(uint64_t wire);			/* NULL: none */
/* A sink has answered, or is given up: takes the share out of the list, and answers the line when it was the last. */
void share_settle(struct outlet *o, struct entry *e, enum share_state state);
void share_add(struct outlet *o, struct entry *e);	/* at the end of the list */
void entry_note(struct entry *e, const struct outlet *o, enum share_state of, struct span text, struct span members);
void entry_answer(struct entry *e);			/* all shares are answered; frees it */

/* outlet.c */
void outlets_open(void);
void outlets_close(void);
int outlets_run(void);		/* feed them, bury and restart them: what is due. How long until there is more to do, ms; -1: nothing */
bool outlets_ended(void);
bool outlet_dead(const struct outlet *o);	/* for longer than records wait */
void outlet_ended(struct outlet *o);		/* it closed its acks */
void outlet_stop_feeding(struct outlet *o);	/* it closed its input */
void outlet_fail_all(struct outlet *o, const char *why);
int outlets_status(int own);	/* the worst exit status of all */

/* child.c: processes */
void children_open(void);
bool child_start(struct outlet *o);		/* false with errno */
/* False while it runs; with `force` it won't for long. Then o->code and o->why say how it ended, and what it left behind is gone. */
bool child_gone(struct outlet *o, bool force);
void child_close(int *fd);

/* answers.c: what an outlet says. */
void answers_read(struct outlet *o);

#endif

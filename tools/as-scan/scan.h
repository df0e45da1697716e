/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCAN_H
#define SCAN_H

#include "buf.h"
#include "client_scan.h"
#include "log.h"
#include "options.h"
#include "writer.h"

struct lut;

struct counters {
	uint64_t records, bytes, bad, changed, pauses;
};

/* Rows become text (rows.c), with --lut by way of lut.c; what is text waits in `text` until its turn (out.c) and then in the writer. */
struct scanner {
	struct options options;
	struct client *client;
	struct client_scan scan;
	struct scan_cursor cursor;
	struct counters count;
	uint64_t next_id;
	bool running;			/* the scan is under way */
	bool stopped;			/* by a signal */
	int code;			/* of its end */
	struct log_limit bad_rows;

	/* rows.c */
	struct buf place, place_set;	/* the text that names the set of the last row, and that set */
	struct buf types, pointer;

	/* out.c */
	struct writer out;
	struct buf text;
	size_t head;			/* text before it has gone to the writer */
	bool paused;
	int64_t turn_ns;		/* --rate: when the next line may go */

	struct lut *lut;		/* NULL without --lut */

	/* progress.c */
	int64_t begun, progress_due;	/* clock_ms; INT64_MAX: never */
	double fraction_before;		/* done by an earlier run */
};

/* rows.c: append the row's line to out; an error line when it can't be one. *hole: offset behind metadata.gen, where lut belongs. */
void rows_put(struct scanner *s, struct buf *out, const struct scan_row *row, size_t *hole);
void rows_free(struct scanner *s);

/* out.c */
#define OUT_HIGH ((size_t)4 << 20)
void out_open(struct scanner *s);
size_t out_high(const struct scanner *s);	/* bytes that wait: the scan pauses, until there is a quarter of it */
size_t out_waiting(const struct scanner *s);
void out_pump(struct scanner *s);		/* write what may go and goes; pause and resume the scan. Dies EX_IOERR. */
void out_drop(struct scanner *s);		/* lines that have had no turn yet */
bool out_empty(const struct scanner *s);
/* clock_ms time of the next line's turn, INT64_MAX when none waits for one. */
int64_t out_due(const struct scanner *s);
void out_close(struct scanner *s);

/* lut.c: rows whose last-update time is still to be asked for. */
void lut_open(struct scanner *s);
void lut_row(struct scanner *s, const struct scan_row *row);
void lut_send(struct scanner *s);		/* when nothing is under way */
bool lut_empty(const struct scanner *s);
size_t lut_waiting(const struct scanner *s);
void lut_free(struct scanner *s);

/* resume.c: the cursor and next_id from the lines of an earlier run. Dies when the file can't be used. */
void resume(struct scanner *s);

/* progress.c */
void progress_open(struct scanner *s);
void progress_tick(struct scanner *s);		/* when it is due */
void progress_end(struct scanner *s);
double progress_fraction(const struct scanner *s);

#endif

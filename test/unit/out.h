/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OUT_H
#define OUT_H

#include "tap.h"
#include "writer.h"

#include <fcntl.h>

/* A writer whose output a test looks at before it is written. */
static inline void out_open(struct writer *w)
{
	writer_open(w, open("/dev/null", O_WRONLY | O_CLOEXEC));
}

/* What was put since the last out_taken; good until the next put behind that. */
static inline struct span out_text(const struct writer *w)
{
	return (struct span){ w->buf + w->head, w->n - w->head };
}

static inline void out_taken(struct writer *w)
{
	w->n = w->head = 0;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_PROGRAM_PARTS_H
#define JQ_PROGRAM_PARTS_H

#include "jq_program.h"
#include "log.h"

#include <jq.h>
#include <setjmp.h>
#include <signal.h>

/* Inside of jq_program.h: what loading and running share. */
struct jq_program {
	jq_state *jq;
	struct buf source;	/* sight points into it */
	struct jq_sight sight;
	struct buf text;	/* the last answer */
	bool broken;
	struct log_limit debug;
};

/* Where to go when libjq calls abort(), as long as jq_program_rescued is set: POSIX lets a handler of SIGABRT leave by longjmp. */
extern sigjmp_buf jq_program_rescue;
extern volatile sig_atomic_t jq_program_rescued;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_PARTS_H
#define PROGRAM_PARTS_H

#include "log.h"
#include "memo.h"
#include "program.h"
#include "sight.h"

#include <jq.h>
#include <setjmp.h>
#include <signal.h>

/* Inside of program.h: what loading and running share. */
struct program {
	jq_state *jq;
	struct buf source;	/* sight points into it */
	struct sight sight;
	struct memo memo;
	struct buf text;	/* the last answer */
	bool broken;
	struct log_limit debug;
};

/* Where to go when libjq calls abort(), as long as program_rescued is set: POSIX lets a handler of SIGABRT leave by longjmp. */
extern sigjmp_buf program_rescue;
extern volatile sig_atomic_t program_rescued;

#endif

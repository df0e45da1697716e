/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ERR_H
#define ERR_H

#include <stddef.h>
#include <sysexits.h>	/* EX_USAGE 64, EX_DATAERR 65, EX_UNAVAILABLE 69, EX_SOFTWARE 70, EX_IOERR 74, EX_TEMPFAIL 75, EX_CONFIG 78 */

/* The one error grammar: "program: what: why". For what goes wrong at start and with the user's own words: options, files,
 * programs in jq. What happens later, while records flow, is an event: see log.h. A format that ends with ':' is followed
 * by a blank and the system's reason (strerror(errno)), as in die(EX_IOERR, "can't open %s:", path). */

/* The program's name for messages, from argv[0]; call first in main. Keeps the pointer. */
void err_program(const char *argv0);
const char *err_program_name(void);
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(int exit_code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* malloc and friends that die (EX_SOFTWARE) when memory is out: for start-up and small fixed things. Memory whose size
 * comes from input goes through struct buf or is checked where it is taken. */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t n);
char *xstrdup(const char *s);

#endif

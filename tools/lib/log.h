/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

/* Events, one line each on stderr: logfmt (level=warn msg="can't reach broker" broker=b1:9092) or JSON (--log-format json).
 * Values are quoted and escaped as the format needs; control bytes and invalid UTF-8 are made harmless. Never log a payload
 * or a secret. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Set from --log-format (logfmt | json) and --log-level (debug | info | warn | error); 0, or -1 for an unknown word. */
int log_set_format(const char *word);
int log_set_level(const char *word);

/* A message and then key, value, key, value, ..., NULL; all of them strings. A NULL value drops its pair.
 *	log_warn("delivery failed", "topic", topic, "offset", log_num(offset), NULL);
 */
void log_event(enum log_level level, const char *msg, ...) __attribute__((sentinel));
#define log_debug(...) log_event(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_event(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_event(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)

/* A number as text, good until 15 further calls of log_num. */
const char *log_num(int64_t n);

/* For events that could come a thousand times a second: true for the first of every `ms` milliseconds; then *missed tells
 * how many were kept back since. The state is the caller's, zeroed at start. */
struct log_limit {
	int64_t next;
	uint64_t kept_back;
};
int log_allow(struct log_limit *l, int64_t ms, uint64_t *missed);

#endif

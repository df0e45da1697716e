/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "err.h"
#include "json.h"
#include "log.h"
#include "memo.h"
#include "sight.h"
#include "values.h"

#include <errno.h>
#include <fcntl.h>
#include <jq.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SOURCE_MAX ((size_t)16 << 20)
#define MESSAGE_MAX 1024

struct program {
	jq_state *jq;
	struct buf source;	/* sight points into it */
	struct sight sight;
	struct memo memo;
	struct buf text;	/* the last answer */
	bool broken;
	struct log_limit debug;
};

/* Where to go when libjq calls abort(): POSIX lets a handler of SIGABRT leave by longjmp. */
static sigjmp_buf rescue;
static volatile sig_atomic_t rescued;

static void on_abort(int signal_number)
{
	(void)signal_number;
	if (rescued)
		siglongjmp(rescue, 1);
}

static void catch_abort(void)
{
	struct sigaction a = { .sa_handler = on_abort, .sa_flags = SA_NODEFER };

	sigemptyset(&a.sa_mask);
	sigaction(SIGABRT, &a, NULL);
}

/* --- loading --- */

static bool read_file(const char *path, struct buf *text)
{
	FILE *f = fopen(path, "re");
	char block[16384];
	size_t n;

	if (!f)
		return false;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_put(text, block, n);
	bool ok = !ferror(f) && !text->full;
	if (text->full)
		errno = EFBIG;
	int reason = errno;
	fclose(f);
	errno = reason;
	return ok;
}

struct complaints {
	struct buf *out;
	const char *name;	/* what the user calls the program: its file, or -e */
};

/* jq says "jq: error: syntax error, unexpected '}' (Unix shell quoting issues?) at <top-level>, line 3:\n<the line>"; we say
 * "orders.jq:3: syntax error, unexpected '}'". */
static void on_compile_error(void *ctx, jv message)
{
	struct complaints *c = ctx;

	if (jv_get_kind(message) != JV_KIND_STRING) {
		jv_free(message);
		return;
	}
	const char *text = jv_string_value(message), *end = strchr(text, '\n');
	size_t n = end ? (size_t)(end - text) : strlen(text);
	if (strncmp(text, "jq: error: ", 11) != 0) {	/* "jq: 3 compile errors" */
		jv_free(message);
		return;
	}
	struct span what = { text + 11, n - 11 }, where = span_of(c->name);
	long line = 0;
	const char *at = NULL;
	for (const char *p = what.p; (p = memmem(p, (size_t)(what.p + what.n - p), " at ", 4)); p++)
		at = p;
	const char *number = at ? memmem(at, (size_t)(what.p + what.n - at), ", line ", 7) : NULL;
	if (number) {
		line = strtol(number + 7, NULL, 10);
		if (strncmp(at + 4, "<top-level>", 11) != 0)
			where = (struct span){ at + 4, (size_t)(number - at - 4) };
		what.n = (size_t)(at - what.p);
	}
	const char *hint = memmem(what.p, what.n, " (Unix shell quoting issues?)", 29);
	if (hint)
		what.n = (size_t)(hint - what.p);
	if (c->out->n)
		buf_byte(c->out, '\n');
	buf_printf(c->out, "%.*s:", SPAN_ARG(where));
	if (line > 0)
		buf_printf(c->out, "%ld:", line);
	buf_printf(c->out, " %.*s", SPAN_ARG(what));
	jv_free(message);
}

static void on_late_error(void *ctx, jv message)
{
	(void)ctx;
	jv_free(message);
}

static void on_debug(void *ctx, jv value)
{
	struct program *p = ctx;
	struct buf b = { .max = 4096 };
	uint64_t missed;

	/* The user asked to see data here. */
	if (log_allow(&p->debug, 100, &missed) && values_write(&b, value)) {
		buf_byte(&b, '\0');
		log_info("debug", "value", b.full ? "too long" : b.p, "missed", missed ? log_num((int64_t)missed) : NULL, NULL);
	}
	buf_free(&b);
	jv_free(value);
}

static jv on_input(jq_state *jq, void *ctx)
{
	(void)jq;
	(void)ctx;
	return jv_invalid_with_msg(jv_string("input: a route sees one record at a time"));
}

static void on_no_memory(void *ctx)
{
	(void)ctx;
	die(EX_TEMPFAIL, "out of memory in jq");
}

static jv add_path(jv list, const char *path)
{
	char *absolute = realpath(path, NULL);

	if (absolute)
		list = jv_array_append(list, jv_string(absolute));
	free(absolute);
	return list;
}

/* The directory of a file, as a path. */
static char *directory_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return xstrdup(".");
	char *dir = xstrdup(file);
	dir[slash == file ? 1 : slash - file] = '\0';
	return dir;
}

static char *own_directory(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return directory_of(path);
}

jv program_libraries(jv given, const char *file)
{
	jv list = jv_array();
	char path[PATH_MAX + 64];

	if (file) {
		char *dir = directory_of(file);
		list = add_path(list, dir);
		free(dir);
	}
	jv_array_foreach(given, i, dir) {
		list = add_path(list, jv_string_value(dir));
		jv_free(dir);
	}
	jv_free(given);
	char *own = own_directory();
	static const char *const beside[] = { "../pipelines/routes", "../../pipelines/routes", "../share/doc/cn/pipelines/routes" };
	for (size_t i = 0; own && i < sizeof(beside) / sizeof(*beside); i++) {
		snprintf(path, sizeof(path), "%s/%s", own, beside[i]);
		list = add_path(list, path);
	}
	free(own);
	return list;
}

/* jq looks for libraries in the working directory before all others; a program in a file is to find its neighbours instead. The
 * descriptor to go back by, or -1 when we stay. */
static int go_to_file(const char *file)
{
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *dir = directory_of(file);

	if (here >= 0 && chdir(dir) < 0) {
		close(here);
		here = -1;
	}
	free(dir);
	return here;
}

static void go_back(int here)
{
	if (here < 0)
		return;
	if (fchdir(here) < 0)
		die(EX_OSERR, "can't go back to the working directory:");
	close(here);
}

/* 1 when it compiled, 0 when not, -1 when jq called abort(). Takes args. */
static int compile(jq_state *jq, const char *text, jv args)
{
	volatile int ok = -1;	/* looked at after a longjmp */

	catch_abort();
	if (sigsetjmp(rescue, 1) == 0) {
		rescued = 1;
		ok = jq_compile_args(jq, text, args);
	}
	rescued = 0;
	return ok;
}

struct program *program_load(const struct program_source *s, struct buf *why)
{
	struct buf source = { .max = SOURCE_MAX };
	struct complaints complaints = { why, s->file ? s->file : "-e" };
	struct program *p = NULL;

	if (s->file && !read_file(s->file, &source)) {
		buf_printf(why, "can't read %s: %s", s->file, strerror(errno));
		buf_free(&source);
		return NULL;
	}
	if (s->text)
		buf_span(&source, span_of(s->text));
	buf_byte(&source, '\0');
	if (source.full || strlen(source.p) + 1 != source.n || !utf8_valid((struct span){ source.p, source.n - 1 })) {
		buf_printf(why, "%s: is not a program: not UTF-8 text of at most 16 MiB", complaints.name);
		buf_free(&source);
		return NULL;
	}
	jq_state *jq = jq_init();
	if (!jq)
		die(EX_SOFTWARE, "can't start jq:");
	jv_nomem_handler(on_no_memory, NULL);
	jq_set_error_cb(jq, on_compile_error, &complaints);
	jq_set_input_cb(jq, on_input, NULL);
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_copy(s->libraries));
	int here = s->file ? go_to_file(s->file) : -1;
	int ok = compile(jq, source.p, jv_copy(s->args));
	go_back(here);
	if (ok > 0) {
		p = xcalloc(1, sizeof(*p));
		p->jq = jq;
		p->source = source;
		sight_find(&p->sight, (struct span){ source.p, source.n - 1 });
		if (getenv("HOME"))	/* jq has read ~/.jq, which may give any name a new meaning */
			p->sight.all = true;
		jq_set_error_cb(jq, on_late_error, NULL);
		jq_set_debug_cb(jq, on_debug, p);
	} else {
		if (why->n == 0)
			buf_printf(why, "%s: does not compile", complaints.name);
		if (ok == 0)
			jq_teardown(&jq);
		buf_free(&source);
	}
	return p;
}

void program_free(struct program *p)
{
	if (!p)
		return;
	if (!p->broken)
		jq_teardown(&p->jq);
	buf_free(&p->text);
	memo_free(&p->memo);
	buf_free(&p->source);
	free(p);
}

bool program_broken(const struct program *p)
{
	return p->broken;
}

/* --- running --- */

static enum verdict fail(struct program *p, const char *message)
{
	buf_reset(&p->text);
	buf_span(&p->text, span_of(message));
	return VERDICT_ERROR;
}

/* An error's value is mostly a string, but may be anything. Takes the value. */
static enum verdict fail_with(struct program *p, jv message)
{
	buf_reset(&p->text);
	if (jv_get_kind(message) == JV_KIND_STRING)
		buf_put(&p->text, jv_string_value(message), (size_t)jv_string_length_bytes(jv_copy(message)));
	else if (!values_write(&p->text, message))
		buf_lit(&p->text, "an error with a value that is nested too deep");
	jv_free(message);
	if (p->text.n > MESSAGE_MAX)
		p->text.n = MESSAGE_MAX;
	if (p->text.n == 0)
		buf_lit(&p->text, "an error without a message");
	return VERDICT_ERROR;
}

/* The members of an output that is an object, as text. NULL, or what is wrong with it. */
static const char *write_members(struct buf *out, jv v)
{
	const char *wrong = NULL;

	for (int i = jv_object_iter(v); jv_object_iter_valid(v, i) && !wrong; i = jv_object_iter_next(v, i)) {
		jv key = jv_object_iter_key(v, i), value = jv_object_iter_value(v, i);
		jv_kind kind = jv_get_kind(value);

		buf_byte(out, out->n ? ',' : '{');
		if (strcmp(jv_string_value(key), "metadata") == 0)
			wrong = "is the record, not the place where it goes";
		else if (kind == JV_KIND_NUMBER || kind == JV_KIND_TRUE)
			wrong = "has a member that is no destination";
		else if (!values_write(out, key) || (buf_byte(out, ':'), !values_write(out, value)))
			wrong = "is nested too deep";
		jv_free(key);
		jv_free(value);
	}
	if (!wrong && out->n == 0)
		wrong = "is an object without members";
	buf_byte(out, '}');
	return wrong ? wrong : out->full ? "is too large" : NULL;
}

/* What the program put out, as `to`. Takes the value. */
static enum verdict take_output(struct program *p, jv v)
{
	const char *wrong = "is no object";
	jv_kind kind = jv_get_kind(v);

	buf_reset(&p->text);
	if (kind == JV_KIND_NULL || kind == JV_KIND_FALSE) {
		jv_free(v);
		return VERDICT_SKIP;
	}
	if (kind == JV_KIND_OBJECT)
		wrong = write_members(&p->text, v);
	jv_free(v);
	if (!wrong)
		return VERDICT_TO;
	buf_reset(&p->text);
	buf_printf(&p->text, "the program's output %s; it must be like {\"kafka\":{\"topic\":\"orders\"}}", wrong);
	return VERDICT_ERROR;
}

static enum verdict halted(struct program *p)
{
	jv message = jq_get_error_message(p->jq);

	if (jv_is_valid(message) && jv_get_kind(message) != JV_KIND_NULL)
		return fail_with(p, message);
	jv_free(message);
	return fail(p, "the program called halt, which a route can't");
}

static enum verdict run(struct program *p, struct span line)
{
	enum verdict verdict = VERDICT_SKIP;

	jq_start(p->jq, values_read_record(line, &p->sight), 0);
	jv v = jq_next(p->jq);
	if (jv_is_valid(v)) {
		verdict = take_output(p, v);
		v = jq_next(p->jq);
		if (jv_is_valid(v) && verdict != VERDICT_ERROR)
			verdict = fail(p, "the program gave more than one output");
	}
	if (jq_halted(p->jq))
		verdict = halted(p);
	else if (!jv_is_valid(v) && jv_invalid_has_msg(jv_copy(v)))
		return fail_with(p, jv_invalid_get_msg(v));
	jv_free(v);
	return verdict;
}

enum verdict program_run(struct program *p, struct span line, struct span *text)
{
	volatile enum verdict verdict = VERDICT_ERROR;
	enum verdict known;

	if (memo_find(&p->memo, &p->sight, line, &known, text))
		return known;
	if (sigsetjmp(rescue, 0) == 0) {
		rescued = 1;
		verdict = run(p, line);
	} else {
		p->broken = true;
		values_forget();
		fail(p, "jq gave up on this record (abort)");
	}
	rescued = 0;
	*text = buf_as_span(&p->text);
	if (!p->broken)
		memo_keep(&p->memo, verdict, *text);
	return verdict;
}

void program_censor(struct buf *out, struct span message)
{
	static const char *const data_kinds[] = { "null (", "boolean (", "number (", "string (", "array (", "object (", "parsing '" };
	const char *p = message.p, *end = message.p + message.n;

	while (p < end) {
		size_t k = 0, n = sizeof(data_kinds) / sizeof(*data_kinds);
		while (k < n && !span_starts((struct span){ p, (size_t)(end - p) }, data_kinds[k]))
			k++;
		if (k == n) {
			buf_byte(out, *p++);
			continue;
		}
		buf_put(out, p, strlen(data_kinds[k]));
		p += strlen(data_kinds[k]);
		char closing = p[-1] == '(' ? ')' : '\'';
		/* The piece of data may have such characters itself: take the last one before the next such piece. */
		const char *stop = memmem(p, (size_t)(end - p), " and ", 5);
		const char *close = memrchr(p, closing, (size_t)((stop ? stop : end) - p));
		buf_lit(out, "...");
		p = close ? close : end;
	}
}

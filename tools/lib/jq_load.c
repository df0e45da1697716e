/* SPDX-License-Identifier: Apache-2.0 */
#include "jq_program_parts.h"

#include "err.h"
#include "jq_values.h"
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SOURCE_MAX ((size_t)16 << 20)

sigjmp_buf jq_program_rescue;
volatile sig_atomic_t jq_program_rescued;

static void on_abort(int signal_number)
{
	(void)signal_number;
	if (jq_program_rescued)
		siglongjmp(jq_program_rescue, 1);
}

static void catch_abort(void)
{
	struct sigaction a = { .sa_handler = on_abort, .sa_flags = SA_NODEFER };

	sigemptyset(&a.sa_mask);
	sigaction(SIGABRT, &a, NULL);
}

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
	struct jq_program *p = ctx;
	struct buf b = { .max = 4096 };
	uint64_t missed;

	/* The user asked to see data here. */
	if (log_allow(&p->debug, 100, &missed) && !jq_values_print(&b, value)) {
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
	return jv_invalid_with_msg(jv_string("input: the program sees one line at a time"));
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

jv jq_program_libraries(jv given, const char *file)
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
		die(EX_SOFTWARE, "can't go back to the working directory:");
	close(here);
}

/* 1 when it compiled, 0 when not, -1 when jq called abort(). Takes args. */
static int compile(jq_state *jq, const char *text, jv args)
{
	volatile int ok = -1;	/* looked at after a longjmp */

	catch_abort();
	if (sigsetjmp(jq_program_rescue, 1) == 0) {
		jq_program_rescued = 1;
		ok = jq_compile_args(jq, text, args);
	}
	jq_program_rescued = 0;
	return ok;
}

struct jq_program *jq_program_load(const struct jq_program_source *s, struct buf *why)
{
	struct buf source = { .max = SOURCE_MAX };
	struct complaints complaints = { why, s->file ? s->file : "-e" };
	struct jq_program *p = NULL;

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
		jq_sight_find(&p->sight, (struct span){ source.p, source.n - 1 });
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

void jq_program_free(struct jq_program *p)
{
	if (!p)
		return;
	if (!p->broken)
		jq_teardown(&p->jq);
	buf_free(&p->text);
	buf_free(&p->source);
	free(p);
}

const struct jq_sight *jq_program_sight(const struct jq_program *p)
{
	return &p->sight;
}

bool jq_program_broken(const struct jq_program *p)
{
	return p->broken;
}

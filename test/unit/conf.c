/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "buf.h"
#include "conf.h"

#include <errno.h>
#include <unistd.h>

static struct buf out;

/* A tree in one line: a:5 text, "5" quoted text, [..], {key@line:..}. */
static void show(const struct conf_node *node)
{
	if (node->kind == CONF_SCALAR) {
		buf_printf(&out, node->quoted ? "\"%s\"" : "%s", node->text.p);
		return;
	}
	buf_byte(&out, node->kind == CONF_MAP ? '{' : '[');
	for (const struct conf_node *m = node->first; m; m = m->next) {
		if (m->key.p)
			buf_printf(&out, "%s@%u/%u:", m->key.p, m->key_line, m->line);
		show(m);
		if (m->next)
			buf_byte(&out, ',');
	}
	buf_byte(&out, node->kind == CONF_MAP ? '}' : ']');
}

static void reads_by(conf_reader *reader, const char *text, const char *want, const char *what)
{
	struct span exact = tap_exact(span_of(text));
	struct conf c;

	if (!reader(&c, "f", exact)) {
		ok(false, "%s: %s", what, c.error);
	} else {
		free((void *)(uintptr_t)exact.p);	/* nothing of it is needed any more */
		exact.p = NULL;
		buf_reset(&out);
		show(c.root);
		is_span(buf_as_span(&out), span_of(want), "%s", what);
	}
	free((void *)(uintptr_t)exact.p);
	conf_free(&c);
}

static void refuses_by(conf_reader *reader, struct span text, const char *want, const char *what)
{
	struct span exact = tap_exact(text);
	struct conf c;

	ok(!reader(&c, "f", exact), "%s is refused", what);
	is_str(c.error, want, "with the reason");
	free((void *)(uintptr_t)exact.p);
	conf_free(&c);
}

#define yaml(text, want, what) reads_by(conf_yaml, text, want, what)
#define yaml_bad(text, want, what) refuses_by(conf_yaml, text, want, what)
#define properties(text, want, what) reads_by(conf_properties, text, want, what)
#define properties_bad(text, want, what) refuses_by(conf_properties, text, want, what)

static void trees(void)
{
	yaml("a: 1\nb:\n  - x\n  - \"5\"\n  - {c: d}\n", "{a@1/1:1,b@2/3:[x,\"5\",{c@5/5:d}]}", "maps and lists, with lines");
	yaml("{\"a\":[1,\"x\",null,true],\"b\":{}}", "{a@1/1:[1,\"x\",null,true],b@1/1:{}}", "JSON");
	yaml("", "", "an empty file");
	yaml("# only words\n---\n...\n", "", "an empty document");
	yaml("a: |\n  two\n  lines\nb: 'it''s'\n", "{a@1/1:\"two\nlines\n\",b@4/4:\"it's\"}", "blocks and quotes");
	yaml("a: !!str 5\nb: ! 5\nc: !!int \"5\"\n", "{a@1/1:\"5\",b@2/2:\"5\",c@3/3:5}", "tags say whether it is text");
	yaml("a: &x {k: v}\nb: *x\nc: [*x, *x]\n", "{a@1/1:{k@1/1:v},b@2/2:{k@1/1:v},c@3/3:[{k@1/1:v},{k@1/1:v}]}", "aliases");
	yaml("- &x 1\n- *x\n- &x 2\n- *x\n", "[1,1,2,2]", "an anchor that is given again");
	yaml("8901: {a: b}\ntrue: 1\n", "{8901@1/1:{a@1/1:b},true@2/2:1}", "keys are text");
	yaml("\xef\xbb\xbf" "a: \"\\u00fc\"\n", "{a@1/1:\"\xc3\xbc\"}", "a byte order mark and an escape");
}

static void refusals(void)
{
	yaml_bad(SPAN("a: 1\nb: 2\nc: {d: 1,\n e: 2,\n d: 3}\n"), "f:5: the key d is there twice; first in line 3", "a key twice");
	yaml_bad(SPAN("a: 1\nz: 1\nz: 2\na: 2\n"), "f:3: the key z is there twice; first in line 2", "the first of several");
	yaml_bad(SPAN("a: &x [1, *x]\n"), "f:1: the alias *x stands in what it means", "an alias in itself");
	yaml_bad(SPAN("- &x 1\n- &x [*x]\n"), "f:2: the alias *x stands in what it means", "an alias in itself, of an older name");
	yaml_bad(SPAN("a: 1\nb: *y\n"), "f:2: the alias *y means nothing", "an unknown alias");
	yaml_bad(SPAN("a: &x {k: v}\nb:\n  <<: *x\n"), "f:3: merge keys (<<) are not known here: write the keys out", "a merge key");
	yaml_bad(SPAN("a: &x k\n*x : v\n"), "f:2: an alias can't be a key", "an alias as key");
	yaml_bad(SPAN("? [a]\n: v\n"), "f:1: a key must be text", "a list as key");
	yaml_bad(SPAN("a: !ruby/object {}\n"), "f:1: the tag !ruby/object means nothing here", "a tag on a map");
	yaml_bad(SPAN("a: !!binary AAEC\n"), "f:1: the tag tag:yaml.org,2002:binary means nothing here", "a tag on text");
	yaml_bad(SPAN("a: 1\n---\nb: 2\n"), "f:2: a second document", "a second document");
	yaml_bad(SPAN("a: 1\nb: \"x\\0y\"\n"), "f:2: a NUL character in text", "a NUL");
	yaml_bad(SPAN("a: 1\n\tb: 2\n"), "f:2: found a tab character that violates indentation while scanning a plain scalar", "a tab");
	yaml_bad(SPAN("a: [1, 2\nb: 3\n"), "f:2: did not find expected ',' or ']' while parsing a flow sequence", "half a list");
	yaml_bad(SPAN("a: 1\nb: \xff\n"), "f:2: invalid leading UTF-8 octet", "what is not UTF-8");
	yaml_bad(SPAN("a: \"x\ny\"\n b: \"\x01\"\n"), "f:3: control characters are not allowed", "a control character");
}

/* Aliases of aliases: 9 levels of 9 are a billion. */
static void bombs(void)
{
	struct buf b = { 0 };

	buf_lit(&b, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&b, "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_printf(&b, "%s*a%d", k ? "," : "", i - 1);
		buf_lit(&b, "]\n");
	}
	yaml_bad(buf_as_span(&b), "f:6: more than 100000 values, with all its aliases written out", "a billion laughs");
	buf_reset(&b);
	for (int i = 0; i < 70; i++)
		buf_lit(&b, "[");
	yaml_bad(buf_as_span(&b), "f:1: more than 64 levels deep", "a deep list");
	buf_reset(&b);
	buf_lit(&b, "- &a0 [x]\n");
	for (int i = 1; i < 70; i++)
		buf_printf(&b, "- &a%d [*a%d]\n", i, i - 1);
	yaml_bad(buf_as_span(&b), "f:63: more than 64 levels deep", "a list made deep by aliases");
	buf_reset(&b);
	buf_lit(&b, "[");
	for (int i = 0; i < 100001; i++)
		buf_lit(&b, "1,");
	buf_lit(&b, "]");
	yaml_bad(buf_as_span(&b), "f:1: more than 100000 values", "a long list");
	buf_reset(&b);
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "- &a%d x\n", i);
	yaml_bad(buf_as_span(&b), "f:257: more than 256 anchors", "many anchors");
	buf_reset(&b);
	while (b.n <= CONF_FILE_MAX)
		buf_lit(&b, "# a line of words\n");
	yaml_bad(buf_as_span(&b), "f: larger than 1048576 bytes", "a large file");
	properties_bad(buf_as_span(&b), "f: larger than 1048576 bytes", "and a large properties file");
	buf_free(&b);
}

static void pairs(void)
{
	properties("a=1\nb : two words \n c\td\n! no\n  # no\n\ne\nf=\n",
		"{a@1/1:\"1\",b@2/2:\"two words \",c@3/3:\"d\",e@7/7:\"\",f@8/8:\"\"}", "the three kinds of separators");
	properties("topics=a,\\\n   b,\\\n\tc\nnext=1\n", "{topics@1/1:\"a,b,c\",next@4/4:\"1\"}", "lines that go on");
	properties("key\\\n  more = x\\\\\ny=\\\n  # no comment\n", "{keymore@1/1:\"x\\\",y@3/3:\"# no comment\"}", "and what does not");
	properties("a\\=b\\:c\\ d=e\\tf\\u00fc\\ud83d\\ude00\\q\\#\n", "{a=b:c d@1/1:\"e\tf\xc3\xbc\xf0\x9f\x98\x80q#\"}", "escapes");
	properties("a=1\r\nb=2\rc=3", "{a@1/1:\"1\",b@2/2:\"2\",c@3/3:\"3\"}", "all ends of lines");
	properties("a = = b\nc=\\", "{a@1/1:\"= b\",c@2/2:\"\"}", "a second separator, a last backslash");
	properties("=v\n", "{@1/1:\"v\"}", "an empty key");
	properties("", "{}", "an empty file");
	properties("a \\\n : \\\n b\n", "{a@1/1:\"b\"}", "lines that go on between");
	properties_bad(SPAN("a=1\nb=2\na=3\n"), "f:3: the key a is there twice; first in line 1", "a key twice");
	properties_bad(SPAN("a=1\nb=\\u12x4\n"), "f:2: \\u needs four hexadecimal digits", "a bad escape");
	properties_bad(SPAN("a=\\u12"), "f:1: \\u needs four hexadecimal digits", "half an escape");
	properties_bad(SPAN("a=\\ud83dx\n"), "f:1: half of a surrogate pair", "half a pair");
	properties_bad(SPAN("a=\\ude00\n"), "f:1: half of a surrogate pair", "the other half");
	properties_bad(SPAN("a=\\ud83d\\u0041\n"), "f:1: half of a surrogate pair", "a half and something else");
	properties_bad(SPAN("a=1\nb=\xe4\n"), "f:2: not UTF-8", "Latin-1");
	properties_bad(SPAN("a=1\nb=\\u0000\n"), "f:2: a NUL character in text", "a NUL");
	properties_bad(SPAN("a\0=1\n"), "f:1: a NUL character in text", "a NUL in a key");
}

static bool int_of(const char *text, int64_t *n)
{
	struct conf c;
	bool good = conf_yaml(&c, "f", span_of(text)) && conf_int(c.root, -10, INT64_MAX, n);

	conf_free(&c);
	return good;
}

static void values(void)
{
	struct conf c;
	const struct conf_node *m;
	int64_t n = 0;
	bool b = false;

	ok(conf_yaml(&c, "f", SPAN("{a: True, b: yes, c: ~, d: '', e: 'null', f: , g: {h: 1}, i: [1]}")), "a map of all sorts");
	ok(conf_bool(conf_get(c.root, "a"), &b) && b, "True is true");
	ok(!conf_bool(conf_get(c.root, "b"), &b), "yes is no boolean");
	ok(conf_null(conf_get(c.root, "c")) && conf_null(conf_get(c.root, "f")), "~ and nothing are null");
	ok(!conf_null(conf_get(c.root, "d")) && !conf_null(conf_get(c.root, "e")), "quoted text is not");
	ok(!conf_get(c.root, "zz") && !conf_get(conf_get(c.root, "a"), "x") && !conf_get(NULL, "x"), "what is not there is NULL");
	m = conf_get(conf_get(c.root, "g"), "h");
	ok(m && conf_int(m, 1, 1, &n) && n == 1, "a number in a map in a map");
	ok(!conf_int(conf_get(c.root, "g"), 0, 9, &n) && !conf_bool(conf_get(c.root, "i"), &b) && !conf_null(conf_get(c.root, "g")),
		"maps and lists are neither");
	is_str(conf_kind_name(conf_get(c.root, "g")), "a map", "and are called by their names");
	is_str(conf_kind_name(conf_get(c.root, "i")), "a list", "and are called by their names");
	ok(!conf_fail(&c, m, "%s\n!", "first") && !conf_fail_line(&c, 7, "second"), "a complaint is false");
	is_str(c.error, "f:1: first?!", "the first stays, in one line");
	conf_free(&c);
	ok(int_of("9223372036854775807", &n) && n == INT64_MAX, "the largest number");
	ok(int_of("-10", &n) && n == -10 && int_of("'0'", &n) && n == 0, "the smallest here, and 0 in quotes");
	ok(!int_of("-11", &n) && !int_of("9223372036854775808", &n), "not beyond");
	ok(!int_of("010", &n) && !int_of("-010", &n) && !int_of("0x10", &n) && !int_of("1.0", &n) && !int_of("1_000", &n) && !int_of("-", &n)
		&& !int_of("", &n), "only decimal numbers");
}

static void files(void)
{
	char path[] = "build/conf-test-XXXXXX";
	int fd = mkstemp(path);
	struct conf c;

	if (!ok(fd >= 0 && write(fd, "a: b\n", 5) == 5 && close(fd) == 0, "a file"))
		return;
	ok(conf_load(&c, path, conf_yaml) && span_is(conf_get(c.root, "a")->text, "b"), "is read");
	is_str(c.file, path, "under its name");
	conf_free(&c);
	unlink(path);
	ok(!conf_load(&c, "build/no/such", conf_yaml), "one that is not there is not");
	is_str(c.error, "build/no/such: No such file or directory", "with the reason");
	conf_free(&c);
	ok(!conf_load(&c, "build", conf_properties), "nor is a directory");
	is_str(c.error, "build: Is a directory", "with the reason");
	conf_free(&c);
}

int main(void)
{
	trees();
	refusals();
	bombs();
	pairs();
	values();
	files();
	buf_free(&out);
	return tap_end();
}

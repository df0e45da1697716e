/* SPDX-License-Identifier: Apache-2.0 */
#include "shell.h"

#include <stdio.h>

static bool harmless(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_@%+=:,./-", c));
}

void shell_word(struct buf *b, struct span text)
{
	size_t i = 0;

	while (i < text.n && harmless(text.p[i]))
		i++;
	if (i == text.n && text.n) {
		buf_span(b, text);
		return;
	}
	buf_byte(b, '\'');
	for (i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			buf_lit(b, "'\\''");
		else
			buf_byte(b, text.p[i]);
	buf_byte(b, '\'');
}

void shell_add(struct buf *b, struct span text)
{
	buf_byte(b, ' ');
	shell_word(b, text);
}

void shell_option(struct buf *b, const char *option, struct span text)
{
	buf_printf(b, " %s", option);
	/* A value that looks like an option belongs to this one all the same. */
	if (text.n && *text.p == '-' && option[1] == '-') {
		buf_byte(b, '=');
		shell_word(b, text);
	} else {
		shell_add(b, text);
	}
}

void shell_number(struct buf *b, const char *option, int64_t n, const char *unit)
{
	buf_printf(b, " %s %lld%s", option, (long long)n, unit);
}

static bool has_line(struct span text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text.p, *end = text.p + text.n; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t length = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (length == n && memcmp(p, line, n) == 0)
			return true;
		p += length + 1;
	}
	return false;
}

void shell_file(struct buf *b, const char *indent, const char *file, struct span text)
{
	char end[32] = "END";

	/* There are fewer lines than numbers. */
	for (unsigned n = 1; has_line(text, end); n++)
		snprintf(end, sizeof(end), "END%u", n);
	buf_printf(b, "%scat >\"%s\" <<'%s'\n", indent, file, end);
	buf_span(b, text);
	buf_printf(b, "%s\n", end);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"
#include "clock.h"
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMAS_MAX 4096		/* kept at a time; more begin anew */
#define FILE_MAX ((size_t)8 << 20)
#define ASK_AGAIN_MS 1000

struct kept {
	uint32_t id;
	struct avro_json *avro;		/* NULL: not there, or broken */
	int64_t asked;			/* clock_ms */
	char why[200];
};

struct schemas {
	const char *path;
	struct avro_json *one;
	struct kept *kept;
	size_t n, last;
};

/* A whole file; false with errno. */
static bool read_file(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	char *p;

	if (fd < 0)
		return false;
	b->max = FILE_MAX;
	do {
		p = buf_reserve(b, 65536);
		n = p ? read(fd, p, 65536) : -1;
		if (n > 0)
			b->n += (size_t)n;
	} while (n > 0 || (n < 0 && p && errno == EINTR));
	if (!p)
		errno = EFBIG;
	close(fd);
	return n == 0;
}

struct schemas *schemas_open(const char *path)
{
	struct schemas *s = xcalloc(1, sizeof(*s));
	struct buf text = { 0 };
	struct stat st;
	char why[200];

	s->path = path;
	if (stat(path, &st) < 0)
		die(EX_CONFIG, "can't open %s:", path);
	if (S_ISDIR(st.st_mode))
		return s;
	if (!read_file(path, &text))
		die(EX_CONFIG, "can't read %s:", path);
	s->one = avro_json_open(buf_as_span(&text), why, sizeof(why));
	if (!s->one)
		die(EX_CONFIG, "%s: %s", path, why);
	buf_free(&text);
	return s;
}

static void load(struct schemas *s, struct kept *k)
{
	struct buf text = { 0 };
	char path[4200];

	k->asked = clock_ms();
	k->why[0] = '\0';
	snprintf(path, sizeof(path), "%s/%u.avsc", s->path, k->id);
	if (!read_file(path, &text)) {
		if (errno != ENOENT)
			snprintf(k->why, sizeof(k->why), "can't read %.100s: %s", path, strerror(errno));
	} else {
		char why[100];

		k->avro = avro_json_open(buf_as_span(&text), why, sizeof(why));
		if (!k->avro)
			snprintf(k->why, sizeof(k->why), "%u.avsc: %s", k->id, why);
	}
	buf_free(&text);
}

static void forget_all(struct schemas *s)
{
	for (size_t i = 0; i < s->n; i++)
		avro_json_close(s->kept[i].avro);
	s->n = s->last = 0;
}

static struct kept *find(struct schemas *s, uint32_t id)
{
	if (s->n && s->kept[s->last].id == id)
		return &s->kept[s->last];
	for (size_t i = 0; i < s->n; i++)
		if (s->kept[i].id == id) {
			s->last = i;
			return &s->kept[i];
		}
	if (s->n == SCHEMAS_MAX)
		forget_all(s);
	if (!s->kept)
		s->kept = xcalloc(SCHEMAS_MAX, sizeof(*s->kept));
	s->last = s->n++;
	s->kept[s->last] = (struct kept){ .id = id, .asked = INT64_MIN };
	return &s->kept[s->last];
}

const struct avro_json *schemas_get(struct schemas *s, uint32_t id, char *why, size_t why_size)
{
	struct kept *k;

	why[0] = '\0';
	if (!s)
		return NULL;
	if (s->one)
		return s->one;
	k = find(s, id);
	if (!k->avro && (k->asked == INT64_MIN || clock_ms() - k->asked >= ASK_AGAIN_MS))
		load(s, k);
	snprintf(why, why_size, "%s", k->why);
	return k->avro;
}

const struct avro_json *schemas_one(const struct schemas *s)
{
	return s ? s->one : NULL;
}

void schemas_free(struct schemas *s)
{
	if (!s)
		return;
	forget_all(s);
	avro_json_close(s->one);
	free(s->kept);
	free(s);
}

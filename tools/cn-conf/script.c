/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdio.h>

static void put_comment(struct buf *b, const struct plan *p)
{
	buf_lit(b, "# The pipeline of ");
	for (const char *c = p->conf->file; *c; c++)
		buf_byte(b, (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
}

static void put_stages(struct buf *b, const struct ring *r, const char *indent, const char *first, const char *stage)
{
	buf_printf(b, "%s%s", indent, first);
	for (unsigned i = 0; i < r->n; i++) {
		if (i > 0)
			buf_printf(b, "%s\t%s", indent, stage);
		buf_span(b, buf_as_span(&r->stages[i]));
		if (i + 1 < r->n)
			buf_lit(b, " |\n");
	}
}

/* A whole script. The source is the process that a signal drains, and whose exit code counts. What runs in the background does not heed
 * SIGINT, so that of a terminal comes to it as SIGTERM too. */
static void put_script(struct buf *b, const struct plan *p)
{
	put_comment(b, p);
	buf_lit(b, ", by cn-conf. SIGTERM drains it, and so does Ctrl-C.\n"
		"set -u\numask 077\n"
		"dir=$(mktemp -d \"${TMPDIR:-/tmp}/cn.XXXXXX\") || exit 73\nexport dir\n"
		"trap 'rm -rf \"$dir\"' EXIT\n"
		"trap ': >\"$dir/stop\"; kill $(cat \"$dir\"/pid.*) 2>/dev/null' INT TERM\n"
		"first() {\n"
		"\tname=$1 && shift\n"
		"\t{ \"$@\" <&3 3<&- & } 3<&0 # & alone would take stdin away\n"
		"\techo $! >\"$dir/pid.$name\"\n"
		"\t[ ! -e \"$dir/stop\" ] || kill $!\n"
		"\texec <&- >&- # only the source itself may hold them open\n"
		"\twait $!\n"
		"\techo $? >\"$dir/status.$name\"\n"
		"}\n");
	buf_span(b, buf_as_span(&p->head));
	buf_span(b, buf_as_span(&p->files));
	for (unsigned i = 0; i < p->n_rings; i++) {
		const struct ring *r = &p->rings[i];
		char first[128];

		snprintf(first, sizeof(first), "first %s ", r->name);
		buf_printf(b, "\nmkfifo \"$dir/acks.%s\" || exit 73\n", r->name);
		put_stages(b, r, "", first, "");
		buf_printf(b, " >\"$dir/acks.%s\" &\n", r->name);
	}
	buf_lit(b, "\nuntil wait; do :; done\n");
	buf_lit(b, "status=$(cat \"$dir\"/status.* 2>/dev/null | sort -n | tail -n 1)\nexit \"${status:-75}\"\n");
}

/* A function for pipelines/ring.sh. */
static void put_function(struct buf *b, const struct plan *p)
{
	put_comment(b, p);
	buf_lit(b, ", by cn-conf, for ring.sh.\nring() {\n\tumask 077\n");
	buf_span(b, buf_as_span(&p->head));
	buf_span(b, buf_as_span(&p->files));
	put_stages(b, &p->rings[0], "\t", "first ", "stage ");
	buf_lit(b, " >\"$ACKS\"\n}\n");
}

bool plan_print(const struct plan *p)
{
	struct buf b = { 0 };
	bool good;

	if (p->for_ring_sh)
		put_function(&b, p);
	else
		put_script(&b, p);
	good = !b.full && fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0;
	buf_free(&b);
	return good;
}

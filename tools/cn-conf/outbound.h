/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OUTBOUND_H
#define OUTBOUND_H

#include "plan.h"

/* The parts of an outbound file. Which section holds for a record is a matter of its port, namespace and set: see feed_section. */
#define DESTINATIONS_MAX 64

struct format_choice {
	const char *mode;		/* as the sinks call it; NULL: not chosen yet */
	struct span metadata_key;	/* absent when it says nothing */
	bool keep_map_keys;
};

struct feed {
	struct plan *plan;
	const struct conf_node *port;		/* its port-based-config, or NULL */
	struct format_choice format;		/* what the sinks are told; records that differ say so in `to` */
	const struct conf_node *used[DESTINATIONS_MAX];	/* destinations that some route names */
	unsigned n_used;
	bool named;				/* ESP: sinks read their own member of `to`, as there is a cn-route */
};

/* The section that holds for a namespace and set (both may be NULL), the nearest one; NULL when there is none. */
const struct conf_node *feed_section(const struct feed *f, const struct conf_node *ns, const struct conf_node *set, const char *name);

bool format_read(struct plan *p, const struct conf_node *section, struct format_choice *out);
/* " --format json --metadata-key m --keep-map-keys" for a sink. */
void format_options(struct buf *b, const struct format_choice *f);

/* Append cn-route's options for one routing section; *fixed becomes true when nothing but a fixed destination is in it. */
bool route_options(struct feed *f, const struct conf_node *routing, struct buf *b, bool *fixed);
/* " --transform HOW" for each element of a list. */
bool transform_options(struct plan *p, const struct conf_node *list, struct buf *b);
/* cn-bins' options for one bin-transforms section, which may be NULL. */
bool bins_options(struct plan *p, const struct conf_node *section, struct buf *b);

/* What a destination is called in `to`, in cn-fan and in names of files: as in the file, if it can be. Good until the next call. */
const char *destination_name(const struct feed *f, const struct conf_node *d);

/* The last stage: cn-post, cn-post-kinesis, cn-kafka-sink, or a cn-fan of several. */
bool esp_sink(struct feed *f, struct buf *b);
bool kafka_sink(struct feed *f, struct buf *b, struct span topic);

/* The sources: a ring for each address, with its name and its first stage. */
bool service_rings(struct plan *p);
bool service_logging(struct plan *p);
/* host:port, with brackets where it needs them. */
void service_address(struct buf *b, struct span host, int64_t port);

#endif

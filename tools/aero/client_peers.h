/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_PEERS_H
#define CLIENT_PEERS_H

#include "span.h"

#include <stdint.h>

/* Reading what nodes say of addresses. Pure; spans point into the text. Source: the wire protocol reference, sections 2.2, 2.3, 2.8. */

/* "host", "host:port", "[v6]:port", "v6" (without a port): false when it is none of that or the port is out of range. host is without
 * brackets; port is port_default when the text names none. */
bool client_peers_host(struct span text, uint16_t port_default, struct span *host, uint16_t *port);

/* "7,3000,[[BB9A,,[10.0.0.7]],[BB9B,tls,[10.0.0.8:3100,[fd00::8]:3100]]]" */
struct peers {
	int64_t generation;
	uint16_t port;		/* default */
	struct span rest;	/* peers not yet read */
};
struct peer {
	struct span id, tls_name;
	struct span hosts;	/* for client_peers_next_host; empty: this node has left (delta form) */
};
bool client_peers_open(struct peers *ps, struct span value);
/* 1: a peer; 0: the end; -1: not a list of peers. */
int client_peers_next(struct peers *ps, struct peer *p);
/* The hosts of one peer, one after the other. 1, 0, -1 as above. */
int client_peers_next_host(struct span *hosts, uint16_t port_default, struct span *host, uint16_t *port);

/* Is host:port in a service list ("10.0.0.7:3000,[fd00::8]:3000")? Hosts are compared as text. */
bool client_peers_service_has(struct span list, const char *host, uint16_t port);

#endif

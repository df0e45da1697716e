/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLUSTER_OPTIONS_H
#define CLUSTER_OPTIONS_H

#include "client.h"
#include "opt.h"

/* The options that say which cluster, and how to get in: for every program that has a client. Their rows go into the program's own table,
 * and its set() asks cluster_option_set for the keys that it does not know. */
enum { CLUSTER_OPTION_NAME = OPT_LONG + 512, CLUSTER_OPTION_ALTERNATE, CLUSTER_OPTION_CONNECTIONS, CLUSTER_OPTION_USER, CLUSTER_OPTION_PASSWORD,
	CLUSTER_OPTION_AUTH, CLUSTER_OPTION_TLS, CLUSTER_OPTION_CA, CLUSTER_OPTION_CERT, CLUSTER_OPTION_KEY, CLUSTER_OPTION_TLS_NAME };

#define CLUSTER_OPTION_HOST_ROW \
	{ 'h', "host", "HOST:PORT,...", "AS_HOSTS", "nodes to ask for the cluster [127.0.0.1:3000]" }
#define CLUSTER_OPTION_ROWS \
	{ CLUSTER_OPTION_CONNECTIONS, "connections", "N", NULL, "connections to each node at most [32]" }, \
	{ CLUSTER_OPTION_NAME, "cluster-name", "NAME", NULL, "refuse nodes of another cluster" }, \
	{ CLUSTER_OPTION_ALTERNATE, "services-alternate", NULL, NULL, "use the nodes' alternate addresses" }, \
	{ CLUSTER_OPTION_USER, "user", "NAME", "AS_USER", "log in as this user" }, \
	{ CLUSTER_OPTION_PASSWORD, "password-file", "FILE", "AS_PASSWORD_FILE", "file whose first line is the password" }, \
	{ CLUSTER_OPTION_AUTH, "auth", "MODE", NULL, "internal, external or pki [internal]" }, \
	{ CLUSTER_OPTION_TLS, "tls", NULL, NULL, "use TLS" }, \
	{ CLUSTER_OPTION_CA, "tls-ca", "FILE", NULL, "certificates to trust [the system's]" }, \
	{ CLUSTER_OPTION_CERT, "tls-cert", "FILE", NULL, "own certificate" }, \
	{ CLUSTER_OPTION_KEY, "tls-key", "FILE", NULL, "key of the own certificate" }, \
	{ CLUSTER_OPTION_TLS_NAME, "tls-name", "NAME", NULL, "name in the nodes' certificates [the host's]" }

/* What the rows promise. */
#define CLUSTER_OPTION_DEFAULTS .seeds = "127.0.0.1:3000", .connections = 32

/* False when the key is none of these. Texts are argv's or the environment's; the password is malloc'ed. */
bool cluster_option_set(struct client_options *o, int key, const char *value);
/* After all options: dies EX_USAGE when they don't go together. */
void cluster_option_check(const struct client_options *o);
void cluster_option_free(struct client_options *o);

/* For set(): a namespace or set, of at most max bytes. */
#define NAMESPACE_NAME_MAX 31
#define SET_NAME_MAX 63
const char *cluster_option_place(const char *value, size_t max);

#endif

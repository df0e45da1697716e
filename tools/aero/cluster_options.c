/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_options.h"
#include "err.h"

#include <stdlib.h>
#include <string.h>

bool cluster_option_set(struct client_options *o, int key, const char *value)
{
	switch (key) {
	case 'h': o->seeds = value; break;
	case CLUSTER_OPTION_CONNECTIONS: o->connections = (unsigned)opt_count(value, 1, 1000); break;
	case CLUSTER_OPTION_NAME: o->cluster_name = value; break;
	case CLUSTER_OPTION_ALTERNATE: o->alternate = true; break;
	case CLUSTER_OPTION_USER: o->user = value; break;
	case CLUSTER_OPTION_PASSWORD:
		cluster_option_free(o);
		o->password = opt_secret_file(value);
		break;
	case CLUSTER_OPTION_AUTH: o->auth = (enum client_auth)opt_word(value, "internal external pki"); break;
	case CLUSTER_OPTION_TLS: o->tls = true; break;
	case CLUSTER_OPTION_CA: o->tls_ca = value; break;
	case CLUSTER_OPTION_CERT: o->tls_cert = value; break;
	case CLUSTER_OPTION_KEY: o->tls_key = value; break;
	case CLUSTER_OPTION_TLS_NAME: o->tls_name = value; break;
	default: return false;
	}
	return true;
}

void cluster_option_check(const struct client_options *o)
{
	if (!o->user != !o->password && o->auth != CLIENT_AUTH_PKI)
		die(EX_USAGE, "--user and --password-file belong together");
}

void cluster_option_free(struct client_options *o)
{
	char *password = (char *)(uintptr_t)o->password;

	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	o->password = NULL;
}

const char *cluster_option_place(const char *value, size_t max)
{
	if (!*value || strlen(value) > max || strpbrk(value, ":;"))
		opt_bad(value, "not a name that the cluster takes");
	return value;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TLS_H
#define TLS_H

#include "http.h"

#include <gnutls/gnutls.h>
#include <sys/types.h>

/* What a connection's first bytes say, which stay in the socket. */
enum tls_hello {
	TLS_MORE,	/* not all of them are there yet */
	TLS_H2,		/* a ClientHello that offers h2 */
	TLS_OTHER,	/* anything else */
	TLS_GONE	/* the connection is lost */
};
enum tls_hello tls_look(int fd);

/* Dies when certificate, key and CA do not fit together. The file names are for the message. */
gnutls_certificate_credentials_t tls_credentials(const struct http_tls *t, const char *cert_file, const char *ca_file);
/* A server's session for HTTP/2, with the handshake still to be done; ask_client: a client certificate is required, and the
 * handshake fails without a good one. NULL when memory is out. */
gnutls_session_t tls_session(gnutls_certificate_credentials_t credentials, bool ask_client, int fd);
/* What gnutls_record_recv or _send returned, as recv or send would have said it: bytes, or -1 with errno (EAGAIN, EPROTO). */
ssize_t tls_result(ssize_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"
#include "err.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* libmicrohttpd does TLS for HTTP/1.1 and offers nothing else, so HTTP/2 has sessions of its own, for the connections whose
 * first message (ClientHello) names h2 among the protocols it would speak (ALPN, RFC 7301). */

#define HELLO_MAX (5 + 16384)	/* one TLS record */

struct cursor {
	const uint8_t *p, *end;
};

static unsigned take(struct cursor *c, unsigned bytes)
{
	unsigned v = 0;

	if ((size_t)(c->end - c->p) < bytes) {
		c->p = c->end;
		return 0;
	}
	while (bytes--)
		v = v << 8 | *c->p++;
	return v;
}

/* A vector behind its length of so many bytes; empty when it does not fit. */
static struct cursor vector(struct cursor *c, unsigned bytes)
{
	const size_t n = take(c, bytes);
	struct cursor v = { c->p, c->p };

	if ((size_t)(c->end - c->p) < n) {
		c->p = c->end;
		return v;
	}
	v.end = c->p += n;
	return v;
}

static bool names_h2(struct cursor extension)
{
	struct cursor list = vector(&extension, 2);

	while (list.p < list.end) {
		struct cursor name = vector(&list, 1);

		if (name.end - name.p == 2 && name.p[0] == 'h' && name.p[1] == '2')
			return true;
	}
	return false;
}

/* RFC 8446, 4.1.2: version, random, session id, cipher suites, compression methods, extensions. */
static bool hello_offers_h2(struct cursor hello)
{
	struct cursor extensions;

	take(&hello, 2);
	for (int i = 0; i < 8; i++)
		take(&hello, 4);
	vector(&hello, 1);
	vector(&hello, 2);
	vector(&hello, 1);
	extensions = vector(&hello, 2);
	while (extensions.p < extensions.end) {
		const unsigned type = take(&extensions, 2);
		struct cursor body = vector(&extensions, 2);

		if (type == 16)
			return names_h2(body);
	}
	return false;
}

static enum tls_hello tls_hello(const uint8_t *p, size_t n)
{
	struct cursor record = { p, p + n }, hello;
	size_t size;

	if (n < 6)
		return n && p[0] != 22 ? TLS_OTHER : TLS_MORE;
	size = (size_t)p[3] << 8 | p[4];
	if (p[0] != 22 || p[5] != 1 || size > HELLO_MAX - 5)
		return TLS_OTHER;
	if (n < 5 + size)
		return TLS_MORE;
	record.p += 6;
	record.end = p + 5 + size;
	hello = vector(&record, 3);
	return hello_offers_h2(hello) ? TLS_H2 : TLS_OTHER;
}

enum tls_hello tls_look(int fd)
{
	static uint8_t first[HELLO_MAX];
	ssize_t n = recv(fd, first, sizeof(first), MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? TLS_MORE : TLS_GONE;
	return n == 0 ? TLS_GONE : tls_hello(first, (size_t)n);
}

static void check(int r, const char *what)
{
	if (r < 0)
		die(EX_CONFIG, "%s: %s", what, gnutls_strerror(r));
}

gnutls_certificate_credentials_t tls_credentials(const struct http_tls *t, const char *cert_file, const char *ca_file)
{
	gnutls_certificate_credentials_t c;
	const gnutls_datum_t cert = { (unsigned char *)t->cert, (unsigned)strlen(t->cert) };
	const gnutls_datum_t key = { (unsigned char *)t->key, (unsigned)strlen(t->key) };

	check(gnutls_certificate_allocate_credentials(&c), "TLS");
	check(gnutls_certificate_set_x509_key_mem(c, &cert, &key, GNUTLS_X509_FMT_PEM), cert_file);
	if (t->ca) {
		const gnutls_datum_t ca = { (unsigned char *)t->ca, (unsigned)strlen(t->ca) };

		check(gnutls_certificate_set_x509_trust_mem(c, &ca, GNUTLS_X509_FMT_PEM), ca_file);
	}
	return c;
}

gnutls_session_t tls_session(gnutls_certificate_credentials_t credentials, bool ask_client, int fd)
{
	gnutls_datum_t h2 = { (unsigned char[]){ 'h', '2' }, 2 };
	gnutls_session_t t;

	if (gnutls_init(&t, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
		return NULL;
	if (gnutls_set_default_priority(t) < 0 || gnutls_credentials_set(t, GNUTLS_CRD_CERTIFICATE, credentials) < 0 ||
	    gnutls_alpn_set_protocols(t, &h2, 1, GNUTLS_ALPN_MANDATORY) < 0) {
		gnutls_deinit(t);
		return NULL;
	}
	if (ask_client) {
		gnutls_certificate_server_set_request(t, GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(t, NULL, 0);
	}
	gnutls_transport_set_int(t, fd);
	return t;
}

ssize_t tls_result(ssize_t n)
{
	if (n >= 0)
		return n;
	errno = n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ? EAGAIN : EPROTO;
	return -1;
}

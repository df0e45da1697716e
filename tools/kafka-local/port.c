/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's mock brokers always bind to port 0 of the loopback, and no property changes that (2.0.2). A bind() in the program
 * itself comes before libc's, so the wish for a port can be put in here; what the brokers tell their clients is read back from
 * the socket and thus right. */
#include "err.h"
#include "kafka-local.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint16_t next_port;

void port_fix(uint16_t first)
{
	next_port = first;
}

int bind(int fd, __CONST_SOCKADDR_ARG arg, socklen_t n)
{
	const struct sockaddr *address = arg.__sockaddr__;
	struct sockaddr_in in;
	int one = 1;

	if (!next_port || address->sa_family != AF_INET || n != sizeof(in))
		return (int)syscall(SYS_bind, fd, address, n);
	memcpy(&in, address, sizeof(in));
	in.sin_port = htons(next_port);
	/* So that it can be started again at once where it ran before. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* librdkafka would abort later, in tidying up a cluster that is half there. */
	if (syscall(SYS_bind, fd, &in, n) < 0)
		die(EX_UNAVAILABLE, "can't listen on 127.0.0.1:%d:", next_port);
	next_port++;
	return 0;
}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP clients that curl can't play: they cut, trickle, pile up and leave. Each prints what the test compares.
    http_client.py raw PORT TEXT         send these bytes (\\r \\n \\xNN understood), print the statuses that come back
    http_client.py cut PORT              one request a connection, sent in two pieces, cut at every byte; statuses counted
    http_client.py leave PORT            the same, but the client leaves at the cut; prints how many it began
    http_client.py cut2 PORT, leave2 PORT    the same over HTTP/2
    http_client.py many PORT N           N connections at once, each posts one notification; statuses counted
    http_client.py trickle PORT TEXT S   a byte every S seconds until the other side closes; prints how long that took
    http_client.py reset2 PORT           HTTP/2: post, then reset the stream before the answer; then a second post, its status
"""

import collections
import re
import socket
import struct
import sys
import time

BODY = b'{"a":1}'
REQUEST = b"POST /cut?q=1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


# :method POST and :scheme http stand in HPACK's static table, and so does the name :authority.
HEADERS = b"\x83\x86\x01\x01a" + literal(b":path", b"/cut?q=1") + literal(b"content-type", b"application/json")
START2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")


def request2(stream):
    return frame(1, 4, stream, HEADERS) + frame(0, 1, stream, BODY)


def connect(port):
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def receive(s, enough, seconds=3):
    """Bytes until enough(bytes) or the end."""
    got = b""
    s.settimeout(seconds)
    try:
        while not enough(got):
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
    except (socket.timeout, ConnectionResetError):
        pass
    return got


def statuses(data):
    return re.findall(rb"HTTP/1\.1 (\d\d\d)", data)


def frames(data):
    while len(data) >= 9:
        n = int.from_bytes(data[:3], "big")
        if len(data) < 9 + n:
            return
        yield data[3], int.from_bytes(data[5:9], "big"), data[9:9 + n]
        data = data[9 + n:]


def status2(data, stream=1):
    """Of the statuses in HPACK's static table only 200 and 400 are ours; another one is a literal."""
    for kind, number, payload in frames(data):
        if kind == 1 and number == stream:
            text = re.search(rb"[2345]\d\d", payload)
            return {0x88: "200", 0x8c: "400"}.get(payload[0]) or (text[0].decode() if text else "?")
    return ""


def count(results):
    print(" ".join(f"{k}:{n}" for k, n in sorted(collections.Counter(results).items())))


def cut(port, request, status, leave):
    results = []
    for at in range(1, len(request)):
        s = connect(port)
        s.sendall(request[:at])
        time.sleep(0.001)
        if leave:
            results.append("left")
        else:
            s.sendall(request[at:])
            results.append(status(receive(s, status)))
        s.close()
    count(results)


def many(port, n):
    conns = [connect(port) for _ in range(n)]
    for s in conns:
        s.sendall(REQUEST)
    count(b" ".join(statuses(receive(s, statuses))).decode() for s in conns)


def trickle(port, data, pause):
    s = connect(port)
    s.settimeout(pause)
    start = time.time()
    for byte in data * 1000:
        try:
            s.sendall(bytes([byte]))
            if not s.recv(4096):
                break
        except socket.timeout:
            continue
        except OSError:
            break
    print(f"{time.time() - start:.1f}")


def reset2(port):
    s = connect(port)
    s.sendall(START2 + request2(1))
    time.sleep(0.2)
    s.sendall(frame(3, 0, 1, struct.pack(">I", 8)) + request2(3))
    print(status2(receive(s, lambda d: status2(d, 3)), 3))


def main():
    what, port, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    h1 = lambda d: b" ".join(statuses(d)).decode()  # noqa: E731
    if what == "raw":
        s = connect(port)
        s.sendall(rest[0].encode("latin-1").decode("unicode_escape").encode("latin-1"))
        wanted = int(rest[1]) if len(rest) > 1 else 1
        got = receive(s, lambda d: len(statuses(d)) >= wanted)
        got += receive(s, lambda d: False, 0.1)
        print(h1(got) + ("" if is_open(s) else " closed"))
    elif what in ("cut", "leave"):
        cut(port, REQUEST, h1, what == "leave")
    elif what in ("cut2", "leave2"):
        cut(port, START2 + request2(1), status2, what == "leave2")
    elif what == "many":
        many(port, int(rest[0]))
    elif what == "trickle":
        trickle(port, rest[0].encode("latin-1").decode("unicode_escape").encode("latin-1"), float(rest[1]))
    elif what == "reset2":
        reset2(port)
    else:
        sys.exit(64)


def is_open(s):
    s.settimeout(0.05)
    try:
        return s.recv(1) != b""
    except socket.timeout:
        return True
    except OSError:
        return False


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Raw frames for tests of as-local, without any client library.

    wire.py HOST:PORT info COMMAND...     prints one value a line
    wire.py HOST:PORT put KEY BIN=INT...  a record of namespace test, set raw; --ttl=SECONDS; prints the result code
    wire.py HOST:PORT get KEY             prints the bins, or the result code
    wire.py HOST:PORT bad                 frames that no client sends; exit 1 and names on stderr where an answer is wrong
"""

import hashlib
import os
import socket
import struct
import sys


class Wire:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.s = socket.create_connection((host, int(port)), timeout=5)

    def send(self, data):
        self.s.sendall(data)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.s.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def unit(self):
        """(type, body); None when the server closed."""
        try:
            head = self.exactly(8)
            return head[1], self.exactly(int.from_bytes(head[2:], "big"))
        except (EOFError, ConnectionResetError):
            return None

    def ask(self, data):
        self.send(data)
        return self.unit()


def proto(kind, body, version=2, size=None):
    return bytes([version, kind]) + (len(body) if size is None else size).to_bytes(6, "big") + body


def field(kind, data):
    return struct.pack(">IB", len(data) + 1, kind) + data


def op(code, name=b"", particle=0, value=b""):
    return struct.pack(">IBBBB", 4 + len(name) + len(value), code, particle, 0, len(name)) + name + value


def message(info=(0, 0, 0), fields=(), ops=(), ttl=0, generation=0, n_fields=None, n_ops=None, tail=b""):
    head = struct.pack(">BBBBBBIIIHH", 22, *info, 0, 0, generation, ttl, 1000, len(fields) if n_fields is None else n_fields,
                       len(ops) if n_ops is None else n_ops)
    return proto(3, head + b"".join(fields) + b"".join(ops) + tail)


def where(key, set_name=b"raw"):
    """A digest is any twenty bytes to the server; no RIPEMD-160 needed."""
    digest = hashlib.sha1(set_name + key.encode()).digest()
    return [field(0, b"test"), field(1, set_name), field(4, digest)]


def code(answer):
    return None if answer is None else answer[1][5] if answer[0] == 3 else "type %d" % answer[0]


def info(address, commands):
    text = "".join(c + "\n" for c in commands).encode()
    answer = Wire(address).ask(proto(1, text))
    return [line.split("\t", 1)[1] for line in answer[1].decode().split("\n")[:-1]]


def bins(body):
    n_fields, n_ops = struct.unpack(">HH", body[18:22])
    at, out = 22, []
    for _ in range(n_fields):
        at += 4 + struct.unpack(">I", body[at:at + 4])[0]
    for _ in range(n_ops):
        size = struct.unpack(">I", body[at:at + 4])[0]
        n = body[at + 7]
        value = body[at + 8 + n:at + 4 + size]
        shown = int.from_bytes(value, "big", signed=True) if body[at + 5] == 1 else value.hex()
        out.append("%s=%s" % (body[at + 8:at + 8 + n].decode(), shown))
        at += 4 + size
    return " ".join(sorted(out))


READ, WRITE = (3, 0, 0), (0, 1, 0)
CLOSED = None


def bad_cases():
    """name, what is sent, the result code that answers it or CLOSED"""
    at = where("bad")
    one = [op(2, b"a", 1, (1).to_bytes(8, "big"))]
    deep = b"\x91" * 100000 + b"\x01"
    batch = struct.pack(">IB", 1, 1) + struct.pack(">I", 0) + bytes(20)

    yield "version 3", proto(1, b"node\n", version=3), CLOSED
    yield "type 9", proto(9, b""), CLOSED
    yield "a body of 2^48 - 1 bytes", proto(3, b"", size=2**48 - 1), CLOSED
    yield "a body of 128 MiB and one", proto(3, b"", size=(128 << 20) + 1), CLOSED
    yield "TLS on the clear port", bytes.fromhex("160301020001000001fc0303") + bytes(32), CLOSED
    yield "a body of 21 bytes", proto(3, bytes(21)), 4
    yield "no body", proto(3, b""), 4
    yield "bytes behind the ops", message(WRITE, at, one, tail=b"x"), 4
    yield "one field too many", message(WRITE, at, one, n_fields=4), 4
    yield "one op too many", message(WRITE, at, one, n_ops=2), 4
    yield "one op too few", message(WRITE, at, one, n_ops=0), 4
    yield "65535 ops that are not there", message(WRITE, at, one, n_ops=65535), 4
    yield "a field of no length", message(READ, [struct.pack(">I", 0)] + at), 4
    yield "a field longer than the body", message(READ, at[:2] + [struct.pack(">IB", 2**32 - 1, 4) + b"x"]), 4
    yield "an op of 3 bytes", message(WRITE, at, [struct.pack(">IBBB", 3, 2, 1, 0)]), 4
    yield "a bin's name beyond its op", message(WRITE, at, [struct.pack(">IBBBB", 4, 2, 1, 0, 200)]), 4
    yield "a digest of 19 bytes", message(READ, at[:2] + [field(4, bytes(19))]), 4
    yield "no such namespace", message(READ, [field(0, b"nosuch")] + at[1:]), 20
    yield "no namespace", message(READ, at[1:]), 20
    yield "a set of 64 bytes", message(WRITE, [at[0], field(1, b"s" * 64), at[2]], one), 4
    yield "a bin's name of 16 bytes", message(WRITE, at, [op(2, b"n" * 16, 1, bytes(8))]), 21
    yield "a bin's name with NUL", message(WRITE, at, [op(2, b"n\0", 1, bytes(8))]), 21
    yield "an integer of 3 bytes", message(WRITE, at, [op(2, b"a", 1, bytes(3))]), 4
    yield "a double of 4 bytes", message(WRITE, at, [op(2, b"a", 2, bytes(4))]), 4
    yield "a bool of 2", message(WRITE, at, [op(2, b"a", 17, b"\2")]), 4
    yield "a particle of type 99", message(WRITE, at, [op(2, b"a", 99, b"x")]), 4
    yield "a list that lies about its length", message(WRITE, at, [op(2, b"a", 20, b"\xdd\xff\xff\xff\xff")]), 1
    yield "a map that lies about its length", message(WRITE, at, [op(2, b"a", 19, b"\xdf\xff\xff\xff\xff\x01")]), 1
    yield "a string that is cut off", message(WRITE, at, [op(2, b"a", 20, b"\x91\xdb\xff\xff\xff\xff\x03")]), 1
    yield "a list 100000 deep", message(WRITE, at, [op(2, b"a", 20, deep)]), 1
    yield "bytes behind a list", message(WRITE, at, [op(2, b"a", 20, b"\x90\x90")]), 1
    yield "a shape that is none", message(WRITE, at, [op(2, b"a", 23, b"\0\0\0{}")]), 160
    yield "a sketch that is none", message(WRITE, at, [op(2, b"a", 18, b"\0\x10\0")]), 4
    yield "an operation that is no array", message(WRITE, at, [op(4, b"a", 4, b"\x01")]), 4
    yield "an operation without a code", message(WRITE, at, [op(4, b"a", 4, b"\x90")]), 4
    yield "an operation 100000 deep", message(WRITE, at, [op(4, b"a", 4, deep)]), 4
    yield "an append of a list 100000 deep", message(WRITE, at, [op(4, b"a", 4, b"\x92\x01" + deep)]), 4
    yield "an increment of a string", message(WRITE, at, [op(4, b"a", 4, b"\x92\x01\xa2\x03x"), op(4, b"a", 4, b"\x92\x0c\0")]), 4
    yield "insert at 2^62", message(WRITE, at, [op(4, b"a", 4, b"\x93\x03\xcf\x40" + bytes(7) + b"\x01")]), 26
    yield "a context 100000 deep", message(WRITE, at, [op(4, b"a", 4, b"\x93\xcc\xff" + deep + b"\x92\x01\x01")]), 4
    yield "bits of an impossible size", message(WRITE, at, [op(13, b"a", 4, b"\x92\x00\xce\xff\xff\xff\xff")]), 4
    yield "a filter 100000 deep on no record", message(READ, at + [field(43, deep)]), 2
    yield "a ttl of eleven years", message(WRITE, at, one, ttl=346896000), 4
    yield "a batch of four thousand million", message((9, 0, 0), [field(41, struct.pack(">IB", 2**32 - 1, 1))]), 4
    yield "a batch of none", message((9, 0, 0), [field(41, struct.pack(">IB", 0, 1))]), 4
    yield "a batch that begins with a repeated row", message((9, 0, 0), [field(41, batch + b"\1")]), 4
    yield "a batch row that is cut off", message((9, 0, 0), [field(41, batch + b"\x0e\0\1")]), 4
    yield "partition 4096", message((3, 0, 4), [field(0, b"test"), field(11, struct.pack("<H", 4096))]), 4
    yield "a partition twice", message((3, 0, 4), [field(0, b"test"), field(11, struct.pack("<HH", 1, 1))]), 4
    yield "a scan of no partition", message((3, 0, 4), [field(0, b"test")]), 16
    yield "a query without an index", message((3, 0, 4), [field(0, b"test"), field(11, b"\0\0"), field(22, bytes.fromhex(
        "01017a01000000080000000000000001000000080000000000000009"))]), 201
    yield "a range that is cut off", message((3, 0, 4), [field(0, b"test"), field(11, b"\0\0"), field(22, b"\1\1z\1\0\0")]), 4
    udf = [field(30, b"m"), field(31, b"f"), field(32, b"\x90")]
    yield "a transaction", message(READ, at + [field(5, bytes(8))]), 25
    yield "a transaction's write", message(WRITE, at + [field(5, bytes(8)), field(6, bytes(4))], one), 25
    yield "a durable delete", message((0, 0x13, 0), at), 25
    yield "a linearized read", message((3, 0, 0x40), at), 25
    yield "a function on a record", message(WRITE, at + udf), 100
    yield "a function without its arguments", message(WRITE, at + udf[:2]), 4
    yield "a function in the background", message(WRITE, at[:1] + udf + [field(33, b"\2")]), 100
    yield "an aggregation", message((1, 0, 4), at[:1] + udf + [field(33, b"\1"), field(11, b"\0\0")]), 16
    yield "fields of unknown types, which are passed over", message(READ, [field(99, b"x")] + at + [field(200, b"")]), 2
    yield "a compressed message", proto(4, bytes(8) + b"x"), 25
    yield "a login", proto(2, bytes.fromhex("00001400") + bytes(12)), "type 2"


def bad(address):
    wrong = 0
    for name, data, want in bad_cases():
        w = Wire(address)
        got = code(w.ask(data))
        if got != want:
            print("%s: %s, not %s" % (name, got, want), file=sys.stderr)
            wrong += 1
        # The connection that was answered goes on; none of this has written anything.
        if got is not CLOSED and code(w.ask(message((0x21, 0, 0), where("bad")))) != 2:
            print("%s: it left something behind, or its connection broke" % name, file=sys.stderr)
            wrong += 1
    # Half a frame, and gone.
    for n in (1, 7, 8, 20):
        Wire(address).send(message(WRITE, where("bad"), [op(2, b"a", 1, bytes(8))])[:n])
    return wrong


def main():
    address, what, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    if what == "info":
        print("\n".join(info(address, args)))
    elif what == "put":
        ttl = [int(a[6:]) for a in args if a.startswith("--ttl=")]
        pairs = [a.split("=") for a in args[1:] if not a.startswith("--")]
        ops = [op(2, name.encode(), 1, (int(n) & (2**64 - 1)).to_bytes(8, "big")) for name, n in pairs]
        print(code(Wire(address).ask(message(WRITE, where(args[0]), ops, ttl=ttl[0] if ttl else 0))))
    elif what == "get":
        answer = Wire(address).ask(message(READ, where(args[0])))
        print(code(answer) or bins(answer[1]))
    elif what == "bad":
        return 1 if bad(address) else 0
    else:
        print(__doc__, file=sys.stderr)
        return 64
    sys.stdout.flush()
    return os.EX_OK


sys.exit(main())

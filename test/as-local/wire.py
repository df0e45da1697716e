# SPDX-License-Identifier: Apache-2.0
"""The least of Aerospike's wire protocol that tests of as-local need: frames, single records, info. Keys are text."""

import hashlib
import os
import socket
import struct
import subprocess
import zlib

NOT_FOUND = 2


def digest(set_name, key):
    return hashlib.new("ripemd160", set_name.encode() + b"\3" + key.encode()).digest()


def frame(kind, body):
    return bytes([2, kind]) + len(body).to_bytes(6, "big") + body


def zipped(unit):
    """A message as a compressed unit that asks for a compressed answer."""
    unit = unit[:9] + bytes([unit[9] | 0x80]) + unit[10:]
    return frame(4, len(unit).to_bytes(8, "big") + zlib.compress(unit))


def field(kind, data):
    return struct.pack(">IB", len(data) + 1, kind) + data


def op(code, name, value):
    """value: int, str, bytes, (particle, bytes), or None for reads."""
    if value is None:
        kind, data = 0, b""
    elif isinstance(value, int):
        kind, data = 1, struct.pack(">q", value)
    elif isinstance(value, str):
        kind, data = 3, value.encode()
    elif isinstance(value, tuple):
        kind, data = value
    else:
        kind, data = 4, value
    name = name.encode()
    return struct.pack(">IBBBB", 4 + len(name) + len(data), code, kind, 0, len(name)) + name + data


def message(info1=0, info2=0, info3=0, generation=0, ttl=0, fields=(), ops=()):
    return frame(3, struct.pack(">BBBBBBIIIHH", 22, info1, info2, info3, 0, 0, generation, ttl, 1000, len(fields), len(ops)) +
                 b"".join(fields) + b"".join(ops))


def where(ns, set_name, key):
    fields = [field(0, ns.encode())]
    if set_name:
        fields.append(field(1, set_name.encode()))
    return fields + [field(4, digest(set_name, key))]


def put(ns, set_name, key, bins, ttl=0, send_key=False):
    fields = where(ns, set_name, key) + ([field(2, b"\x03" + key.encode())] if send_key else [])
    return message(info2=1, ttl=ttl, fields=fields, ops=[op(2, n, v) for n, v in bins.items()])


def get(ns, set_name, key):
    return message(info1=3, fields=where(ns, set_name, key))


def delete(ns, set_name, key):
    return message(info2=3, fields=where(ns, set_name, key))


def info(command):
    return frame(1, (command + "\n").encode())


def scan(ns, set_name="", pids=range(4096), ttl=0xffffffff, more=()):
    fields = [field(0, ns.encode())] + ([field(1, set_name.encode())] if set_name else [])
    fields += [field(7, os.urandom(8)), field(11, struct.pack(f"<{len(pids)}H", *pids)), *more]
    return message(info1=3, info3=4, ttl=ttl, fields=fields)


def rate(records_per_second):
    return field(10, struct.pack(">I", records_per_second))


def background(ns, set_name, ops, task, more=()):
    return message(info2=1, fields=[field(0, ns.encode()), field(1, set_name.encode()), field(7, struct.pack(">Q", task)), *more], ops=ops)


def integer_range(bin_name, low, high):
    """Field 22."""
    return field(22, bytes([1, len(bin_name)]) + bin_name.encode() + b"\1" + struct.pack(">IqIq", 8, low, 8, high))


class Answer:
    """One message: code, generation, void_time, bins; fields by type."""

    def __init__(self, body, at=0):
        (size, self.info1, self.info2, self.info3, _, self.code, self.generation, self.void_time, _, n_fields,
         n_ops) = struct.unpack_from(">BBBBBBIIIHH", body, at)
        at += size
        self.fields, self.bins = {}, {}
        for _ in range(n_fields):
            n, kind = struct.unpack_from(">IB", body, at)
            self.fields[kind] = body[at + 5:at + 4 + n]
            at += 4 + n
        for _ in range(n_ops):
            n, _, kind, _, name = struct.unpack_from(">IBBBB", body, at)
            data = body[at + 8 + name:at + 4 + n]
            self.bins[body[at + 8:at + 8 + name].decode()] = (
                struct.unpack(">q", data)[0] if kind == 1 else data.decode() if kind == 3 else data)
            at += 4 + n
        self.end = at


class Connection:
    def __init__(self, port, timeout=20):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept = b""

    def send(self, data):
        self.sock.sendall(data)

    def take(self):
        """(kind, body) of the next frame; EOFError when the other side has gone."""
        while len(self.kept) < 8 or len(self.kept) < 8 + int.from_bytes(self.kept[2:8], "big"):
            data = self.sock.recv(1 << 20)
            if not data:
                raise EOFError("the connection ended")
            self.kept += data
        n = 8 + int.from_bytes(self.kept[2:8], "big")
        unit, self.kept = self.kept[:n], self.kept[n:]
        return unit[1], unit[8:]

    def ask(self, data):
        self.send(data)
        kind, body = self.take()
        return Answer(body) if kind == 3 else body.decode()

    def scan(self, ns, set_name="", more=()):
        """All records: digest -> Answer."""
        self.send(scan(ns, set_name, more=more))
        found = {}
        while True:
            _, body = self.take()
            at = 0
            while at < len(body):
                row = Answer(body, at)
                at = row.end
                if row.info3 & 1 or row.code:
                    assert row.code == 0, row.code
                    return found
                if 4 in row.fields and not row.info3 & 4:
                    found[row.fields[4]] = row

    def close(self):
        self.sock.close()


class Server:
    """as-local as a child."""

    def __init__(self, *options, log="as-local.err", program=None, preexec=None):
        program = program or os.path.join(os.environ.get("BIN", "bin"), "as-local")
        self.log = open(log, "ab")
        self.child = subprocess.Popen([program, "-p", "0", *options], stdout=subprocess.PIPE, stderr=self.log, preexec_fn=preexec)
        line = self.child.stdout.readline().decode().strip()
        if not line:
            raise RuntimeError(f"as-local ended with {self.child.wait()}: {open(log).read()[-500:]}")
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self):
        self.child.kill()
        self.end()

    def stop(self):
        self.child.terminate()
        return self.end()

    def end(self):
        code = self.child.wait(20)
        self.child.stdout.close()
        self.log.close()
        return code

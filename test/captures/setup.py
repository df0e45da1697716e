# SPDX-License-Identifier: Apache-2.0
"""Puts the server into the state in which a scenario was recorded.

setup.json maps a scenario to what it needs, applied in this order:
  "after"     scenarios whose requests come first, each with what it needs itself
  "info"      info commands
  "groups"    names of lists of records that are kept under "_groups"
  "records"   records. "digest" and "set", or none: those of the scenario's first request; "key": stored user key; "generation": how
              often it was written; "ttl": seconds; "bins"
  "writes"    ops [code, bin, particle, hex], each a write of its own to the record of the scenario's first request
  "wait"      seconds
  "undo"      info commands for when the scenario is over
Bins are JSON: integers, strings, true and false, doubles (with a point), lists, objects for key-ordered maps with string keys, and
  {"$blob": hex} {"$geo": text} and maps that are ordered by key and value, {"$kv": [[key, value], ...]}"""

import json
import os
import socket
import struct
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INTEGER, FLOAT, STRING, BLOB, BOOL, MAP, LIST, GEOJSON = 1, 2, 3, 4, 17, 19, 20, 23
OP_WRITE, OP_TOUCH = 2, 11
WRITE, CREATE_ONLY = 1, 0x20
FIELD_NAMESPACE, FIELD_SET, FIELD_KEY, FIELD_DIGEST, FIELD_BATCH = 0, 1, 2, 4, 41


def pack_int(n):
    if 0 <= n < 128 or -32 <= n < 0:
        return struct.pack("b", n) if n < 0 else struct.pack("B", n)
    for code, form, low, high in ((0xcc, "B", 0, 1 << 8), (0xcd, ">H", 0, 1 << 16), (0xce, ">I", 0, 1 << 32), (0xcf, ">Q", 0, 1 << 64),
                                  (0xd0, "b", -1 << 7, 0), (0xd1, ">h", -1 << 15, 0), (0xd2, ">i", -1 << 31, 0), (0xd3, ">q", -1 << 63, 0)):
        if low <= n < high:
            return bytes([code]) + struct.pack(form, n)
    raise ValueError(n)


def pack_head(n, fix, limit, code16):
    return bytes([fix | n]) if n < limit else bytes([code16]) + struct.pack(">H", n)


def pack_raw(data):
    n = len(data)
    return (bytes([0xa0 | n]) if n < 32 else bytes([0xd9, n]) if n < 256 else b"\xda" + struct.pack(">H", n)) + data


def pack_map(pairs, flags):
    return pack_head(len(pairs) + 1, 0x80, 16, 0xde) + bytes([0xc7, 0, flags, 0xc0]) + b"".join(pack(k) + pack(v) for k, v in pairs)


def pack(v):
    """MessagePack as lists and maps hold it."""
    if v is None or isinstance(v, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[v]
    if isinstance(v, int):
        return pack_int(v)
    if isinstance(v, float):
        return b"\xcb" + struct.pack(">d", v)
    if isinstance(v, str):
        return pack_raw(b"\x03" + v.encode())
    if isinstance(v, list):
        return pack_head(len(v), 0x90, 16, 0xdc) + b"".join(map(pack, v))
    for name, what in (("$blob", lambda x: pack_raw(b"\x04" + bytes.fromhex(x))), ("$geo", lambda x: pack_raw(b"\x17" + x.encode())),
                       ("$kv", lambda x: pack_map(x, 3))):
        if name in v:
            return what(v[name])
    return pack_map(sorted(v.items()), 1)


def particle(v):
    """(type, bytes) of a bin."""
    if isinstance(v, bool):
        return BOOL, bytes([v])
    if isinstance(v, int):
        return INTEGER, struct.pack(">q", v)
    if isinstance(v, float):
        return FLOAT, struct.pack(">d", v)
    if isinstance(v, str):
        return STRING, v.encode()
    if isinstance(v, list):
        return LIST, pack(v)
    if "$blob" in v:
        return BLOB, bytes.fromhex(v["$blob"])
    if "$geo" in v:
        return GEOJSON, b"\0\0\0" + v["$geo"].encode()
    return MAP, pack(v)


def field(kind, data):
    return struct.pack(">IB", len(data) + 1, kind) + data


def operation(code, name, kind=0, value=b""):
    return struct.pack(">IBBBB", 4 + len(name) + len(value), code, kind, 0, len(name)) + name + value


def message(record, info2, ops):
    fields = [field(FIELD_NAMESPACE, b"test"), field(FIELD_SET, record["set"].encode()), field(FIELD_DIGEST, record["digest"])]
    if "key" in record:
        kind, data = particle(record["key"])
        fields.append(field(FIELD_KEY, bytes([kind]) + data))
    body = struct.pack(">BBBBBBIIIHH", 22, 0, info2, 0, 0, 0, 0, record.get("ttl", 0xffffffff), 1000, len(fields), len(ops))
    return frame(3, body + b"".join(fields) + b"".join(ops))


def frame(kind, body):
    return bytes([2, kind]) + len(body).to_bytes(6, "big") + body


def writes(record):
    """The requests that make it: created, written until it has its generation."""
    bins = [operation(OP_WRITE, name.encode(), *particle(v)) for name, v in record["bins"].items()]
    again = [message(record, WRITE, [operation(OP_TOUCH, b"")])] * (record.get("generation", 1) - 1)
    return [message(record, WRITE | CREATE_ONLY, bins)] + again


def first_fields(request):
    """Set and digest of a request for a single record."""
    n, at, out = struct.unpack(">H", request[26:28])[0], 30, {}
    for _ in range(n):
        size = struct.unpack(">I", request[at:at + 4])[0]
        out[request[at + 4]] = request[at + 5:at + 4 + size]
        at += 4 + size
    return out.get(FIELD_SET, b"").decode(), out.get(FIELD_DIGEST)


class Setup:
    def __init__(self, address, scenarios, run):
        with open(os.path.join(HERE, "setup.json"), encoding="utf-8") as file:
            self.needs = json.load(file)
        self.scenarios, self.run = scenarios, run
        self.s = socket.create_connection(address, timeout=10)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name in self.needs:
            if name not in scenarios and name != "_groups":
                raise SystemExit(f"setup.json names {name}, which is no scenario")

    def ask(self, request):
        self.s.sendall(request)
        return self.answer()

    def answer(self):
        head = self.exactly(8)
        return self.exactly(int.from_bytes(head[2:], "big"))

    def exactly(self, n):
        data = b""
        while len(data) < n:
            got = self.s.recv(n - len(data))
            if not got:
                raise SystemExit("the server closed the connection while a scenario was set up")
            data += got
        return data

    def info(self, commands):
        lines = self.ask(frame(1, "".join(c + "\n" for c in commands).encode())).decode().splitlines()
        for line in lines:
            if "\tERROR" in line or "\tFAIL" in line:
                raise SystemExit("setting up: " + line)
        return [line.partition("\t")[2] for line in lines]

    def clear(self):
        rows = self.info(["sindex-list"])[0]
        drop = [f"sindex-delete:ns={r['ns']};indexname={r['indexname']}" for r in
                (dict(p.split("=", 1) for p in row.split(":") if "=" in p) for row in rows.split(";") if row)]
        self.info(["truncate-namespace:namespace=test", "truncate-namespace:namespace=bar"] + drop)

    def write(self, part, record):
        if "digest" in record:
            record = dict(record, digest=bytes.fromhex(record["digest"]))
        else:
            name, digest = first_fields(self.scenarios[part][0][0])
            record = dict(record, set=name, digest=digest)
        requests = writes(record)
        self.s.sendall(b"".join(requests))
        for _ in requests:
            code = self.answer()[5]
            if code:
                raise SystemExit(f"setting up {part}: a write was answered with {code}")

    def apply(self, part):
        needs = self.needs.get(part, {})
        for other in needs.get("after", []):
            self.apply(other)
            self.run(self.scenarios[other])
        if "info" in needs:
            self.info(needs["info"])
        for record in [r for g in needs.get("groups", []) for r in self.needs["_groups"][g]] + needs.get("records", []):
            self.write(part, record)
        for code, name, kind, value in needs.get("writes", []):
            where, digest = first_fields(self.scenarios[part][0][0])
            self.ask(message({"set": where, "digest": digest}, WRITE, [operation(code, name.encode(), kind, bytes.fromhex(value))]))
        time.sleep(needs.get("wait", 0))

    def prepare(self, part):
        self.clear()
        self.apply(part)

    def undo(self, part):
        if "undo" in self.needs.get(part, {}):
            self.info(self.needs[part]["undo"])

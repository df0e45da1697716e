# SPDX-License-Identifier: Apache-2.0
"""as-local beside Debian's redis: the same small reads and writes, over 16 connections, one request at a time on each."""

import json
import os
import shutil
import subprocess
import sys
import time

from bench import Process, SECONDS, free_port, path, program, wait_port

KEYS, VALUE, RUNS = 100000, 100, 3
RECORDS = int(os.environ.get("BENCH_LOCAL_RECORDS", "1000000"))


class Local:
    def __init__(self, *options):
        r, w = os.pipe()
        self.process = Process([program("as-local"), "-p", "0", *options], stdout=w, name="as-local")
        os.close(w)
        with os.fdopen(r) as out:
            self.address = out.readline().strip()

    def load(self, verb, *options):
        out = subprocess.run([program("as_load"), "-k", str(KEYS), "-d", str(VALUE), "-t", f"{int(SECONDS * 1000)}ms", *options,
                              self.address, verb], capture_output=True, text=True, check=True).stdout
        return json.loads(out)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def measure(self, verb):
        """Requests/s, CPU microseconds a request here."""
        before = self.cpu()
        result = self.load(verb)
        if result["other"] > result["done"] / 100:
            sys.exit(f"bench: {result['other']} of {result['done']} answers of as-local were not 0")
        return result["rate"], (self.cpu() - before) * 1e6 / result["done"]

    def stop(self):
        self.process.stop()


class Redis:
    def __init__(self, durable):
        self.port = free_port()
        options = ["--appendonly", "yes", "--appendfsync", "always", "--dir", path("redis")] if durable else ["--save", ""]
        self.process = Process(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", *options], name="redis")
        wait_port(self.port)

    def rate(self, verb, per_second=60000):
        out = subprocess.run(["redis-benchmark", "-p", str(self.port), "-c", "16", "-d", str(VALUE), "-r", str(KEYS), "-n",
                              str(int(per_second * SECONDS)), "-t", verb, "--csv"], capture_output=True, text=True, check=True).stdout
        return float(out.splitlines()[1].split(",")[1].strip('"'))

    def stop(self):
        self.process.stop()


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def beside(table, what, verbs, ours, theirs, reach, per_second=60000):
    """In turns, so that what else the machine does hits both."""
    pairs = [(ours.measure(verbs[0]), theirs.rate(verbs[1], per_second)) for _ in range(RUNS)]
    redis = median([t for _, t in pairs])
    rate = median([o[0] for o, _ in pairs])
    ratio = median([o[0] / t for o, t in pairs])
    table.add(f"redis {verbs[1].upper()}{what}", redis, "req/s")
    table.add(f"as-local {verbs[0]}{what}", rate, "req/s", ratio, reach, median([o[1] for o, _ in pairs]))


def fresh(name):
    shutil.rmtree(path(name), ignore_errors=True)
    os.makedirs(path(name))
    return path(name)


def records(table):
    """Memory for a million small records; a record's data: digest, name of the bin, value."""
    node = Local()
    base = node.process.memory()[0]
    node.load("put", "-f", "-k", str(RECORDS))
    each = (node.process.memory()[0] - base) * (1 << 20) / RECORDS
    data = 20 + 1 + VALUE
    table.add(f"memory of a record of {data} bytes, {RECORDS:,} of them", each, "bytes", each / data, 2, below=True)
    node.stop()


def restart(table):
    data = fresh("local-restart")
    node = Local("--data", data)
    node.load("put", "-f", "-k", str(RECORDS // 4), "-c", "256")
    node.stop()
    begin = time.monotonic()
    node = Local("--data", data)
    table.add(f"start with {RECORDS // 4:,} records on disk", time.monotonic() - begin, "s")
    node.stop()
    shutil.rmtree(data)


def local(table):
    node, redis = Local(), Redis(False)
    node.load("put", "-f")
    redis.rate("set")
    beside(table, ", 16 conn", ("put", "set"), node, redis, 0.7)
    beside(table, ", 16 conn", ("get", "get"), node, redis, 0.7)
    node.stop()
    redis.stop()
    fresh("redis")
    node, redis = Local("--data", fresh("local")), Redis(True)
    beside(table, ", each durable (fsync), 16 conn", ("put", "set"), node, redis, None, 8000)
    node.stop()
    redis.stop()
    records(table)
    restart(table)

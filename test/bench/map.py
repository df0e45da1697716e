# SPDX-License-Identifier: Apache-2.0
"""cn-map on Kafka lines with values of about 300 bytes, beside jq making the same records."""

import json
import os
import sys
import time

from bench import Process, path, program

LINES = int(os.environ.get("BENCH_MAP_LINES", "400000"))
JQ_LINES = LINES // 10
JQ = '{id,metadata:{namespace:"shop",set:.value.region,userKey:.key,msg:"write"},bins:.value,kafka}'


def make(to):
    with open(to, "w") as out:
        for i in range(LINES):
            value = {"id": i, "region": "eu-central", "amount": i * 0.25, "qty": i % 97, "name": f"customer number {i}", "note": "x" * 120,
                     "active": True, "created": 1700000000000 + i, "tags": ["a", "b", "c"], "sku": f"A-{i % 1000:05d}"}
            out.write(json.dumps({"id": i, "kafka": {"topic": "orders", "partition": i % 3, "offset": i, "timestamp": 1700000000000 + i},
                                  "key": f"k{i}", "value": value}, separators=(",", ":")) + "\n")


def head(source, to, lines):
    with open(source) as f, open(to, "w") as out:
        out.writelines(line for line, _ in zip(f, range(lines)))


def rate_of(argv, source, lines, runs=3):
    """Best of a few runs: lines/s and CPU microseconds a line."""
    best = (0, 0)
    for _ in range(runs):
        with open(source, "rb") as f:
            begin = time.monotonic()
            p = Process(argv, stdin=f)
            code = p.wait()
            best = max(best, (lines / (time.monotonic() - begin), p.cpu * 1e6 / lines))
        if code:
            sys.exit(f"bench: {argv} ended with {code}")
    return best


def map(table):  # noqa: A001
    source, few = path("kafka.ndjson"), path("kafka-few.ndjson")
    if not os.path.exists(source):
        make(source)
        head(source, few, JQ_LINES)
    base, cpu = rate_of(["jq", "-c", JQ], few, JQ_LINES)
    table.add("jq making records of Kafka lines", base, "lines/s", None, None, cpu)
    rows = (("all fields", ["-n", "shop", "-s", "field:region"]),
            ("four bins", ["-n", "shop", "-s", "field:region", "--bins", "amount,qty:n,name,sku", "--ttl", "1D"]))
    for what, options in rows:
        rate, cpu = rate_of([program("cn-map"), *options], source, LINES)
        table.add(f"cn-map, {what}", rate, "lines/s", rate / base, None, cpu)
    program_text = '{metadata:{namespace:"shop",set:.value.region,userKey:.key},bins:.value}'
    rate, cpu = rate_of([program("cn-map"), "-e", program_text], few, JQ_LINES)
    table.add("cn-map, the same as a jq program", rate, "lines/s", rate / base, None, cpu)

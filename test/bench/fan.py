# SPDX-License-Identifier: Apache-2.0
"""cn-fan between a file and sinks that ack at once: what it costs to write each line twice and to join the acks. The mark is 300,000
lines a second."""

import re
import subprocess
import time

from bench import Process, path, program

MARK, RUNS = 300000, 3


def numbered(route, to):
    """The records with ids, each with the `to` that the jq expression says."""
    with open(path("records.ndjson"), "rb") as lines, open(to, "wb") as out:
        if route:
            subprocess.run([program("cn-route"), "-e", route], stdin=lines, stdout=out, stderr=subprocess.DEVNULL, check=True)
        else:
            out.write(lines.read())
    subprocess.run(["awk", '{ print "{\\"id\\":" NR "," substr($0, 2) }'], stdin=open(to), stdout=open(to + ".new", "w"), check=True)
    return to + ".new"


def one_run(argv, source):
    n = sum(1 for _ in open(source, "rb"))
    best = (0, 0)
    for _ in range(RUNS):
        with open(source, "rb") as f:
            begin = time.monotonic()
            p = Process(argv, stdin=f)
            code = p.wait()
            took = time.monotonic() - begin
        counters = open(p.log, errors="replace").read()
        if code or int(re.findall(r"\backed=(\d+)", counters)[0]) != n:
            raise SystemExit(f"bench: {argv} ended with {code}\n{counters}")
        best = max(best, (n / took, p.cpu * 1e6 / n))
    return best


def fan(table):
    sinks = [f"{name}={program('ack_all')}" for name in ("one", "two")]
    both = numbered(None, path("fan.ndjson"))
    rate, cpu = one_run([program("cn-fan"), *sinks], both)
    table.add("cn-fan, each line to two sinks that ack at once", rate, "lines/s", rate / MARK, 1, cpu, note="CPU with that of the sinks")
    split = numbered('if (.metadata.lut // 0) % 2 == 0 then {one: {topic: "a"}} else {two: {topic: "a"}} end', path("fan-split.ndjson"))
    rate, cpu = one_run([program("cn-fan"), *sinks], split)
    table.add("cn-fan, each line to one of two", rate, "lines/s", rate / MARK, 1, cpu, note="CPU with that of the sinks")

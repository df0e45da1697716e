# SPDX-License-Identifier: Apache-2.0
"""cn-conf beside a program that does nothing, and the filters of connectors' files beside cn-route --by set."""

import os
import resource
import subprocess
import time

from bench import ROOT, path, program

RUNS, TURNS = 100, 3


def milliseconds(argv):
    """The best of a few turns."""
    best = 1e9
    for _ in range(TURNS):
        begin = time.monotonic()
        for _ in range(RUNS):
            subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        best = min(best, (time.monotonic() - begin) * 1000 / RUNS)
    return best


def lines(argv, source, records):
    """Lines a second and CPU microseconds a line, the best of a few turns."""
    best = (0, 0)
    for _ in range(TURNS):
        with open(source, "rb") as f:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            begin = time.monotonic()
            subprocess.run(argv, stdin=f, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            took = time.monotonic() - begin
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = max(best, (records / took, cpu * 1e6 / records))
    return best


def conf(table):
    source, config = path("records.ndjson"), os.path.join(ROOT, "test/fixtures/conf/kafka-overrides.yml")
    with open(source, "rb") as f:
        records = sum(1 for _ in f)
    nothing = milliseconds(["/bin/true"])
    table.add("cn-conf, the whole run", milliseconds([program("cn-conf"), config]), "ms")
    table.add("  /bin/true", nothing, "ms")
    route = lines([program("cn-route"), "--by", "set", "--default", "kafka:rest"], source, records)
    table.add("cn-route --by set", route[0], "lines/s", cpu=route[1])
    for what, argv in {
        "cn-route --for, three scopes": ["cn-route", "--by", "set", "--default", "kafka:rest", "--for", "shop/users", "--static",
                                         "kafka:x", "--for", "shop/none", "--static", "skip"],
        "cn-bins --exclude one": ["cn-bins", "--exclude", "avatar"],
        "cn-bins --transform, Java's expression": ["cn-bins", "--transform", "j/^x_(.*)/$1/g", "--transform", "uppercase"],
        "cn-newest": ["cn-newest"],
    }.items():
        rate, cpu = lines([program(argv[0])] + argv[1:], source, records)
        table.add(what, rate, "lines/s", rate / route[0], None, cpu)

# SPDX-License-Identifier: Apache-2.0
"""as-scan beside a scan whose rows are only counted, and a copy by as-scan | as-put; as-put from a file beside the wire client alone."""

import os
import subprocess
import time

from bench import Pipeline, Process, path, program

RECORDS, RUNS = 200000, 3
LINE = '{"id":%d,"metadata":{"namespace":"test","set":"users","userKey":"user-%d","msg":"write"},"bins":{"name":"Somebody of a usual name","mail":"user-%d@example.org","visits":%d,"score":%d.5,"tags":["a","b",%d],"where":{"city":"Basel","zip":4051}}}\n'


class Local:
    def __init__(self, *options):
        r, w = os.pipe()
        self.process = Process([program("as-local"), "-p", "0", *options], stdout=w, name="as-local")
        os.close(w)
        with os.fdopen(r) as out:
            self.address = out.readline().strip()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def make_lines(to):
    with open(to, "w") as f:
        for n in range(1, RECORDS + 1):
            f.write(LINE % ((n,) * 6))


def one(argv, source=None):
    """Seconds and CPU seconds of a program between a file and /dev/null."""
    f = open(source, "rb") if source else None
    begin = time.monotonic()
    p = Process(argv, stdin=f)
    code = p.wait()
    took = time.monotonic() - begin
    if code:
        raise SystemExit(f"bench: {argv} ended with {code}\n{open(p.log, errors='replace').read()}")
    return took, p.cpu


def bare_scan(address):
    out = subprocess.run([program("bare_scan"), address, "test", "users"], capture_output=True, text=True, check=True).stdout
    rate, cpu, rows = map(float, out.split())
    if rows != RECORDS:
        raise SystemExit(f"bench: the scan gave {rows} of {RECORDS} rows")
    return rate, cpu


def wire(address):
    """The client alone: small puts, as many in flight as as-put has."""
    out = subprocess.run([program("client_bench"), address, "fill", str(RECORDS), "32", "1000", "32"], capture_output=True, text=True,
                         check=True).stdout
    return [float(x) for x in out.split()[:2]]


def best(runs):
    """Of (seconds, cpu)."""
    took, cpu = min(runs)
    return RECORDS / took, cpu * 1e6 / RECORDS


def puts(table, node, source):
    """Turn by turn, so that what else the machine does hits both."""
    ours, singles, theirs = [], [], []
    put = [program("as-put"), "-h", node.address, "--send-key"]
    server = {"batches": 0, "singles": 0}
    for _ in range(RUNS):
        theirs.append(wire(node.address))
        spent = node.cpu()
        ours.append(one(put, source))
        server["batches"] += node.cpu() - spent
        spent = node.cpu()
        singles.append(one([*put, "--batch", "1"], source))
        server["singles"] += node.cpu() - spent
    bare = max(theirs)
    table.add("wire client alone, small puts, 1000 in flight", bare[0], "rec/s", cpu=bare[1])
    single, cpu = best(singles)
    table.add("as-put from a file, --batch 1", single, "rec/s", single / bare[0], None, cpu,
              note=f"CPU of as-local: {server['singles'] * 1e6 / RUNS / RECORDS:.2f} us a record")
    rate, cpu = best(ours)
    table.add("as-put from a file", rate, "rec/s", rate / bare[0], 0.5, cpu,
              note=f"CPU of as-local: {server['batches'] * 1e6 / RUNS / RECORDS:.2f} us a record")
    table.add("  batches beside single writes", rate / single, "times", rate / single, 1)


def scans(table, node):
    bare, ours, lut = [], [], []
    scan = [program("as-scan"), "-h", node.address, "-n", "test", "-s", "users"]
    for _ in range(RUNS):
        bare.append(bare_scan(node.address))
        ours.append(one(scan))
        lut.append(one([*scan, "--lut"]))
    table.add("bare wire scan, rows counted", max(bare)[0], "rec/s", cpu=max(bare)[1])
    rate, cpu = best(ours)
    table.add("as-scan to /dev/null", rate, "rec/s", rate / max(bare)[0], 0.5, cpu)
    rate, cpu = best(lut)
    table.add("as-scan --lut to /dev/null", rate, "rec/s", rate / max(bare)[0], None, cpu)


def copy(table, node):
    begin = time.monotonic()
    p = Pipeline([[program("as-scan"), "-h", node.address, "-n", "test", "-s", "users"],
                  [program("as-put"), "-h", node.address, "-n", "second", "--send-key", "--exists", "replace"]])
    rss = p.memory()[0]
    cpu = p.wait()
    table.add("as-scan | as-put into another namespace", RECORDS / (time.monotonic() - begin), "rec/s", cpu=cpu * 1e6 / RECORDS,
              note=f"RSS at the start {rss:.0f} MiB")


def scan(table):
    source, node = path("users.ndjson"), Local("-n", "test", "-n", "second")
    try:
        make_lines(source)
        puts(table, node, source)
        scans(table, node)
        copy(table, node)
    finally:
        node.process.stop()

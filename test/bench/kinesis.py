# SPDX-License-Identifier: Apache-2.0
"""cn-post-kinesis into kinesalite, which is the slow one of the two: what counts are the calls for a thousand records, and its own CPU."""

import os
import re
import subprocess
import time

from bench import Process, ROOT, free_port, path, program, wait_port

RECORDS, RUNS = 20000, 3


def create(url, stream):
    subprocess.run(["curl", "-sS", "-K", "-", "--aws-sigv4", "aws:amz:us-east-1:kinesis", "-H", "Content-Type: application/x-amz-json-1.1",
                    "-H", "X-Amz-Target: Kinesis_20131202.CreateStream", "-d", '{"StreamName":"%s","ShardCount":4}' % stream, url],
                   input=b'user = "bench:bench"', check=True)
    time.sleep(0.2)


def one_run(argv, source, records):
    with open(source, "rb") as f:
        begin = time.monotonic()
        p = Process(argv, stdin=f)
        code = p.wait()
        took = time.monotonic() - begin
    counters = open(p.log, errors="replace").read()
    if code:
        raise SystemExit(f"bench: {argv} ended with {code}\n{counters}")
    return records / took, p.cpu * 1e6 / records, int(re.findall(r"\bcalls=(\d+)", counters)[-1]) * 1000 / records


def distinct(source, to):
    """RECORDS records of as many keys, or as many as there are: of one key only one record is under way at a time."""
    seen = set()
    with open(source) as lines, open(to, "w") as out:
        for line in lines:
            digest = re.search('"digest":"([^"]*)"', line)[1]
            if digest not in seen and len(seen) < RECORDS:
                seen.add(digest)
                out.write(line)
    return len(seen)


def kinesis(table):
    real, source, port = os.path.join(ROOT, "test/kinesis/kinesis-real"), path("kinesis.ndjson"), free_port()
    os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_REGION="us-east-1")
    records = distinct(path("records.ndjson"), source)
    subprocess.run([real, "get"], check=True)
    api = Process([real, "run", str(port)], name="kinesalite")
    try:
        wait_port(port)
        url = f"http://127.0.0.1:{port}"
        for connections in (1, 4):
            best = (0, 0, 0)
            for run in range(RUNS):
                stream = f"bench-{connections}-{run}"
                create(url, stream)
                best = max(best, one_run([program("cn-post-kinesis"), "-s", stream, "--endpoint", url, "--deadline", "60s",
                                          "--connections", str(connections)], source, records))
            table.add(f"cn-post-kinesis into kinesalite, {connections} at a time", best[0], "rec/s", cpu=best[1])
        table.add("  calls for a thousand records", best[2], "calls", best[2] / 2, 1.1, below=True)
    finally:
        api.stop()

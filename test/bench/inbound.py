# SPDX-License-Identifier: Apache-2.0
"""From Apache Kafka into lines, and on into as-local: cn-kafka-source alone beside kcat reading the same topic into /dev/null; the whole
way beside kcat, as-put fed from a file, and the wire client alone."""

import os
import re
import subprocess
import sys
import threading
import time

from bench import Pipeline, Process, ROOT, path, program
from scan import Local, one, wire

RECORDS = int(os.environ.get("BENCH_INBOUND_RECORDS", "1000000"))
TOPIC, RUNS = "bench-inbound", 3


def produce(broker):
    """Values of 300 bytes, keys of which many repeat."""
    text = path("inbound.records")
    with open(text, "w") as out:
        for i in range(RECORDS):
            value = f'{{"uid":"u{i % 50000}","n":{i},"name":"{"x" * 40}","tags":["a","b",{i}],"pad":"'
            out.write(f'u{i % 50000}:{value}{"y" * (298 - len(value))}"}}\n')
    subprocess.run(["kcat", "-P", "-b", broker, "-t", TOPIC, "-K", ":", "-X", "acks=all", "-l", text], check=True)


def kcat(broker, *options):
    begin = time.monotonic()
    p = Process(["kcat", "-C", "-q", "-e", "-b", broker, "-t", TOPIC, "-o", "beginning", *options])
    if p.wait():
        sys.exit("bench: kcat failed")
    return RECORDS / (time.monotonic() - begin), p.cpu * 1e6 / RECORDS


def source_argv(broker, run):
    return [program("cn-kafka-source"), "-b", broker, "-t", TOPIC, "-g", f"bench-{os.getpid()}-{run}", "-e"]


def check(log):
    read = int(re.findall(r"msg=counters read=(\d+)", open(log).read())[-1])
    if read != RECORDS:
        sys.exit(f"bench: cn-kafka-source read {read} of {RECORDS} records, see {log}")


def alone(broker, run):
    """Without acks, to /dev/null: records/s, CPU microseconds a record, the largest RSS in MiB."""
    begin, rss = time.monotonic(), 0
    p = Process(source_argv(broker, run))
    while p.popen.returncode is None and os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        rss = max(rss, p.memory()[0])
        time.sleep(0.02)
    if p.wait():
        sys.exit(f"bench: cn-kafka-source failed, see {p.log}")
    took = time.monotonic() - begin
    check(p.log)
    return RECORDS / took, p.cpu * 1e6 / RECORDS, rss


def ring(broker, run):
    begin = time.monotonic()
    stages = Pipeline([source_argv(broker, run), [program("ack_all")]], ring=True)
    stages.wait()
    took = time.monotonic() - begin
    check(stages.first.log)
    return RECORDS / took, stages.first.cpu * 1e6 / RECORDS


MAP = [program("cn-map"), "-n", "test", "-s", "users", "--key-field", "uid", "--all-fields"]


def watch(stages, top):
    """The largest memory of all stages together, in MiB, while they run."""
    while any(p.popen.returncode is None for p in stages.processes):
        try:
            top[:] = [max(pair) for pair in zip(top, stages.memory())]
        except (OSError, ValueError, TypeError):
            return
        time.sleep(0.02)


def into_database(broker, address, run):
    begin, top = time.monotonic(), [0, 0]
    stages = Pipeline([source_argv(broker, run), MAP, [program("as-put"), "-h", address]], ring=True)
    watcher = threading.Thread(target=watch, args=(stages, top))
    watcher.start()
    cpu = stages.wait()
    took = time.monotonic() - begin
    watcher.join()
    check(stages.first.log)
    return RECORDS / took, cpu, top


def whole_way(table, broker, bare):
    """Into as-local; half of the slowest of the three that it is made of is the reach."""
    node, records = Local("-n", "test"), path("inbound.ndjson")
    try:
        with open(records, "wb") as out:
            Pipeline([source_argv(broker, "file"), MAP], sink=os.dup(out.fileno())).wait()
        put = [program("as-put"), "-h", node.address]
        runs = [(into_database(broker, node.address, f"db{i}"), RECORDS / one(put, records)[0], wire(node.address)[0]) for i in range(RUNS)]
        rate, cpu, _ = max(r[0] for r in runs)
        file, client = (max(r[i] for r in runs) for i in (1, 2))
        table.add("as-put from a file of the same records", file, "rec/s")
        table.add("wire client alone, small puts", client, "rec/s")
        table.add("source | map | as-put to as-local", rate, "rec/s", rate / min(bare, file, client), 0.5, cpu * 1e6 / RECORDS)
        table.add("CPU of the three for a million records", cpu * 1e6 / RECORDS, "s")
        rss, pss = [max(r[0][2][i] for r in runs) for i in (0, 1)]
        table.add("memory of the three meanwhile (RSS)", rss, "MiB", rss, 40, below=True, note=f"PSS {pss:.1f}")
    finally:
        node.process.stop()


def inbound(table):
    script, data = os.path.join(ROOT, "test/kafka/kafka-real"), path("kafka-inbound")
    subprocess.run(["rm", "-rf", data], check=True)
    broker = subprocess.run([script, "start", data], capture_output=True, text=True, check=True).stdout.split()[-1]
    try:
        produce(broker)
        # Turn by turn, so that all get the same of a machine that is busy with other things.
        runs = [(kcat(broker), kcat(broker, "-f", "%t %p %o %T %h %k %s\\n"), alone(broker, f"alone{i}"), ring(broker, f"ring{i}")) for i in range(RUNS)]
        bare, formatted, best, with_acks = (max(r[i] for r in runs) for i in range(4))
        table.add("kcat -C of a topic to /dev/null", bare[0], "rec/s", cpu=bare[1])
        table.add("kcat -C with all that a line says", formatted[0], "rec/s", formatted[0] / bare[0], None, formatted[1])
        table.add("cn-kafka-source to /dev/null, no acks, with its start", best[0], "rec/s", best[0] / bare[0], None, best[1])
        table.add("cn-kafka-source, every line acked", with_acks[0], "rec/s", with_acks[0] / bare[0], None, with_acks[1])
        rss = max(r[2][2] for r in runs)
        table.add("memory of cn-kafka-source meanwhile (RSS)", rss, "MiB", rss, 40, below=True)
        whole_way(table, broker, bare[0])
    finally:
        subprocess.run([script, "stop", data], check=False)

# SPDX-License-Identifier: Apache-2.0
"""as-rest in front of as-local: reads and writes of a 300-byte record over 64 keep-alive connections, beside the same HTTP server that answers a
constant, the cluster client alone, and webdis in front of redis; all of them loaded by wrk, by turns."""

import json
import os
import re
import subprocess
import sys
import urllib.request

from bench import Process, SECONDS, free_port, path, program, wait_port

CONNECTIONS, RUNS, KEYS = 64, 3, 100
RECORD = {"name": "x" * 60, "city": "y" * 60, "n": 123456789, "tags": ["a" * 20, "b" * 20, "c" * 20], "m": {"k1": "v" * 20, "k2": "w" * 20}}
BODY = json.dumps(RECORD, separators=(",", ":"))
JSON = {"Content-Type": "application/json"}

LUA = """local n = 0
wrk.method = "%s"
wrk.body = %s
%s
request = function()
	n = (n * 7 + 11) %% %d
	return wrk.format(nil, (string.gsub("%s", "KEY", n)))
end
"""


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


class Request:
    """What wrk sends: KEY in the path becomes one of a hundred numbers."""

    def __init__(self, method, target, body=None, headers=None):
        self.method, self.target, self.body, self.headers = method, target, body, headers or (JSON if body else {})

    def script(self):
        name = path("wrk.lua")
        lines = "\n".join(f'wrk.headers["{k}"] = "{v}"' for k, v in self.headers.items())
        with open(name, "w") as f:
            f.write(LUA % (self.method, json.dumps(self.body) if self.body else "nil", lines, KEYS, self.target))
        return name


class Server:
    """One that is measured: its process, and its port."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, request):
        """requests/s, CPU microseconds a request, p50 and p99 in ms."""
        before = self.cpu()
        out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, SECONDS)}s", "--latency", "-s", request.script(),
                              f"http://127.0.0.1:{self.port}"], capture_output=True, text=True).stdout
        rate, done = re.search(r"Requests/sec:\s+([\d.]+)", out), re.search(r"(\d+) requests in", out)
        if not rate or not int(done[1]) or "Non-2xx" in out or "Socket errors" in out:
            sys.exit(f"bench: wrk said of {request.method} {request.target}\n{out}")
        times = [float(n) * {"us": 0.001, "ms": 1, "s": 1000}[unit] for n, unit in
                 (re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", out).groups() for p in (50, 99))]
        return float(rate[1]), (self.cpu() - before) * 1e6 / int(done[1]), *times

    def stop(self):
        self.process.stop()


class Rest(Server):
    def __init__(self):
        r, w = os.pipe()
        self.local = Process([program("as-local"), "--port", "0", "--log-level", "error"], stdout=w)
        os.close(w)
        self.address = os.fdopen(r).readline().strip()
        process = Process([program("as-rest"), "-l", "127.0.0.1:0", "-h", self.address])
        super().__init__(process, int(process.await_log(r"listening.*address=\S*:(\d+)")[1]))
        process.await_log("connected to the cluster")

    def ask(self, method, target, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{target}", body.encode(), JSON, method=method)
        with urllib.request.urlopen(request, timeout=5) as r:
            return r.read()

    def stop(self):
        super().stop()
        self.local.stop()


def webdis():
    redis, port = free_port(), free_port()
    store = Process(["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
    wait_port(redis)
    with open(path("webdis.json"), "w") as f:
        json.dump({"redis_host": "127.0.0.1", "redis_port": redis, "http_host": "127.0.0.1", "http_port": port, "threads": 2, "daemonize": False,
                   "database": 0, "verbosity": 1, "logfile": path("webdis.log")}, f)
    process = Process(["webdis", path("webdis.json")])
    wait_port(port)
    return store, Server(process, port)


def rows(table, what, pairs, floor, theirs):
    """Rate beside the constant answer and beside webdis; pairs of (ours, constant, webdis) as load() gives them."""
    ours = [p[0] for p in pairs]
    rate, cpu, p50, p99 = (median([o[i] for o in ours]) for i in range(4))
    table.add(f"constant answer, {what}", median([p[1][0] for p in pairs]), "req/s", cpu=median([p[1][1] for p in pairs]))
    table.add(f"webdis on redis, {what}", median([p[2][0] for p in pairs]), "req/s", cpu=median([p[2][1] for p in pairs]))
    table.add(f"as-rest, {what}: beside the constant answer", rate, "req/s", median([p[0][0] / p[1][0] for p in pairs]), floor, cpu)
    table.add("  beside webdis", rate, "req/s", median([p[0][0] / p[2][0] for p in pairs]), theirs)
    table.add("  p50", p50, "ms")
    table.add("  p99, ratio to p50", p99, "ms", median([o[3] / o[2] for o in ours]), 5, below=True)
    table.add("  the constant answer's p99, ratio to p50", median([p[1][3] for p in pairs]), "ms", median([p[1][3] / p[1][2] for p in pairs]))


def operations(n):
    return json.dumps([{"operation": "LIST_APPEND", "opValues": {"bin": "l", "value": 1}}, {"operation": "LIST_TRIM", "opValues":
                      {"bin": "l", "index": -5, "count": 5}}, {"operation": "ADD", "opValues": {"bin": "n", "incr": 1}},
                       {"operation": "LIST_SIZE", "opValues": {"bin": "l"}}, {"operation": "READ", "opValues": {"bin": "n"}}][:n])


def rest(table):
    target = "/v1/kvs/test/bench/KEY"
    server, (store, other) = Rest(), webdis()
    constant_port = free_port()
    constant = Server(Process([program("bare_mhd"), str(constant_port), str(len(BODY) + 40)]), constant_port)
    wait_port(constant_port)
    try:
        for key in range(KEYS):
            server.ask("POST", f"/v1/kvs/test/bench/{key}", BODY)
        urllib_put = [Request("PUT", "/SET/KEY", BODY, {"Content-Type": "text/plain"}), Request("GET", "/GET/KEY")]
        other.load(urllib_put[0])
        alone = subprocess.run([program("client_bench"), server.address, "get", str(SECONDS), "8", str(CONNECTIONS), "32"],
                               capture_output=True, text=True, check=True).stdout.split()
        table.add("the cluster client alone, get, 64 in flight", float(alone[0]), "req/s", cpu=float(alone[1]))
        for what, ours, theirs in (("GET", Request("GET", target), urllib_put[1]), ("PUT", Request("PUT", target, BODY), urllib_put[0])):
            pairs = [(server.load(ours), constant.load(ours), other.load(theirs)) for _ in range(RUNS)]
            rows(table, f"{what}, 64 conn", pairs, 0.5, 0.8)
        batch = json.dumps([{"type": "READ", "readAllBins": True, "key": {"namespace": "test", "setName": "bench", "userKey": str(k)}}
                            for k in range(KEYS)])
        for what, request, count in (("batch of 100 reads", Request("POST", "/v1/batch", batch), KEYS),
                                     ("operate, 5 operations", Request("POST", "/v1/operate/test/bench2/KEY", operations(5)), 1)):
            rate, cpu, p50, p99 = server.load(request)
            table.add(f"as-rest, {what}, 64 conn", rate, "req/s", cpu=cpu, note=f"{rate * count:.0f} records/s, p50 {p50} ms, p99 {p99} ms")
        rss = server.process.memory()[0]
        table.add("memory of as-rest after all that (RSS)", rss, "MiB", rss, 25, below=True)
    finally:
        for s in (server, other, constant, store):
            s.stop()

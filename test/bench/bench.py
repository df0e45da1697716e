# SPDX-License-Identifier: Apache-2.0
"""What the rows of the bench share: processes with their CPU time, rings, load, the table."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "bench")
SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))


def path(name):
    return os.path.join(WORK, name)


def program(name):
    """A program of the project, or a tool of the bench."""
    for folder in ("bin", "build/std/bench"):
        full = os.path.join(ROOT, folder, name)
        if os.path.exists(full):
            return full
    sys.exit(f"bench: {name} is not built")


class Process:
    """One child; after wait() it knows its exit code and CPU seconds."""

    def __init__(self, argv, stdin=None, stdout=None, name=None):
        self.name = name or os.path.basename(argv[0])
        self.log = path(self.name + ".err")
        with open(self.log, "wb") as err:
            self.popen = subprocess.Popen(argv, stdin=stdin if stdin is not None else subprocess.DEVNULL,
                                          stdout=stdout if stdout is not None else subprocess.DEVNULL, stderr=err)
        self.pid = self.popen.pid
        self.cpu = self.code = None

    def wait(self):
        if self.code is None:
            _, status, usage = os.wait4(self.pid, 0)
            self.code = self.popen.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
        return self.code

    def stop(self, sig=signal.SIGTERM):
        if self.code is None:
            self.popen.send_signal(sig)
            self.wait()

    def memory(self):
        """RSS and PSS in MiB."""
        text = open(f"/proc/{self.pid}/smaps_rollup").read()
        return [int(re.search(rf"^{k}:\s+(\d+)", text, re.M)[1]) / 1024 for k in ("Rss", "Pss")]

    def await_log(self, pattern, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, open(self.log, errors="replace").read())
            if found:
                return found
            if self.code is not None or self.popen.poll() is not None:
                break
            time.sleep(0.005)
        sys.exit(f"bench: {self.name} did not get ready:\n" + open(self.log, errors="replace").read())


class Pipeline:
    """Stages joined by pipes. With ring=True the last one's output is the first one's input."""

    def __init__(self, stages, source=None, sink=None, ring=False):
        back_r, back_w = os.pipe() if ring else (None, None)
        feed = back_r if ring else source
        self.processes = []
        for i, argv in enumerate(stages):
            last = i == len(stages) - 1
            out_r, out_w = (None, back_w if ring else sink) if last else os.pipe()
            self.processes.append(Process(argv, feed, out_w, f"{i}-{os.path.basename(argv[0])}"))
            for fd in (feed, out_w):
                if isinstance(fd, int) and fd > 2:
                    os.close(fd)
            feed = out_r
        self.first = self.processes[0]

    def port(self):
        return int(self.first.await_log(r"listening.*address=\S*:(\d+)")[1])

    def stop(self):
        self.first.stop()
        return self.wait()

    def wait(self):
        codes = [p.wait() for p in self.processes]
        if any(codes):
            sys.exit(f"bench: {[p.name for p in self.processes]} ended with {codes}, see {WORK}")
        return sum(p.cpu for p in self.processes)

    def memory(self):
        return [sum(column) for column in zip(*(p.memory() for p in self.processes))]


def wait_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit(f"bench: nothing listens on port {port}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Load:
    """One run of h2load: requests/s and, with a log, latencies in microseconds."""

    def __init__(self, port, connections, streams=1, h2=False, rps=None, seconds=None, log=None):
        seconds = seconds or SECONDS
        argv = ["h2load", "-c", str(connections), "-m", str(streams),
                "-d", path("body.bin"), "-H", "content-type: application/octet-stream"]
        if log:     # h2load logs only runs of a given number of requests
            argv += ["-n", str(int(rps * connections * seconds))]
        else:
            argv += ["-D", str(seconds), "--warm-up-time", "1"]
        argv += [] if h2 else ["--h1"]
        argv += ["--rps", str(rps)] if rps else []
        if log:
            if os.path.exists(log):
                os.unlink(log)
            argv += ["--log-file", log]
        out = subprocess.run(argv + [f"http://127.0.0.1:{port}/bench/orders"], capture_output=True, text=True).stdout
        done = re.search(r"finished in ([\d.]+)s, ([\d.]+) req/s", out)
        codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", out)
        if not done or not codes:
            sys.exit(f"bench: {' '.join(argv)} said\n" + out)
        self.rate = float(done[2])
        self.good = int(codes[1])
        self.bad = sum(int(codes[i]) for i in (2, 3, 4))
        if self.bad > self.good / 1000:
            sys.exit(f"bench: {self.bad} of {self.good + self.bad} requests were not answered 200")

    @staticmethod
    def percentiles(log, *wanted):
        times = sorted(int(line.split("\t")[2]) for line in open(log) if line.split("\t")[1] == "200")
        return [times[min(len(times) - 1, int(len(times) * p / 100))] for p in wanted]


class Table:
    """Rows as they come, and all of it as JSON at the end."""

    def __init__(self):
        self.rows = []
        print(f"{'what':<58} {'figure':>12} {'unit':<9} {'ratio':>7} {'reach':>7} {'cpu us':>7}")

    def add(self, what, figure, unit, ratio=None, reach=None, cpu=None, below=False, note=None):
        ok = None if reach is None or ratio is None else (ratio <= reach if below else ratio >= reach)
        self.rows.append({"what": what, "figure": round(figure, 3), "unit": unit, "ratio": ratio and round(ratio, 3),
                          "reach": reach, "reached": ok, "cpu_us_per_record": cpu and round(cpu, 3), "note": note})
        mark = {None: "", True: "", False: "  MISSED"}[ok]
        number = f"{figure:,.0f}" if figure >= 1000 else f"{figure:.1f}"
        print(f"{what:<58} {number:>12} {unit:<9} {'' if ratio is None else f'{ratio:.2f}':>7} "
              f"{'' if reach is None else f'{reach:g}':>7} {'' if cpu is None else f'{cpu:.2f}':>7}{mark}", flush=True)

    def save(self):
        with open(path("bench.json"), "w") as f:
            json.dump({"at": int(time.time()), "cores": os.cpu_count(), "seconds": SECONDS, "rows": self.rows}, f, indent=1)
        print(f"written to {os.path.relpath(path('bench.json'), ROOT)}")

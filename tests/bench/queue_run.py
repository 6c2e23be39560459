#!/usr/bin/env python3
"""The queue's figures of docs/benchmarks.md: measured, not asserted. Needs root (loop devices).

    tests/bench/queue_run.py [--build build/release] [--seconds 60] [CASE ...]

Cases: written (bytes that reach the device for each 200-byte message, from the block statistics of
an ext4 image on a loop device; the uplink down, then back; against a table in SQLite), healthy (the
same with the whole gateway and its broker there), outage (the broker away for --seconds with ten
Modbus TCP slaves at 1 Hz: readings lost, silence at a subscriber; and once more with the gateway
killed and started meanwhile).
"""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import ROOT, Bench, device, run_cases

sys.path.insert(0, str(ROOT / "tests" / "support"))
from fieldway_test import Gateway, Mosquitto  # noqa: E402
from fieldway_test.image import MIB, Image, needs_mounts  # noqa: E402
from fieldway_test.process import Process  # noqa: E402

PER_COMMIT = {10: 10_000, 100: 50_000, 1000: 200_000}  # and how many messages altogether
DEVICES = 100  # in an order that is not that of an index
SLAVES = 10
# What an eMMC of 8 GB takes in its life: 3,000 erasures of each cell, a controller that writes 4
# bytes for each that it is given.
EMMC_BYTES = 8e9 * 3000 / 4


def payload() -> str:
    return ('{"timestamp":"2026-11-22T10:15:30.250Z","voltage_l1":230.4,"voltage_l2":229.1,'
            '"voltage_l3":231.6,"current_l1":4.512,"power":1038.2,"energy":1004.31,'
            '"frequency":50.01,"state":"on"}').ljust(200)


class Disk:
    """A fresh image; `per_message` is what was written to it since it was mounted."""

    def __init__(self, bench: Bench, name: str, size: int = 512 * MIB):
        self.image = Image(bench.folder / name, size)
        bench.callback(self.image.close)
        self.image.start()
        self._before = self.image.written_bytes()

    def per_message(self, messages: int) -> float:
        return round((self.image.written_bytes() - self._before) / messages, 1)


def with_our_store(bench: Bench, messages: int, per_commit: int, how: str) -> float:
    disk = Disk(bench, f"store-{per_commit}-{how}")
    done = subprocess.run([bench.tool("bench_store"), disk.image.path("queue"), str(messages),
                           str(per_commit), how], capture_output=True, text=True, check=True)
    if json.loads(done.stdout)["records_left"] != 0:
        raise SystemExit(f"bench_store left records behind: {done.stdout}")
    bytes_each = disk.per_message(messages)
    disk.image.close()
    return bytes_each


def with_sqlite(bench: Bench, messages: int, per_commit: int) -> float:
    """A row a message, an index by device, both synced; out again by as many rows a commit."""
    disk = Disk(bench, f"sqlite-{per_commit}")
    base = sqlite3.connect(disk.image.path("queue.db"), isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                 "CREATE TABLE queue (id INTEGER PRIMARY KEY, device TEXT, payload BLOB)",
                 "CREATE INDEX by_device ON queue (device, id)"):
        base.execute(line)
    text = payload()
    for first in range(0, messages, per_commit):
        base.execute("BEGIN")
        base.executemany("INSERT INTO queue (device, payload) VALUES (?, ?)",
                         ((f"0CA1B2C3D4E5F6{n * 617 % DEVICES:04}", text)
                          for n in range(first, first + per_commit)))
        base.execute("COMMIT")
    for last in range(per_commit, messages + 1, per_commit):
        base.execute("DELETE FROM queue WHERE id <= ?", (last,))
    base.close()
    bytes_each = disk.per_message(messages)
    disk.image.close()
    return bytes_each


def written(build: Path, _: float) -> dict:
    result = {}
    with Bench(build) as bench:
        needs_mounts(bench.folder)
        for per_commit, messages in PER_COMMIT.items():
            none = with_our_store(bench, messages, per_commit, "none")
            zstd = with_our_store(bench, messages, per_commit, "zstd")
            row = with_sqlite(bench, messages, per_commit)
            result[f"{per_commit}_a_commit"] = {
                "messages": messages, "bytes_each": none, "bytes_each_zstd": zstd,
                "sqlite_bytes_each": row, "sqlite_against_ours": round(row / none, 1),
                "emmc_8gb_years_at_one_commit_a_second":
                    round(EMMC_BYTES / (none * per_commit) / 31_557_600, 1)}
    return result


SOURCE = """
import select, sys, time
due = time.monotonic()
n = 0
while not select.select([0], [], [], max(0, due - time.monotonic()))[0]:
    n += 1
    due += {pause}
    line = '{{"key": "d%d", "values": {{"n": %d, "pad": "{pad}"}}}}' % (n % {devices}, n)
    print(line, flush=True)
"""


def uplink_text(port: int) -> str:
    return ("log: { level: warning }\nuplinks:\n  - name: broker\n    platform: generic\n"
            f"    url: mqtt://127.0.0.1:{port}\n    auth: {{ method: none }}\n"
            "    topics: { uplink: 'bench/{device}/{subtopic}' }\n"
            "    limits: { connects_per_second: 100 }\n")


class Subscriber:
    """mosquitto_sub with a session that outlives the broker; notes when what came."""

    def __init__(self, bench: Bench, port: int):
        self._process = Process("mosquitto_sub", [
            "mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-i", "bench", "-c", "-q", "1",
            "-V", "5", "-x", "3600", "-t", "bench/#", "-F", "%U %t %p"])
        bench.callback(self._process.kill)

    def arrivals(self) -> list[tuple[float, str, str]]:
        rows = (line.split(" ", 2) for line in self._process.out.all())
        return [(float(at), topic, text) for at, topic, text in rows]


def healthy(build: Path, seconds: float) -> dict:
    rate = 100
    with Bench(build) as bench:
        needs_mounts(bench.folder)
        disk = Disk(bench, "disk", 64 * MIB)
        broker = Mosquitto(bench.folder)
        bench.callback(broker.close)
        broker.start()
        script = bench.folder / "source.py"
        script.write_text(SOURCE.format(pause=1 / rate, pad="x" * 145, devices=SLAVES))
        devices = "".join(
            f"  - {{ id: dev-{n}, uplink: broker, input: s, address: {{ key: d{n} }} }}\n"
            for n in range(SLAVES))
        folder = bench.folder / "gateway"
        folder.mkdir()
        gateway = Gateway(folder, f"gateway: {{ state_dir: {disk.image.folder} }}\n"
                          + uplink_text(broker.port)
                          + "inputs:\n  - { name: s, plugin: exec, command: "
                            f"[{sys.executable}, {script}] }}\ndevices:\n{devices}")
        bench.callback(gateway.close)
        subscriber = Subscriber(bench, broker.port)
        gateway.start()
        gateway.wait_ready()
        time.sleep(5)  # the sessions are up: what a start writes is not of each message
        before, count = disk.image.written_bytes(), len(subscriber.arrivals())
        time.sleep(seconds)  # the length of the measurement
        after, arrived = disk.image.written_bytes(), subscriber.arrivals()
        messages = len(arrived) - count
        return {"messages": messages, "payload_bytes": len(arrived[-1][2]),
                "bytes_each": round((after - before) / messages, 2)}


def outage(build: Path, seconds: float) -> dict:
    return {"gateway_lives": lived_through(build, seconds, kill=False),
            "gateway_killed_meanwhile": lived_through(build, seconds, kill=True)}


def lived_through(build: Path, seconds: float, kill: bool) -> dict:
    with Bench(build) as bench:
        broker = Mosquitto(bench.folder)
        bench.callback(broker.close)
        broker.start()
        farm, told = bench.telling("bench_farm", SLAVES, 1000)
        inputs = "".join(f"  - {{ name: s{n}, plugin: modbus, url: 'tcp://127.0.0.1:{port}' }}\n"
                         for n, port in enumerate(told["ports"]))
        devices = "".join(device(n, f"s{n}", "1s", 5) for n in range(SLAVES))
        folder = bench.folder / "gateway"
        folder.mkdir()
        gateway = Gateway(folder, uplink_text(broker.port)
                          + f"inputs:\n{inputs}devices:\n{devices}")
        bench.callback(gateway.close)
        subscriber = Subscriber(bench, broker.port)
        gateway.start()
        gateway.wait_ready()
        time.sleep(10)  # with the broker
        broker.stop()
        time.sleep(seconds / 2)
        if kill:
            gateway.kill()
            gateway.start()
            gateway.wait_ready()
        time.sleep(seconds / 2)
        broker.start()
        came_back = time.monotonic()
        while gateway.ask("queue", "stats")["records"] > 0:  # sessions come back by their backoff
            if time.monotonic() > came_back + 300:
                raise SystemExit("what waited has not left within 300 s")
            time.sleep(0.5)
        drained = time.monotonic() - came_back
        time.sleep(5)  # live data again
        gateway.stop(signal.SIGTERM)
        polls = bench.figures_of(farm)["requests"]
        return losses(subscriber.arrivals(), polls) | {"drained_after_s": round(drained, 1)}


def losses(arrivals: list[tuple[float, str, str]], polls: float) -> dict:
    readings = {(topic, json.loads(text)["timestamp"]) for _, topic, text in arrivals}
    times = [at for at, _, _ in arrivals]
    return {"polls_answered": int(polls), "readings_received": len(readings),
            "readings_lost": int(polls) - len(readings),
            "received_again": len(arrivals) - len(readings),
            "longest_silence_s": round(max(b - a for a, b in zip(times, times[1:])), 1)}


if __name__ == "__main__":
    tempfile.tempdir = os.environ.get("TMPDIR", "/tmp")
    sys.exit(run_cases({"written": written, "healthy": healthy, "outage": outage}, __doc__))

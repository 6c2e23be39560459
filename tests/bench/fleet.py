#!/usr/bin/env python3
"""The fleet's figures of docs/benchmarks.md: measured, not asserted. Needs root (a namespace).

    tests/bench/fleet.py [--build build/release] [--devices 500] [CASE ...]

Devices with a token each, over TLS, at one mosquitto with the platform's rules (tests/support/
akenza_broker), whose ledger says who connected when and what came. Cases: up (from the start until
all sessions are up; then the time from a reading to the broker while the name of another uplink
does not resolve; then the CPU with nothing to send), renewals (tokens of a minute, each device
renewed three times: connects in any second, messages lost).
"""
import argparse
import collections
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import ROOT, cpu_seconds, memory_mb

sys.path.insert(0, str(ROOT / "tests" / "support"))
from fieldway_test import Gateway  # noqa: E402
from fieldway_test.akenza_broker import AkenzaBroker  # noqa: E402
from fieldway_test.certificates import Authority  # noqa: E402

RATE = 50  # connects a second
EVERY = 2.0  # seconds between two messages of a device
# One line every few milliseconds, a round of all devices in EVERY seconds, until `quiet` is there.
COUNTER = """
import itertools, json, os, sys, time
quiet, pause, keys = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
began = time.monotonic()
for n, (round_, key) in enumerate((r, k) for r in itertools.count(1) for k in keys):
    if n % len(keys) == 0 and os.path.exists(quiet):
        time.sleep(3600)
    print(json.dumps({"key": key, "values": {"n": round_}}), flush=True)
    time.sleep(max(0.0, began + (n + 1) * pause - time.monotonic()))
"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Fleet:
    def __init__(self, folder, devices, life, nowhere=False):
        self.folder = Path(folder)
        self.ids = [f"DEV-{number:04}" for number in range(devices)]
        authority = Authority(self.folder / "ca")
        certificate, key = authority.certificate("broker", "DNS:localhost")
        self.broker = AkenzaBroker(self.folder, listener=f"certfile {certificate}\nkeyfile {key}")
        self.broker.start()
        (self.folder / "gateway").mkdir()
        (self.folder / "counter.py").write_text(COUNTER, encoding="utf-8")
        self.quiet = self.folder / "quiet"
        self.gateway = Gateway(self.folder / "gateway",
                               self.config(authority, life, nowhere, EVERY / devices))
        made = self.gateway.verb("keys", "new", *self.ids, "--json").stdout
        for line in made.splitlines():
            one = json.loads(line)
            self.broker.upload(one["device"], one["public_key"])

    def config(self, authority, life, nowhere, pause):
        limits = f"{{ messages_per_second: 0, connects_per_second: {RATE} }}"
        words = json.dumps(["/usr/bin/python3", str(self.folder / "counter.py"), str(self.quiet),
                            str(pause), *self.ids])
        lines = [
            f"gateway: {{ connects_per_second: {RATE} }}", "log: { level: debug, format: json }",
            "uplinks:",
            f"  - {{ name: akenza, platform: akenza, url: 'mqtts://localhost:{self.broker.port}',",
            f"      tls: {{ ca_file: {authority.ca} }}, limits: {limits}, auth: {{ method: "
            f"device-credentials, key_file: 'keys/{{device}}.pem', token_lifetime: {life} }} }}",
            "  - { name: nowhere, platform: generic, url: 'mqtt://broker.nowhere.example',",
            "      topics: { uplink: '{device}' } }",
            "inputs:", f"  - {{ name: all, plugin: exec, command: {words} }}", "devices:"]
        lines += [f"  - {{ id: {name}, uplink: akenza, input: all, address: {{ key: {name} }} }}"
                  for name in self.ids]
        if nowhere:
            lines.append("  - { id: LOST, uplink: nowhere, input: all, address: { key: none } }")
        return "\n".join(lines) + "\n"

    def close(self):
        self.gateway.close()
        self.broker.close()

    def start(self):
        """Seconds until all sessions are up, from the start of the program."""
        began = time.monotonic()
        self.gateway.start()
        self.gateway.wait_ready()
        self.gateway.wait_log(r'"session\.up".*device DEV', len(self.ids), seconds=120)
        return round(time.monotonic() - began, 2)

    def connects_in_a_second(self):
        """(that begin, that reach the broker): a handshake takes longer or shorter."""
        begun = [line["time"] for line in map(json.loads, self.gateway.log())
                 if line["event"] == "session.connecting"]
        return [self.most_in_a_second(datetime.datetime.fromisoformat(t.replace("Z", "+00:00"))
                                      .timestamp() for t in begun),
                self.most_in_a_second(entry["time"] for entry in self.broker.ledger("login"))]

    @staticmethod
    def most_in_a_second(times):
        times = sorted(times)
        most, first = 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def delays_ms(self, seconds):
        """From reading to broker, of what comes from now on."""
        before = len(self.broker.ledger("publish"))
        time.sleep(seconds)
        delays = []
        for entry in self.broker.ledger("publish")[before:]:
            stamp = json.loads(entry["payload"])["timestamp"].replace("Z", "+00:00")
            delays.append(1000 * (entry["time"]
                                  - datetime.datetime.fromisoformat(stamp).timestamp()))
        return {"messages": len(delays), "p50_ms": round(percentile(delays, 0.5), 2),
                "p99_ms": round(percentile(delays, 0.99), 2), "most_ms": round(max(delays), 1)}


def up(folder, devices):
    fleet = Fleet(folder, devices, "1h", nowhere=True)
    try:
        figures = {"all_up_s": fleet.start(), "connects_in_a_second": fleet.connects_in_a_second()}
        time.sleep(5)
        figures["while_a_name_does_not_resolve"] = fleet.delays_ms(20)
        lost = [session for session in fleet.gateway.ask("status")["sessions"]
                if session["device"] == "LOST"]
        figures["of_that_name"] = lost[0]["reason"]
        fleet.quiet.touch()
        time.sleep(EVERY + 5)
        before, began = cpu_seconds(fleet.gateway.pid), time.monotonic()
        time.sleep(30)
        used = cpu_seconds(fleet.gateway.pid) - before
        figures["idle_cpu_percent"] = round(100 * used / (time.monotonic() - began), 2)
        figures["memory_mb"] = memory_mb(fleet.gateway.pid)["Private_Dirty"]
        return figures
    finally:
        fleet.close()


def renewals(folder, devices):
    fleet = Fleet(folder, devices, "1m")
    try:
        figures = {"all_up_s": fleet.start()}
        deadline = time.monotonic() + 300
        logins = collections.Counter()
        while time.monotonic() < deadline and (
                len(logins) < devices or min(logins.values()) < 4):
            time.sleep(1)
            logins = collections.Counter(e["client"] for e in fleet.broker.ledger("login"))
        fleet.quiet.touch()
        time.sleep(EVERY + 5)
        numbers = collections.defaultdict(list)
        for entry in fleet.broker.ledger("publish"):
            numbers[entry["client"]].append(json.loads(entry["payload"])["n"])
        first = {name: list(dict.fromkeys(got)) for name, got in numbers.items()}
        figures.update(
            connects=sum(logins.values()), least_of_a_device=min(logins.values()),
            connects_in_a_second=fleet.connects_in_a_second(),
            expired=len(fleet.broker.ledger("closed")),
            refused=len(fleet.broker.ledger("refused")),
            messages=sum(len(got) for got in first.values()),
            lost=sum(max(got) - len(got) for got in first.values()),
            out_of_order=sum(got != sorted(got) for got in first.values()),
            repeats=sum(len(got) for got in numbers.values()) - sum(map(len, first.values())))
        return figures
    finally:
        fleet.close()


CASES = {"up": up, "renewals": renewals}


def in_own_namespace():
    """A name server that never answers, for this process and what it starts."""
    if os.environ.get("FIELDWAY_BENCH_NAMES") == "silent":
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            # Of the documentation's network: nothing answers there (RFC 5737).
            file.write("nameserver 192.0.2.1\noptions timeout:5 attempts:2\n")
            file.flush()
            subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        return
    os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv],
               os.environ | {"FIELDWAY_BENCH_NAMES": "silent"})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("cases", nargs="*", metavar="CASE")
    arguments = parser.parse_args()
    in_own_namespace()
    os.environ["FIELDWAY_BUILD"] = str(arguments.build.resolve())
    for name in arguments.cases or CASES:
        with tempfile.TemporaryDirectory(prefix="fieldway-fleet-") as folder:
            print(json.dumps({name: CASES[name](folder, arguments.devices)}), flush=True)


if __name__ == "__main__":
    main()

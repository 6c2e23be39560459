#!/usr/bin/env python3
"""The figures of docs/benchmarks.md: measured, not asserted.

    tests/bench/run.py [--build build/release] [--seconds 60] [CASE ...]

Cases: farm (100 Modbus TCP slaves at 1 Hz, 100 sessions), flatout (one slave as fast as it
answers, against a bare libmodbus loop in the same run), latency (acquisition to arrival at 500
messages a second). All traffic is on loopback; every process is started here and ended by its id.
"""
import argparse
import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid: int) -> float:
    """Of all threads that run now, to the nanosecond (stat counts in ticks of 10 ms)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_mb(pid: int) -> dict:
    """Rss counts the libraries' pages that other programs share; Private_Dirty is its own alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: round(int(line.split()[1]) / 1024, 1) for line in lines}


class Bench(contextlib.ExitStack):
    """Processes of one case, in a folder of its own; all ended on exit."""

    def __init__(self, build: Path):
        super().__init__()
        self.build = build
        folder = tempfile.TemporaryDirectory(prefix="fieldway-bench-")
        self.folder = Path(self.enter_context(folder))

    def start(self, *command, cpu=None, **kwargs) -> subprocess.Popen:
        words = [str(word) for word in command]
        if cpu is not None:
            words = ["taskset", "-c", str(cpu)] + words
        process = subprocess.Popen(words, **kwargs)
        self.callback(self.end, process)
        return process

    @staticmethod
    def end(process: subprocess.Popen, number=signal.SIGTERM) -> None:
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def tool(self, name: str) -> Path:
        return self.build / "tests" / "bench" / name

    def telling(self, name: str, *arguments, cpu=None) -> tuple[subprocess.Popen, dict]:
        """A helper that prints a JSON line when it is ready and one when asked (figures_of)."""
        process = self.start(self.tool(name), *arguments, cpu=cpu, stdout=subprocess.PIPE,
                             text=True)
        return process, json.loads(process.stdout.readline())

    @staticmethod
    def figures_of(process: subprocess.Popen) -> dict:
        """What the helper counted since it was asked last."""
        process.send_signal(signal.SIGUSR1)
        figures = json.loads(process.stdout.readline())
        return {name: round(value, 3) for name, value in figures.items()}

    def mosquitto(self, cpu=None) -> int:
        port = free_port()
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            "max_queued_messages 0\nmax_inflight_messages 0\n")
        self.start("mosquitto", "-c", config, cpu=cpu, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return port
        raise SystemExit("mosquitto did not start")

    def gateway(self, config: str, cpu=None) -> subprocess.Popen:
        file = self.folder / "fieldway.yaml"
        file.write_text(config)
        ready = self.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(ready))
            notify.settimeout(30)
            process = self.start(self.build / "fieldway", "run", "--config", file, cpu=cpu,
                                 env=os.environ | {"NOTIFY_SOCKET": str(ready)})
            while b"READY=1" not in notify.recv(4096):
                pass
        ready.unlink()
        return process

    def status(self) -> dict:
        answer = subprocess.run([self.build / "fieldway", "status", "--json", "--control",
                                 self.folder / "control.sock"],
                                capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)

    def wait_for_sessions(self, count: int) -> float:
        begin = time.monotonic()
        while time.monotonic() < begin + 120:
            if sum(s["state"] == "up" for s in self.status()["sessions"]) >= count:
                return time.monotonic() - begin
            time.sleep(0.2)  # nothing else to wait on: the control socket is asked, not listened to
        raise SystemExit("the sessions did not come up")


def config_text(bench: Bench, broker: int, inputs: str, devices: str) -> str:
    return (f"gateway: {{ name: bench, control_socket: {bench.folder}/control.sock, "
            f"state_dir: {bench.folder}, "
            "connects_per_second: 100 }\nlog: { level: warning }\n"
            "uplinks:\n  - name: broker\n    platform: generic\n"
            f"    url: mqtt://127.0.0.1:{broker}\n    auth: {{ method: none }}\n"
            "    topics: { uplink: 'bench/{device}/{subtopic}' }\n"
            "    limits: { connects_per_second: 100 }\n"
            f"inputs:\n{inputs}devices:\n{devices}")


def points(registers: int) -> str:
    return "".join(f"      - {{ name: r{n}, register: 'holding:{n}', type: uint16 }}\n"
                   for n in range(registers))


def device(number: int, input_name: str, every: str, registers: int, messages: str = "") -> str:
    return (f"  - id: dev-{number}\n    uplink: broker\n    input: {input_name}\n"
            "    address: { unit: 1 }\n"
            f"    every: {every}\n    points:\n{points(registers)}{messages}")


def measure(bench: Bench, process: subprocess.Popen, seconds: float,
            **helpers: subprocess.Popen) -> dict:
    """What the gateway took, and what the helpers saw, in the same window of time."""
    for helper in helpers.values():
        bench.figures_of(helper)
    cpu, begin = cpu_seconds(process.pid), time.monotonic()
    time.sleep(seconds)  # the length of the measurement
    cpu, elapsed = cpu_seconds(process.pid) - cpu, time.monotonic() - begin
    seen = {name: bench.figures_of(helper) for name, helper in helpers.items()}
    memory = memory_mb(process.pid)
    return {"seconds": round(elapsed, 1), "cpu_s": round(cpu, 3),
            "cpu_percent_of_a_core": round(100 * cpu / elapsed, 2),
            "rss_mb": memory["Rss"], "of_its_own_mb": memory["Private_Dirty"],
            "threads": len(os.listdir(f"/proc/{process.pid}/task"))} | seen


def farm(build: Path, seconds: float, slaves: int = 100) -> dict:
    with Bench(build) as bench:
        broker = bench.mosquitto()
        process, told = bench.telling("bench_farm", slaves, 1000)
        inputs = "".join(f"  - {{ name: s{n}, plugin: modbus, url: 'tcp://127.0.0.1:{port}' }}\n"
                         for n, port in enumerate(told["ports"]))
        devices = "".join(device(n, f"s{n}", "1s", 20) for n in range(slaves))
        gateway = bench.gateway(config_text(bench, broker, inputs, devices))
        up_after = bench.wait_for_sessions(slaves)
        subscriber, _ = bench.telling("bench_subscriber", broker, "bench/#")
        time.sleep(12)  # the gateway's start-up is over: it has given back what it took for it
        return {"slaves": slaves, "sessions_up_after_s": round(up_after, 2)} | measure(
            bench, gateway, seconds, subscriber=subscriber, farm=process)


def always_behind(blocks: int) -> str:
    """A device with more requests of 100 registers due each millisecond (the shortest interval)
    than any slave answers, so that the line is never idle; a message a second with the points of
    the first request."""
    text = ("  - id: dev-0\n    uplink: broker\n    input: s\n    address: { unit: 1 }\n"
            "    every: 1ms\n    points:\n")
    for block in range(blocks):
        for n in range(100):
            text += (f"      - {{ name: b{block}r{n}, register: 'holding:{block * 1000 + n}', "
                     "type: uint16 }\n")
    names = ", ".join(f"b0r{n}" for n in range(100))
    return text + f"    messages: [{{ every: 1s, points: [{names}] }}]\n"


def libmodbus_loop(bench: Bench, seconds: float) -> dict:
    """What a bare loop of libmodbus makes of one slave with 100 registers, a core for each."""
    _, told = bench.telling("bench_farm", 1, 0, cpu=0)
    done = subprocess.run(["taskset", "-c", "1", bench.tool("bench_libmodbus_loop"),
                           str(told["ports"][0]), "100", str(seconds)],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def flatout(build: Path, seconds: float) -> dict:
    result = {}
    # Client and slave on one core each, alike for both; the broker shares the slave's core.
    with Bench(build) as bench:
        result["libmodbus"] = libmodbus_loop(bench, seconds)
    with Bench(build) as bench:
        broker = bench.mosquitto(cpu=0)
        process, told = bench.telling("bench_farm", 1, 0, cpu=0)
        inputs = f"  - {{ name: s, plugin: modbus, url: 'tcp://127.0.0.1:{told['ports'][0]}' }}\n"
        gateway = bench.gateway(config_text(bench, broker, inputs, always_behind(blocks=60)), cpu=1)
        bench.wait_for_sessions(1)
        # Counted at the slave, so that what the gateway says of itself does not matter.
        figures = measure(bench, gateway, seconds, slave=process)
        requests = figures["slave"]["requests"]
        inputs = bench.status()["inputs"]
        result["fieldway"] = figures | {
            "requests_per_second": round(requests / figures["slave"]["seconds"]),
            "cpu_s_per_million_registers": round(figures["cpu_s"] * 1e4 / max(requests, 1), 4),
            "batches_not_taken": inputs[0]["figures"]["full"]}
    result["rate_against_libmodbus"] = round(
        result["fieldway"]["requests_per_second"] / result["libmodbus"]["requests_per_second"], 3)
    return result


def latency(build: Path, seconds: float) -> dict:
    devices_count, rate = 50, 10
    with Bench(build) as bench:
        broker = bench.mosquitto()
        process, told = bench.telling("bench_farm", devices_count, 1000 // rate)
        inputs = "".join(f"  - {{ name: s{n}, plugin: modbus, url: 'tcp://127.0.0.1:{port}' }}\n"
                         for n, port in enumerate(told["ports"]))
        devices = "".join(device(n, f"s{n}", f"{1000 // rate}ms", 5) for n in range(devices_count))
        gateway = bench.gateway(config_text(bench, broker, inputs, devices))
        bench.wait_for_sessions(devices_count)
        subscriber, _ = bench.telling("bench_subscriber", broker, "bench/#")
        return {"messages_per_second_asked": devices_count * rate} | measure(
            bench, gateway, seconds, subscriber=subscriber, farm=process)


def run_cases(cases: dict, about: str) -> int:
    """The command line of a benchmark: runs the cases that it names, or all."""
    parser = argparse.ArgumentParser(description=about,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("cases", nargs="*", default=[], metavar="CASE", help=", ".join(cases))
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(cases)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(cases)}")
    build = arguments.build.resolve()
    os.environ["FIELDWAY_BUILD"] = str(build)
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in cpuinfo
                  if line.startswith("model name")), "?")
    print(f"machine: {model}, {os.cpu_count()} cores, Linux {platform.release()}; command: "
          f"{' '.join(sys.argv)}", file=sys.stderr)
    for name in arguments.cases or cases:
        print(json.dumps({name: cases[name](build, arguments.seconds)}, indent=2), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(run_cases({"farm": farm, "flatout": flatout, "latency": latency}, __doc__))

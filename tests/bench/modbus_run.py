#!/usr/bin/env python3
"""The Modbus figures of docs/benchmarks.md: measured, not asserted.

    tests/bench/modbus_run.py [--build build/release] [--seconds 60] [CASE ...]

The plugin runs in a host that only counts (tests/bench/plugin_host.cpp) but for `mapping`. Cases:
rtu (10 units x 20 registers at 9600 and 115200 baud as fast as it goes, against what the line could
carry), loop (one TCP slave, 100 registers, closed loop, against a bare libmodbus loop of the same
run), thousand (1,000 TCP slaves x 20 registers at 1 Hz, and a
bare C loop), dead-slaves (100 TCP slaves, 10 dead,
against none dead), dead-units (30 units at 9600 baud, 5 dead, against the living alone),
dead-behind (50 units behind one converter at 5 ms, 5 dead, against the living alone), write (writes
while a TCP slave is polled without a pause), mapping (100,000 points a second through the whole
gateway).
"""
import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

from run import ROOT, Bench, config_text, device, measure

SECOND = 1_000_000_000
SETTLING = 30  # seconds in which dead units are found out to be dead


def points(registers: int, every: int, first: int = 0, writable: bool = False) -> list:
    return [{"number": n, "name": f"r{n}", "every": every, "writable": writable,
             "verify": "echo", "options": {"register": f"holding:{first + n}", "type": "uint16"}}
            for n in range(registers)]


def unit_of(number: int, unit: int, every: int, of_points: list) -> dict:
    return {"number": number, "id": f"d{number}", "every": every, "address": {"unit": unit},
            "options": {}, "points": of_points}


def input_of(name: str, options: dict, devices: list) -> dict:
    return {"name": name, "options": options, "devices": devices}


def start_host(bench: Bench, inputs: list, *arguments, cpu=None) -> subprocess.Popen:
    """The counting host with these inputs, once all have started."""
    file = bench.folder / "settings"
    file.write_text("".join(json.dumps(one) + "\n" for one in inputs))
    plugin = bench.build / "plugins" / "modbus.so"
    process, told = bench.telling("bench_plugin_host", plugin, file, *arguments, cpu=cpu)
    assert told["inputs"] == len(inputs)
    return process


def flat(figures: dict) -> dict:
    return {name: round(value, 4) if isinstance(value, float) else value
            for name, value in figures.items()}


class ModbusBench(Bench):
    @staticmethod
    def figures_of(process: subprocess.Popen) -> dict:
        process.send_signal(signal.SIGUSR1)
        return flat(json.loads(process.stdout.readline()))

    def simulated(self, entry: dict) -> str:
        """One entry of `fieldway simulate`; its address."""
        file = self.folder / "simulate.yaml"
        file.write_text(json.dumps({"simulate": [entry]}))  # JSON is YAML
        process = self.start(self.build / "fieldway", "simulate", file, stdout=subprocess.PIPE,
                             text=True)
        while "tcp://" not in (line := process.stdout.readline()):
            if not line:
                raise SystemExit("the simulator did not start")
        return "tcp://" + line.split("tcp://")[1].split('"')[0].split()[0]


def units(count: int, every: int) -> list:
    return [unit_of(n, n, every, points(20, every)) for n in range(1, count + 1)]


def on_line(build: Path, seconds: float, baud: int, count: int, dead: int = 0) -> dict:
    with ModbusBench(build) as bench:
        line, told = bench.telling("bench_rtu_line", baud, count, 5000 if dead or count > 10 else 0,
                                   dead)
        host = start_host(bench, [input_of("line", {"url": "rtu:" + told["path"], "baud": baud},
                                           units(count, 1_000_000))])
        time.sleep(SETTLING if dead else 3)  # late_window, and what the dead take to be known
        return measure(bench, host, seconds, line=line, host=host)


def rtu(build: Path, seconds: float) -> dict:
    return {str(baud): on_line(build, seconds, baud, 10) for baud in (9600, 115200)}


def dead_units(build: Path, seconds: float) -> dict:
    alone = on_line(build, seconds, 9600, 25)
    with_dead = on_line(build, seconds, 9600, 30, dead=5)
    ratio = with_dead["host"]["period_s"]["mean"] / alone["host"]["period_s"]["mean"]
    return {"alone": alone, "with_dead": with_dead, "period_ratio": round(ratio, 3)}


def behind_converter(build: Path, seconds: float, count: int, dead: int) -> dict:
    with ModbusBench(build) as bench:
        entry = {"plugin": "modbus", "url": "tcp://127.0.0.1:0", "turn_around": "5ms",
                 "units": [{"unit": n, "registers": {"holding:0": {"count": 20}}}
                           | ({"faults": {"silent": 1}} if n > count - dead else {})
                           for n in range(1, count + 1)]}
        host = start_host(bench, [input_of("converter", {"url": bench.simulated(entry)},
                                           units(count, 1_000_000))])
        time.sleep(SETTLING)
        return measure(bench, host, seconds, host=host)


def dead_behind(build: Path, seconds: float) -> dict:
    alone = behind_converter(build, seconds, 45, 0)
    with_dead = behind_converter(build, seconds, 50, 5)
    ratio = with_dead["host"]["period_s"]["mean"] / alone["host"]["period_s"]["mean"]
    return {"alone": alone, "with_dead": with_dead, "period_ratio": round(ratio, 3)}


def slaves(ports: list, registers: int, every: int) -> list:
    return [input_of(f"s{n}", {"url": f"tcp://127.0.0.1:{port}"},
                     [unit_of(n, 1, every, points(registers, every))])
            for n, port in enumerate(ports, start=1)]


def farm_of(build: Path, seconds: float, count: int, dead: int = 0) -> dict:
    with ModbusBench(build) as bench:
        farm, told = bench.telling("bench_farm", count, 1000, dead)
        host = start_host(bench, slaves(told["ports"], 20, SECOND))
        time.sleep(SETTLING)
        return measure(bench, host, seconds, farm=farm, host=host)


def bare_loop(build: Path, seconds: float, count: int) -> dict:
    """The yardstick of the same run."""
    with ModbusBench(build) as bench:
        farm, told = bench.telling("bench_farm", count, 1000)
        loop_process = bench.start(bench.tool("bench_bare_loop"), 20, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        loop_process.stdin.write("".join(f"{port}\n" for port in told["ports"]))
        loop_process.stdin.close()
        assert json.loads(loop_process.stdout.readline())["slaves"] == count
        return measure(bench, loop_process, seconds, farm=farm)


def thousand(build: Path, seconds: float) -> dict:
    return {"fieldway": farm_of(build, seconds, 1000),
            "bare_loop": bare_loop(build, seconds, 1000)}


def dead_slaves(build: Path, seconds: float) -> dict:
    alone, with_dead = farm_of(build, seconds, 100), farm_of(build, seconds, 100, dead=10)
    ratio = with_dead["farm"]["lateness_p99_ms"] / alone["farm"]["lateness_p99_ms"]
    return {"alone": alone, "with_dead": with_dead, "lateness_p99_ratio": round(ratio, 3)}


def loop(build: Path, seconds: float) -> dict:
    result = {}
    with ModbusBench(build) as bench:
        _, told = bench.telling("bench_farm", 1, 0, cpu=0)
        done = subprocess.run(["taskset", "-c", "1", bench.tool("bench_libmodbus_loop"),
                               str(told["ports"][0]), "100", str(seconds)],
                              capture_output=True, text=True, check=True)
        result["libmodbus"] = json.loads(done.stdout)
    with ModbusBench(build) as bench:
        slave, told = bench.telling("bench_farm", 1, 0, cpu=0)
        # More of it due each millisecond than can be answered, as in `flatout` of run.py.
        of_points = [point | {"number": 100 * block + point["number"],
                              "name": f"b{block}{point['name']}"}
                     for block in range(60) for point in points(100, 1_000_000, 1000 * block)]
        host = start_host(bench, [input_of("s", {"url": f"tcp://127.0.0.1:{told['ports'][0]}"},
                                           [unit_of(1, 1, 1_000_000, of_points)])], cpu=1)
        time.sleep(2)
        figures = measure(bench, host, seconds, slave=slave, host=host)
    rate = figures["slave"]["requests"] / figures["slave"]["seconds"]
    result["fieldway"] = figures | {"requests_per_second": round(rate)}
    result["rate_against_libmodbus"] = round(
        rate / result["libmodbus"]["requests_per_second"], 3)
    return result


def write(build: Path, seconds: float) -> dict:
    with ModbusBench(build) as bench:
        entry = {"plugin": "modbus", "url": "tcp://127.0.0.1:0",
                 "units": [{"unit": n, "registers": {"holding:0": {"count": 100}}}
                           for n in range(1, 11)]}
        every = 1_000_000
        devices = [unit_of(n, n, every, points(100, every, writable=True)) for n in range(1, 11)]
        host = start_host(bench, [input_of("s", {"url": bench.simulated(entry)}, devices)], 20)
        time.sleep(2)
        return measure(bench, host, seconds, host=host)


def mapping(build: Path, seconds: float) -> dict:
    count, registers, every = 100, 100, "100ms"
    with ModbusBench(build) as bench:
        broker = bench.mosquitto()
        farm, told = bench.telling("bench_farm", count, 100)
        inputs = "".join(f"  - {{ name: s{n}, plugin: modbus, url: 'tcp://127.0.0.1:{port}' }}\n"
                         for n, port in enumerate(told["ports"]))
        devices = "".join(device(n, f"s{n}", every, registers, "    messages: [{ every: 10s }]\n")
                          for n in range(count))
        gateway = bench.gateway(config_text(bench, broker, inputs, devices))
        bench.wait_for_sessions(count)
        time.sleep(12)  # what starting freed is given back after 10 s
        readings = sum(one["figures"]["readings"] for one in bench.status()["inputs"])
        begin = time.monotonic()
        figures = measure(bench, gateway, seconds, farm=farm)
        elapsed = time.monotonic() - begin
        readings = sum(one["figures"]["readings"] for one in bench.status()["inputs"]) - readings
        return figures | {"points_per_second": round(readings / elapsed)}


def main() -> int:
    cases = {"rtu": rtu, "loop": loop, "thousand": thousand, "dead-slaves": dead_slaves,
             "dead-units": dead_units, "dead-behind": dead_behind, "write": write,
             "mapping": mapping}
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("cases", nargs="*", default=[], metavar="CASE", help=", ".join(cases))
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(cases)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(cases)}")
    print(f"machine: {os.cpu_count()} cores, Linux {platform.release()}", file=sys.stderr)
    for name in arguments.cases or cases:
        figures = cases[name](arguments.build.resolve(), arguments.seconds)
        print(json.dumps({name: figures}, indent=2), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`fieldway read|write|scan URL`: a bus without a gateway, against pymodbus."""
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import unittest

from fieldway_test import UPLINK, SystemTest, program
from fieldway_test.gateway import environment_in
from fieldway_test.modbus import RtuSlave, SocketSlave
from fieldway_test.process import Process

UNITS = {1: {"input": {12: 215}, "holding": {10: 0x41AC, 11: 0, 80: 42, 90: 0x1F8F},
             "discrete": {3: True}, "coil": {4: True}}}


def floats(values):
    """{address: float} as registers."""
    registers = {}
    for address, value in values.items():
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        registers[address] = high
        registers[address + 1] = low
    return registers


class Access(SystemTest):
    def bus(self, transport="tcp"):
        slave = SocketSlave(transport, UNITS)
        self._started(slave)
        return slave, f"{transport}://127.0.0.1:{slave.port}"

    def verb(self, *words, status=0):
        done = self.fieldway(*words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def reads_and_writes(self, slave, url, *more):
        read = self.verb("read", url, "1", "input:12", "discrete:3", "coil:4", *more)
        self.assertEqual(read.stdout, "input:12 = 215\ndiscrete:3 = true\ncoil:4 = true\n")
        self.verb("write", url, "1", "holding:80=37", "coil:4=false", *more)
        self.assertEqual(slave.get(1, "holding", 80), [37])
        self.assertEqual(slave.get(1, "coil", 4), [0])

    def test_over_tcp(self):
        self.reads_and_writes(*self.bus())

    def test_over_udp(self):
        self.reads_and_writes(*self.bus("udp"))

    def test_rtu_over_tcp(self):
        self.reads_and_writes(*self.bus("rtu+tcp"))

    def line(self, transport):
        line = self.serial_line()
        slave = RtuSlave(line.other, UNITS, transport=transport)
        self._started(slave)
        return slave, f"{transport}:{line.one}"

    def test_over_a_serial_line(self):
        self.reads_and_writes(*self.line("rtu"), "--parity", "none", "--timeout", "3s")

    def test_over_ascii(self):
        # A pseudo-terminal cannot do 7 data bits.
        self.reads_and_writes(*self.line("ascii"), "--parity", "none", "--timeout", "3s",
                              "--data-bits", "8")

    def test_a_value_is_read_and_written_as_its_type(self):
        slave, url = self.bus()
        read = self.verb("read", url, "holding:10", "--type", "float32", "--json")
        self.assertEqual(json.loads(read.stdout),
                         {"values": [{"name": "holding:10", "value": 21.5, "type": "float32"}]})
        self.verb("write", url, "holding:10=2.5", "--type", "float32", "--word-order", "little")
        self.assertEqual(slave.get(1, "holding", 10, 2), [0, 0x4020])

    def test_bits_are_written_without_the_others(self):
        slave, url = self.bus()
        refused = self.verb("write", url, "holding:90.4-6=5", status=2)
        self.assertIn("--write-bits", refused.stderr)
        self.verb("write", url, "holding:90.4-6=5", "--write-bits", "read-modify-write")
        self.assertEqual(slave.get(1, "holding", 90), [0x1FDF])

    def test_decodings_show_the_value_in_its_orders(self):
        slave, url = self.bus()
        slave.set(1, "holding", 10, [0, 0x41AC])
        table = self.verb("read", url, "holding:10", "--decodings", "--count", "2").stdout
        self.assertRegex(table, r"float32 +little +big +2 +21\.5\n")
        rows = json.loads(self.verb("read", url, "holding:10", "--decodings",
                                    "--json").stdout)["rows"]
        self.assertIn({"type": "float32", "word_order": "little", "byte_order": "big",
                       "registers": 2, "value": 21.5}, rows)

    def test_what_is_not_there_is_told_and_fails(self):
        _, url = self.bus()
        silent = self.verb("read", url, "9", "holding:0", "--timeout", "100ms", status=1)
        self.assertEqual(silent.stderr, f"fieldway: {url}: unit 9: no answer in 100ms\n")
        for words, said in (
                (("read", "modbus://x/", "holding:0"), "a url begins with one of"),
                (("read", url, "holding:0", "--bauds", "1"), "did you mean --baud?"),
                (("read", url, "holding:0", "--timeout", "1x"), "timeout"),
                (("read",), "read takes DEVICE"),
                (("read", url), "nothing to read"),
                (("write", url, "holding:80=2.5"), "uint16 has whole numbers only"),
                (("read", "METER-1", "--type", "int16"), "does not take --type with a device")):
            self.assertIn(said, self.verb(*words, status=2).stderr)

    def test_a_path_that_is_not_absolute_is_told(self):
        for words in (("scan", "rtu:line"), ("read", "rtu:line", "7", "holding:0"),
                      ("scan", "--units", "1", "rtu:ttyUSB0")):
            self.assertIn("has no absolute path", self.verb(*words, status=2).stderr)

    def test_a_simulated_line_is_opened_again_with_its_parity(self):
        path = os.path.join(self.folder, "line")
        simulation = self.file("line.yaml", "simulate: [{ plugin: modbus, url: \"rtu:" + path +
                               "\", units: [{ unit: 7, registers: { \"holding:0\": "
                               "{ value: 5 } } }] }]\n")
        process = Process("simulate", [program(), "simulate", simulation],
                          env=environment_in(self.folder))
        self.addCleanup(process.close)
        process.out.wait_for(lambda text: path in text, "its link")
        for _ in range(3):
            self.assertEqual(self.verb("read", f"rtu:{path}", "7", "holding:0", "--parity", "even",
                                       "--timeout", "3s").stdout, "holding:0 = 5\n")

    def test_a_port_that_somebody_has_is_named(self):
        line = self.serial_line()
        port = os.open(line.one, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, port)
        fcntl.flock(port, fcntl.LOCK_EX)
        for verb in (("read", f"rtu:{line.one}", "1", "input:12"), ("scan", f"rtu:{line.one}")):
            self.assertIn(f"process {os.getpid()}", self.verb(*verb, status=1).stderr)

    def test_the_help_has_the_options_of_the_plugins(self):
        text = self.verb("scan", "--help").stdout
        self.assertIn("--emit-config", text)
        self.assertIn("--units", text)
        self.assertIn("rtu:", text)


class OfARunningGateway(SystemTest):
    """A bus that the gateway uses is asked by the gateway, between its polls."""

    CONFIG = UPLINK + """
inputs: [{ name: hall, plugin: modbus, url: "${URL}", timeout: 1s, parity: none }]
devices:
  - id: METER-1
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 200ms
    points: [{ name: temperature, register: "input:12", type: int16 }]
"""

    def asked(self, slave, url):
        self._started(slave)
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway(self.CONFIG, BROKER=broker.port, URL=url(slave))
        subscriber.wait(1, "site/METER-1",
                        matches=lambda message: message.json()["temperature"] == 215)

        def verb(name, *words):
            done = gateway.verb(name, url(slave), *words, check=False)
            return done.stdout, done.stderr, done.returncode
        self.assertEqual(verb("read", "1", "holding:80"), ("holding:80 = 42\n", "", 0))
        self.assertEqual(verb("write", "1", "holding:80=37"), ("holding:80 = 37\n", "", 0))
        self.assertEqual(slave.get(1, "holding", 80), [37])
        silent = verb("read", "9", "holding:0")
        self.assertEqual((silent[0], silent[2]), ("", 1))
        self.assertIn("input hall: unit 9: no answer in 1s", silent[1])
        decodings = gateway.verb("read", "METER-1", "temperature", "--decodings", "--count", "1")
        self.assertRegex(decodings.stdout, r"temperature: 00d7\n.*\nuint16 .* 215\n")
        self.assertIn("did you mean temperature?",
                      gateway.verb("read", "METER-1", "temperatur", "--decodings",
                                   check=False).stderr)
        out, _, status = verb("scan", "--units", "1-2")
        self.assertEqual(status, 0)
        self.assertIn("unit 1 ", out)
        self.assertNotIn("unit 2 ", out)
        before = len(subscriber.messages())
        subscriber.wait_until(lambda messages: len(messages) > before + 2, "polls go on")
        self.assertTrue(all(message.json()["temperature"] in (215, None)
                            for message in subscriber.messages()), "no value of another register")
        self.assert_stops_in_time(gateway)

    def test_over_tcp(self):
        self.asked(SocketSlave("tcp", UNITS), lambda slave: f"tcp://127.0.0.1:{slave.port}")

    def test_over_a_serial_line(self):
        line = self.serial_line()
        self.asked(RtuSlave(line.other, UNITS), lambda _: f"rtu:{line.one}")


# What an SDM120 tells: enough for its profile to be recognised.
SDM120_VALUES = {0x0000: 230.2, 0x0006: 1.25, 0x000C: 287.5, 0x0012: 290.0, 0x0018: 12.5,
                 0x001E: 0.99, 0x0046: 50.01, 0x0048: 1234.5, 0x004A: 0.5, 0x004C: 1.5, 0x004E: 2.5,
                 0x0156: 1235.0}
SDM120 = floats(SDM120_VALUES)


def sunspec_map(power_factor=0xFFFF):
    """SunS at 40000, the common model, 103 with two points, the end."""
    words = [0x5375, 0x6E53, 1, 66]
    text = "Acme".ljust(32, "\0") + "Sun 5".ljust(32, "\0") + "\0" * 16 + "1.4".ljust(16, "\0")
    text += "SN-77".ljust(32, "\0")
    words += list(struct.unpack(f">{len(text) // 2}H", text.encode()))
    words += [1, 0]  # device address, pad
    body = [0x8000] * 50
    body[12], body[13] = 25005, power_factor            # W
    body[8], body[9], body[10], body[11] = 2302, 2310, 0xFFFF, 0xFFFF  # V of the phases, SF
    body[22], body[23], body[24] = 0, 0, 0                            # WH: 0, not accumulated
    body[36] = 4                                                      # state
    words += [103, 50] + body + [0xFFFF, 0]
    return {40000 + i: word for i, word in enumerate(words)}


class Scan(SystemTest):
    def scan(self, url, *words, status=0):
        done = self.fieldway("scan", url, *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def tcp(self, units):
        slave = SocketSlave("tcp", units)
        self._started(slave)
        return slave, f"tcp://127.0.0.1:{slave.port}"

    def assert_check_accepts(self, text):
        path = self.file("found.yaml", text)
        done = self.fieldway("check", "--config", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return path

    def test_units_are_found_and_their_profile_named(self):
        _, url = self.tcp({3: {"input": SDM120}, 7: {"holding": {0: 5}}})
        found = json.loads(self.scan(url, "--units", "1-10", "--wait", "100ms", "--json").stdout)
        units = found["buses"][0]["units"]
        self.assertEqual([unit["address"]["unit"] for unit in units], [3, 7])
        self.assertEqual(units[0]["fits"][0]["profile"], "eastron/sdm120")
        self.assertTrue(units[0]["fits"][0]["convinces"])
        self.assertEqual([fit for fit in units[1]["fits"] if fit["convinces"]], [])
        text = self.scan(url, "--units", "1-10", "--wait", "100ms", "--emit-config").stdout
        self.assertIn("profile: eastron/sdm120", text)
        self.assert_check_accepts(text)

    def test_a_map_with_holes_is_read_around_them(self):
        simulation = self.file("meter.yaml", "simulate:\n  - plugin: modbus\n"
                               "    url: tcp://127.0.0.1:0\n    units:\n      - unit: 1\n"
                               "        registers:\n" + "".join(
                                   f'          "input:{address}": {{ type: float32, value: '
                                   f'{value} }}\n' for address, value in SDM120_VALUES.items()))
        process = Process("simulate", [program(), "simulate", simulation],
                          env=environment_in(self.folder))
        self.addCleanup(process.close)
        url = process.out.wait_for(lambda text: "tcp://" in text, "its address")[0].split()[-1]
        text = self.scan(url, "--units", "1").stdout
        self.assertIn("fits profile eastron/sdm120 (12 of 12 points", text)
        self.assertIn("input:0 is 17254; holding:0, coil:0, discrete:0: exception 02", text)

    def test_a_serial_line_is_swept_by_speed_and_parity(self):
        line = self.serial_line()
        self._started(RtuSlave(line.other, {3: {"input": SDM120}}))
        done = self.scan(f"rtu:{line.one}", "--units", "2-4", "--baud", "19200,9600", "--wait",
                         "500ms", "--timeout", "2s", "--emit-config")
        # A pseudo-terminal carries bytes at any speed: the first that is tried finds it.
        self.assertIn("baud: 19200, parity: \"none\"", done.stdout)
        self.assert_check_accepts(done.stdout)

    def test_ports_are_tried_in_turn(self):
        _, url = self.tcp({1: {"holding": {0: 5}}})
        host, port = url.rsplit(":", 1)
        done = self.scan(f"{host}:1", "--ports", f"1,{port}", "--units", "1", "--identify",
                         "false")
        self.assertIn(url, done.stdout)
        self.assertIn("tcp://127.0.0.1:1: Connection refused", done.stdout)

    def test_nobody_is_a_failure(self):
        _, url = self.tcp({200: {}})
        self.assertIn("nobody answered",
                      self.scan(url, "--units", "1-3", "--wait", "20ms", status=1).stdout)
        self.assertIn("scan takes the URL", self.fieldway("scan", "METER-1").stderr)
        self.assertIn("no connection",
                      self.scan("tcp://127.0.0.1:1", status=1).stderr)

    def test_a_bar_is_shown_on_a_terminal_only(self):
        _, url = self.tcp({3: {"holding": {0: 5}}})
        words = [program(), "scan", url, "--units", "1-4", "--wait", "50ms"]
        self.assertEqual(self.fieldway(*words[1:]).stderr, "")
        terminal, other_end = pty.openpty()
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=other_end,
                              env=environment_in(self.folder)) as scan:
            os.close(other_end)
            shown = b""
            while True:
                try:
                    part = os.read(terminal, 4096)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                shown += part
            out = scan.stdout.read().decode()
        os.close(terminal)
        self.assertEqual(scan.returncode, 0)
        self.assertIn(b"[#", shown)
        self.assertIn(b"found: ", shown)
        self.assertNotIn("[#", out)

    def test_an_interrupted_scan_tells_what_it_has(self):
        _, url = self.tcp({1: {"holding": {0: 5}}})
        terminal, other_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        with subprocess.Popen([program(), "scan", url, "--units", "1-200", "--wait", "5s"],
                              stdout=subprocess.PIPE, stderr=other_end,
                              env=environment_in(self.folder)) as scan:
            os.close(other_end)
            shown = b""
            while b"found: " not in shown:
                shown += os.read(terminal, 4096)
            scan.send_signal(signal.SIGINT)
            out = scan.stdout.read().decode()
            self.assertEqual(scan.wait(20), 1)
        self.assertIn("ended early", out)

    def test_a_sunspec_map_is_followed_and_its_values_arrive(self):
        slave, url = self.tcp({1: {"holding": sunspec_map()}})
        text = self.scan(url, "--units", "1", "--emit-config").stdout
        self.assertIn("Acme", text)
        self.assert_check_accepts(text)
        broker = self.broker()
        subscriber = self.subscriber(broker)
        self.gateway(text.replace("mqtt://127.0.0.1:1883", f"mqtt://127.0.0.1:{broker.port}")
                     .replace("every: 10s", "every: 200ms"))
        first = subscriber.wait(
            1, "site/bus-unit-1",
            matches=lambda message: message.json().get("power") is not None)[0].json()
        self.assertEqual(first["power"], 2500.5)
        self.assertEqual(first["voltage_l1"], 230.2)
        self.assertEqual(first["state"], "MPPT")
        for not_implemented in ("voltage_l3", "frequency", "energy_yield", "pv_power",
                                "temperature"):
            self.assertIsNone(first[not_implemented], not_implemented)
        # The inverter's firmware is renewed: another model stands where 103 was.
        slave.set(1, "holding", 40070, [64110])
        subscriber.wait(1, "site/bus-unit-1",
                        matches=lambda message: message.json()["power"] is None)
        after = [message.json() for message in subscriber.messages()
                 if message.topic == "site/bus-unit-1"]
        moved = after[[one["power"] for one in after].index(None):]
        self.assertTrue(all(one["power"] is None for one in moved), "no value of another model")


if __name__ == "__main__":
    unittest.main()

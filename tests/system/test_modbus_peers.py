"""Every Modbus transport against other people's code: pymodbus, libmodbus' server, and libmodbus
in mbpoll."""
import os
import signal
import subprocess
import unittest

from fieldway_test import SystemTest, program
from fieldway_test.broker import free_port
from fieldway_test.gateway import SECONDS_TO_STOP, environment_in
from fieldway_test.modbus import LibmodbusSlave, RtuSlave, SocketSlave
from fieldway_test.process import Process

CONFIG = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/{device}/{subtopic}" }
inputs: [{ name: hall, plugin: modbus, url: "${URL}", timeout: 2s, parity: none }]
devices:
  - id: METER-1
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 200ms
    write_bits: read-modify-write
    points:
      - { name: temperature, register: "input:12", type: int16, scale: 0.1 }
      - { name: power, register: "holding:10", type: float32 }
      - { name: contact, register: "discrete:3" }
      - { name: relay, register: "coil:0", writable: true }
      - { name: lamp, register: "coil:1", writable: true, write_by: multiple }
      - { name: setpoint, register: "holding:80", type: int16, scale: 0.5, writable: true }
      - { name: limit, register: "holding:82", type: float32, writable: true }
      - { name: mode, register: "holding:90.4-6", writable: true }
"""
UNITS = {1: {"input": {12: 215}, "holding": {10: 0x4148, 11: 0, 80: 42, 90: 0x1F8F},
             "discrete": {3: True}}}
WRITES = ("relay=true", "lamp=true", "setpoint=18.5", "limit=2.5", "mode=5")


class ReadsAndWrites(SystemTest):
    def reads_and_writes(self, slave, url):
        self._started(slave)
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway(CONFIG, BROKER=broker.port, URL=url(slave))
        payload = subscriber.wait(
            1, "site/METER-1",
            matches=lambda message: message.json()["power"] is not None)[0].json()
        self.assertEqual(payload["temperature"], 21.5)
        self.assertEqual(payload["power"], 12.5)
        self.assertEqual(payload["contact"], True)
        self.assertEqual(payload["mode"], 0)
        gateway.verb("write", "METER-1", *WRITES)
        self.assertEqual(slave.get(1, "coil", 0, 2), [1, 1])
        self.assertEqual(slave.get(1, "holding", 80), [37])
        self.assertEqual(slave.get(1, "holding", 82, 2), [0x4020, 0])
        self.assertEqual(slave.get(1, "holding", 90), [0x1FDF], "the other bits are as they were")
        self.assert_stops_in_time(gateway)


class Pymodbus(ReadsAndWrites):
    def socket_slave(self, transport):
        self.reads_and_writes(SocketSlave(transport, UNITS),
                              lambda slave: f"{transport}://127.0.0.1:{slave.port}")

    def test_tcp(self):
        self.socket_slave("tcp")

    def test_rtu_over_tcp(self):
        self.socket_slave("rtu+tcp")

    def test_udp(self):
        self.socket_slave("udp")

    def line_slave(self, transport):
        line = self.serial_line()
        self.reads_and_writes(RtuSlave(line.other, UNITS, transport=transport),
                              lambda _: f"{transport}:{line.one}")

    def test_rtu_over_a_pair_of_pseudo_terminals(self):
        self.line_slave("rtu")

    def test_ascii_over_a_pair_of_pseudo_terminals(self):
        self.line_slave("ascii")


class LibmodbusServer(ReadsAndWrites):
    """The same of libmodbus' own server, and the verbs that ask without a gateway."""

    def test_tcp(self):
        self.reads_and_writes(LibmodbusSlave(UNITS[1]),
                              lambda slave: f"tcp://127.0.0.1:{slave.port}")

    def test_rtu_over_a_pair_of_pseudo_terminals(self):
        line = self.serial_line()
        self.reads_and_writes(LibmodbusSlave(UNITS[1], path=line.other),
                              lambda _: f"rtu:{line.one}")

    def asks_without_a_gateway(self, slave, url, *more):
        self._started(slave)
        url = url(slave)
        read = self.fieldway("read", url, "1", "holding:10", "--type", "float32", *more)
        self.assertEqual((read.stdout, read.returncode), ("holding:10 = 12.5\n", 0), read.stderr)
        written = self.fieldway("write", url, "1", "holding:80=7", "coil:0=true", *more)
        self.assertEqual(written.returncode, 0, written.stderr)
        self.assertEqual(slave.get(1, "holding", 80), [7])
        self.assertEqual(slave.get(1, "coil", 0), [1])
        found = self.fieldway("scan", url, "--units", "1-3", "--identify", "false", "--wait",
                              "200ms", "--timeout", "2s")
        self.assertIn("unit 1 ", found.stdout, found.stderr)

    def test_one_shot_over_tcp(self):
        self.asks_without_a_gateway(LibmodbusSlave(UNITS[1]),
                                    lambda slave: f"tcp://127.0.0.1:{slave.port}")

    def test_one_shot_over_rtu(self):
        line = self.serial_line()
        self.asks_without_a_gateway(LibmodbusSlave(UNITS[1], path=line.other),
                                    lambda _: f"rtu:{line.one}", "--parity", "none", "--baud",
                                    "19200")


class Simulated(SystemTest):
    """libmodbus, in mbpoll, reads and writes what `fieldway simulate` plays."""

    def simulate(self, url):
        path = self.file("devices.yaml", f"""
simulate:
  - plugin: modbus
    url: "{url}"
    units:
      - unit: 1
        registers:
          "holding:10": {{ value: 215, count: 3 }}
          "coil:0": {{ value: true, count: 4 }}
""")
        process = Process("simulate", [program(), "simulate", path],
                          env=environment_in(self.folder))
        self.addCleanup(process.close)
        process.out.wait_for(lambda text: "modbus" in text, "the address of the simulation")
        return process

    def mbpoll(self, *words):
        done = subprocess.run(["mbpoll", "-1", "-0", "-o", "2", *words], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def reads_and_writes(self, simulation, *where):
        self.assertIn("[12]: \t215", self.mbpoll("-r", "10", "-c", "3", *where))
        self.assertIn("[3]: \t1", self.mbpoll("-t", "0", "-r", "0", "-c", "4", *where))
        self.mbpoll("-r", "11", *where, "7", "8")  # function code 16
        self.mbpoll("-r", "10", *where, "6")       # function code 6
        text = self.mbpoll("-r", "10", "-c", "3", *where)
        for part in ("[10]: \t6", "[11]: \t7", "[12]: \t8"):
            self.assertIn(part, text)
        simulation.signal(signal.SIGTERM)
        self.assertEqual(simulation.wait(SECONDS_TO_STOP), 0)

    def test_libmodbus_over_tcp(self):
        port = free_port()
        simulation = self.simulate(f"tcp://127.0.0.1:{port}")
        self.reads_and_writes(simulation, "-m", "tcp", "-p", str(port), "127.0.0.1")

    def test_libmodbus_over_rtu(self):
        line = os.path.join(self.folder, "line")
        simulation = self.simulate(f"rtu:{line}")
        self.reads_and_writes(simulation, "-m", "rtu", "-b", "19200", "-P", "even", line)


if __name__ == "__main__":
    unittest.main()

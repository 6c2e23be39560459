"""Each example does what its comment says, with real peers in place of its addresses."""
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import textwrap
import time
import unittest

import yaml
from fieldway_test import SystemTest
from fieldway_test.waiting import PATIENCE

SOURCE = os.environ["FIELDWAY_SOURCE"]
EXAMPLES = os.path.join(SOURCE, "config", "examples")
SECRET = "the-secret-of-the-connector"


def example(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
        return file.read()


def profile_example(name):
    """({address: register}, {point: value}) of the first example of a shipped profile."""
    with open(os.path.join(SOURCE, "config", "profiles", name + ".yaml"), encoding="utf-8") as file:
        found = yaml.safe_load(file)["examples"][0]
    registers = {}
    for begin, words in found["registers"].items():
        for offset, word in enumerate(words.split()):
            registers[int(begin.split(":")[1], 0) + offset] = int(word, 16)
    return registers, found["values"]


class Examples(SystemTest):
    def setUp(self):
        super().setUp()
        self.mosquitto = self.broker()
        self.arrivals = self.subscriber(self.mosquitto)
        self.address = f"127.0.0.1:{self.mosquitto.port}"

    def first(self, topic):
        return self.arrivals.wait(1, topic)[0].json()

    def check(self, path):
        checked = self.fieldway("check", "--config", path)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), path)

    def test_each_plugins_sample_is_a_whole_configuration(self):
        samples = glob.glob(os.path.join(SOURCE, "plugins", "*", "sample.yaml"))
        self.assertGreaterEqual(len(samples), 3)
        for sample in samples:
            self.check(sample)

    def test_the_first_device_of_the_readme_meets_the_device_that_is_played_for_it(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            block = re.search(r"(?ms)^    gateway:\n.*?(?=^\S)", file.read())[0]
        slave = self.tcp_slave({1: {"input": {0: 215}}})
        text = textwrap.dedent(block)
        for told, here in (("127.0.0.1:1883", self.address), ("every: 10s", "every: 1s"),
                           ("10.0.0.20:502", f"127.0.0.1:{slave.port}")):
            self.assertIn(told, text)
            text = text.replace(told, here)
        gateway = self.gateway(text)
        self.assertEqual(self.first("site/HEATING-1")["supply_temp"], 21.5)
        self.assert_stops_in_time(gateway)

    def test_modbus_tcp(self):
        slave = self.tcp_slave({
            1: {"input": {0: 2301, 12: 0xFFFF, 13: 0xFF38}, "holding": {40: 100, 41: 0}},
            2: {"input": {0: 551}, "holding": {50: 1, 80: 43}, "coil": {0: 1}}})
        gateway = self.gateway(example("modbus-tcp.yaml"), BROKER=self.address,
                               METER=f"127.0.0.1:{slave.port}")
        meter, heating = self.first("site/METER-1"), self.first("site/HEATING-1")
        self.assertEqual((meter["voltage"], meter["power"], meter["energy"]), (230.1, -200, 1))
        self.assertEqual((heating["supply_temp"], heating["state"], heating["pump"]),
                         (55.1, "on", True))
        self.assertEqual(self.first("site/HEATING-1/settings")["setpoint"], 21.5)
        gateway.verb("write", "HEATING-1", "setpoint=21")
        self.assertEqual(slave.get(2, "holding", 80), [42])
        self.assert_stops_in_time(gateway)

    def test_modbus_rtu(self):
        line = self.serial_line()
        self.rtu_slave(line.other, {unit: {"input": {0: 200 + unit, 1: 455}} for unit in (1, 2)})
        gateway = self.gateway(example("modbus-rtu.yaml"), BROKER=self.address, LINE=line.one)
        self.assertEqual(self.first("site/ROOM-1")["temperature"], 20.1)
        self.assertEqual(self.first("site/ROOM-2")["temperature"], 20.2)
        self.assert_stops_in_time(gateway)

    def test_device_profile(self):
        """The meters answer the registers of their profiles' own examples."""
        totals, whole = profile_example("eastron/sdm72d-m"), profile_example("eastron/sdm630")
        registers = {**whole[0], 0xE0: 0x3FC0, 0xE1: 0}  # and 1.5 A in the neutral
        slave = self.tcp_slave({1: {"input": totals[0]}, 2: {"input": registers}})
        gateway = self.gateway(example("device-profile.yaml"), BROKER=self.address,
                               METER=f"127.0.0.1:{slave.port}")
        power, counters = self.first("site/METER-2"), self.first("site/METER-2/counters")
        for message in (power, counters):
            del message["timestamp"]
        self.assertEqual(power, {"power": whole[1]["power"], "voltage_l1": whole[1]["voltage_l1"],
                                 "neutral_current": 1.5})
        self.assertEqual(counters, {"energy_import": whole[1]["energy_import"]})
        self.assertEqual(gateway.ask("read", "METER-1")["values"], totals[1])
        self.assert_stops_in_time(gateway)

    def test_sunspec(self):
        registers = {40070: 103, 40071: 50, 40080: 2302, 40082: 0xFFFF, 40083: 0xFFFF,
                     40084: 25005, 40085: 0xFFFF, 40108: 4,
                     40122: 203, 40123: 105, 40140: 0xFF06, 40144: 1, 40168: 1, 40169: 0,
                     40176: 0xFFFF}
        slave = self.tcp_slave({1: {"holding": registers}})
        gateway = self.gateway(example("sunspec.yaml"), BROKER=self.address,
                               METER=f"127.0.0.1:{slave.port}")
        inverter, meter = self.first("site/INVERTER-1"), self.first("site/METER-1")
        for message in (inverter, meter):
            del message["timestamp"]
        self.assertEqual(inverter, {"power": 2500.5, "voltage_l1": 230.2, "voltage_l3": None,
                                    "state": "MPPT"})
        self.assertEqual(meter, {"power": -2500, "energy_import": 6.5536})
        slave.set(1, "holding", 40122, [204])
        self.arrivals.wait(1, "site/METER-1", matches=lambda told: told.json()["power"] is None)
        self.assert_stops_in_time(gateway)

    def test_exec(self):
        gateway = self.gateway(example("exec.yaml"), BROKER=self.address)
        load = self.first("site/MACHINE-1")
        self.assertEqual(set(load), {"timestamp", "one", "five"})
        self.assertEqual(load["one"], round(load["one"], 1))
        self.assert_stops_in_time(gateway)

    def test_generic_broker(self):
        gateway = self.gateway(example("generic-broker.yaml"), BROKER=f"mqtt://{self.address}",
                               PASSWORD=SECRET)
        self.assertEqual(self.first("site/BOX-1")["alive"], True)
        self.mosquitto.wait_log(r"as BOX-1 \(p5, .*k30, u'BOX-1'")
        self.assert_stops_in_time(gateway)
        self.assertNotIn(SECRET, "\n".join(gateway.log()))

    def test_akenza_secret(self):
        """The broker's address is the one thing that differs from what the file says."""
        slave = self.tcp_slave({1: {"input": {0: 415}}})
        text, platform = example("akenza-secret.yaml"), "mqtts://mqtt.akenza.io:8883"
        self.assertIn(platform, text)
        environment = {"CONNECTOR": "c-1", "METER": f"127.0.0.1:{slave.port}",
                       "SECRET_FILE": self.file("secret", SECRET + "\n")}
        checked = self.fieldway("check", "--config", os.path.join(EXAMPLES, "akenza-secret.yaml"),
                                **environment)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        gateway = self.gateway(text.replace(platform, f"mqtt://{self.address}"), **environment)
        base = f"/up/{SECRET}/id/0CA1B2C3D4E5F601"
        self.assertEqual(self.first(base)["supply_temp"], 41.5)
        self.assertEqual(self.first(base + "/alerts/heating")["supply_temp"], 41.5)
        self.assert_stops_in_time(gateway)
        self.assertNotIn(SECRET, "\n".join(gateway.log()))

    def test_akenza(self):
        """At a broker with akenza's rules; its address is the one thing that differs."""
        slave = self.tcp_slave({1: {"input": {0: 415}, "holding": {0: 40}, "coil": {0: 0}}})
        akenza = self.akenza_broker()
        arrivals = self.watcher(akenza)
        text, platform = example("akenza.yaml"), "mqtts://mqtt.akenza.io:8883"
        self.assertIn(platform, text)
        gateway = self.gateway(text.replace(platform, f"mqtt://127.0.0.1:{akenza.port}"),
                               start=False, METER=f"127.0.0.1:{slave.port}")
        device = "0CA1B2C3D4E5F601"
        made = json.loads(gateway.verb("keys", "new", device, "--json").stdout)
        akenza.upload(device, made["public_key"])
        self.assertEqual(gateway.verb("doctor").returncode, 0)
        gateway.start()
        gateway.wait_ready()
        first, = arrivals.wait(1, f"/up/device/id/{device}")
        self.assertEqual(first.json()["supply_temp"], 41.5)
        akenza.publish(f"/down/device/id/{device}/commands", '{"id": "1", "setpoint": 21.5}')
        akenza.publish(f"/down/device/id/{device}/config", '{"report_every": 60}')
        answers = [message.json()
                   for message in arrivals.wait(2, f"/up/device/id/{device}/downlink_ack")]
        told = {answer["subtopic"]: answer for answer in answers}
        self.assertEqual(told["commands"]["values"], {"setpoint": 21.5})
        self.assertEqual(told["config"]["unverified"], ["report_every"])
        self.assertEqual(slave.get(1, "holding", 0, 2), [43, 60])
        state, = arrivals.wait(1, f"/up/device/id/{device}/state/heating",
                               lambda message: message.json()["setpoint"] == 21.5)
        self.assertFalse(state.json()["pump"])
        self.assert_stops_in_time(gateway)

    def test_payload_formats(self):
        slave = self.tcp_slave({1: {"input": {0: 0xFF38, 1: 215, 2: 1}}})
        gateway = self.gateway(example("payload-formats.yaml"), BROKER=self.address,
                               METER=f"127.0.0.1:{slave.port}")
        self.assertEqual(self.first("site/METER-1/nested")["meter"], {"power": -200})
        time_text = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        expected = {
            "log": ("text/csv", rf'timestamp,power,state\r\n({time_text},-200,"on, heating"\r\n)+'),
            "display": ("text/plain", r"METER-1: -200 W, on, heating"),
            "report": ("application/xml", rf'<meter id="METER-1" time="{time_text}">'
                                          r"<power>-200</power><state>on, heating</state></meter>"),
        }
        for subtopic, (content_type, pattern) in expected.items():
            message, = self.arrivals.wait(1, f"site/METER-1/{subtopic}")
            self.assertEqual(message.properties, {"content-type": content_type})
            self.assertRegex(message.payload, f"^({pattern})$")
        frame = subprocess.run(
            ["mosquitto_sub", "-p", str(self.mosquitto.port), "-V", "5", "-C", "1", "-t",
             "site/METER-1/frame", "-F", "%C %x"], capture_output=True, text=True, check=True,
            timeout=PATIENCE).stdout.split()
        self.assertEqual(frame[0], "application/octet-stream")
        seconds, tenths = struct.unpack(">Ih", bytes.fromhex(frame[1]))
        self.assertEqual(tenths, 215)
        self.assertLess(abs(seconds - time.time()), PATIENCE)
        self.assert_stops_in_time(gateway)

    def test_the_page_about_akenza_shows_what_is_shipped_and_what_check_takes(self):
        with open(os.path.join(SOURCE, "docs", "akenza.md"), encoding="utf-8") as file:
            page = file.read()
        shown = textwrap.dedent(re.search(r"(?ms)^ +function consume.*?^ +}\n(?=\n)", page)[0])
        shipped = re.sub(r"(?m)^ *//.*\n", "", example("akenza-device-type.js"))
        self.assertEqual(shown, shipped)
        path = self.file("page.yaml", textwrap.dedent(
            re.search(r"(?ms)^    uplinks:\n.*?(?=^\S)", page)[0]))
        checked = self.fieldway("check", "--config", path)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertRegex(checked.stderr, r"^[^\n]*warning: [^\n]*keys new [^\n]*\n$")

    def test_the_device_type_of_akenza_hands_our_time_on(self):
        """In a JavaScript engine, where there is one."""
        node = shutil.which("node")
        if node is None:
            self.skipTest("there is no node (Debian: nodejs) to run akenza-device-type.js")
        cases = [
            ({"timestamp": "2026-11-25T08:00:00.123Z", "t": 21.5, "n": None}, "default",
             {"data": {"t": 21.5, "n": None}, "topic": "default",
              "timestamp": "2026-11-25T08:00:00.123Z"}),
            ({"timestamp": None, "t": 1}, "a_b", {"data": {"t": 1}, "topic": "a_b"}),
            ({"t": 1}, "x", {"data": {"t": 1}, "topic": "x"}),
        ]
        script = '"use strict";\nconst emit = (...all) => console.log(JSON.stringify(all));\n'
        script += example("akenza-device-type.js")
        for data, topic, _ in cases:
            script += f"consume({json.dumps({'data': data, 'topic': topic})});\n"
        ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True,
                             timeout=PATIENCE)
        emitted = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertEqual(emitted, [["sample", sample] for _, _, sample in cases])

    def test_demo(self):
        line = self.serial_line()
        slave = self.tcp_slave({1: {"input": {0: 550}, "coil": {0: 1}}})
        self.rtu_slave(line.other, {7: {"holding": {0: 210, 1: 455, 2: 1}}})
        gateway = self.gateway(example("demo.yaml"), BROKER=self.address, LINE=line.one,
                               METER=f"127.0.0.1:{slave.port}")
        self.assertEqual(self.first("demo/HEATING-1")["supply_temp"], 55)
        room = self.first("demo/ROOM-1")
        self.assertEqual((room["temperature"], room["window"]), (21, "open"))
        self.assertEqual(self.first("demo/PARKING-1")["open"], True)
        self.assert_stops_in_time(gateway)

    def test_the_shipped_configuration_runs_with_no_device(self):
        path = os.path.join(EXAMPLES, "..", "fieldway.yaml")
        with open(path, encoding="utf-8") as file:
            gateway = self.gateway(file.read())
        self.assert_stops_in_time(gateway)


if __name__ == "__main__":
    unittest.main()

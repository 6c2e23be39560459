"""From a Modbus device to the broker and back, on real peers."""
import re
import struct
import unittest
from datetime import datetime, timedelta, timezone

from fieldway_test import SystemTest

UPLINK = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    mqtt_version: ${VERSION}
    topics: { uplink: "site/{device}/{subtopic}" }
"""

POINTS = """
    points:
      - { name: supply_temp, register: "input:12",   type: int16, scale: 0.1, unit: "°C" }
      - { name: energy,      register: "holding:40", type: uint32, word_order: little,
          expression: "value / 100", unit: kWh }
      - { name: flow,        register: "holding:30", type: float32 }
      - { name: state,       register: "holding:50", type: uint16,
          enum: { 0: off, 1: on, 2: fault } }
      - { name: alarm_low,   register: "holding:51", type: uint16, bits: 3 }
      - { name: relay,       register: "coil:0",     type: bool }
      - { name: serial,      register: "holding:60", type: string, length: 8 }
      - { name: setpoint,    register: "holding:80", type: int16, scale: 0.5, writable: true,
          min: 5, max: 30 }
"""

FLOW = struct.unpack(">HH", struct.pack(">f", 0.1))
METER = {
    "input": {12: 215},
    "holding": {40: 0xE240, 41: 0x0001, 30: FLOW[0], 31: FLOW[1], 50: 2, 51: 0b1000,
                60: 0x4142, 61: 0x3132, 80: 42},
    "coil": {0: 1},
}
VALUES = {"supply_temp": 21.5, "energy": 1234.56, "flow": 0.1, "state": "fault", "alarm_low": 1,
          "relay": True, "serial": "AB12", "setpoint": 21}


class Road(SystemTest):
    def tcp_gateway(self, broker, slave, version="5"):
        return self.gateway(UPLINK + """
inputs:
  - { name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: 5s }
devices:
  - id: METER-1
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 200ms
""" + POINTS, BROKER=broker.port, SLAVE=slave.port, VERSION=version)

    def assert_is_the_meter(self, message):
        payload = message.json()
        timestamp = payload.pop("timestamp")
        self.assertEqual(payload, VALUES)
        self.assertRegex(timestamp, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        age = datetime.now(timezone.utc) - datetime.fromisoformat(timestamp)
        self.assertLess(abs(age), timedelta(seconds=20))

    def test_values_of_a_tcp_slave_arrive_with_the_time_of_acquisition(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        subscriber = self.subscriber(broker)
        gateway = self.tcp_gateway(broker, slave)
        messages = subscriber.wait(3, "site/METER-1")
        for message in messages:
            self.assert_is_the_meter(message)
        self.assertEqual(messages[0].qos, 1)
        self.assertEqual(messages[0].properties.get("content-type"), "application/json")
        times = [message.json()["timestamp"] for message in messages]
        self.assertEqual(times, sorted(set(times)), "each message has its own time, in order")
        # Points in the configured order after the timestamp; a float32 of 0.1 is 0.1.
        self.assertEqual(list(messages[0].json()), ["timestamp", *VALUES])
        self.assertIn('"flow":0.1,', messages[0].payload.replace(" ", ""))
        self.assert_stops_in_time(gateway)

    def test_mqtt_3_1_1_carries_the_same(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        subscriber = self.subscriber(broker)
        self.tcp_gateway(broker, slave, version="3.1.1")
        self.assert_is_the_meter(subscriber.wait(1, "site/METER-1")[0])
        broker.wait_log(r"as METER-1 \(p2,")

    def test_a_change_on_the_slave_is_a_change_at_the_broker(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        subscriber = self.subscriber(broker)
        self.tcp_gateway(broker, slave)
        subscriber.wait(1, "site/METER-1")
        slave.set(1, "input", 12, [0xFFFF - 99])
        subscriber.wait(1, matches=lambda message: message.json()["supply_temp"] == -10)

    def test_values_of_an_rtu_line_arrive(self):
        broker, line = self.broker(), self.serial_line()
        self.rtu_slave(line.other, {1: METER, 2: {"input": {12: 50}}})
        subscriber = self.subscriber(broker)
        gateway = self.gateway(UPLINK + """
inputs:
  - { name: line, plugin: modbus, url: "rtu:${LINE}", baud: 19200, parity: none, timeout: 5s }
devices:
  - id: METER-2
    uplink: broker
    input: line
    address: { unit: 2 }
    every: 300ms
    points: [{ name: supply_temp, register: "input:12", type: int16, scale: 0.1 }]
  - id: METER-1
    uplink: broker
    input: line
    address: { unit: 1 }
    every: 300ms
""" + POINTS, BROKER=broker.port, LINE=line.one, VERSION="5")
        self.assert_is_the_meter(subscriber.wait(2, "site/METER-1")[-1])
        self.assertEqual(subscriber.wait(1, "site/METER-2")[0].json()["supply_temp"], 5)
        self.assert_stops_in_time(gateway)

    def test_each_device_has_one_session_under_its_own_id(self):
        broker = self.broker()
        slave = self.tcp_slave({unit: {"input": {0: unit}} for unit in (1, 2, 3)})
        subscriber = self.subscriber(broker)
        devices = "".join(f"""
  - id: DEVICE-{unit}
    uplink: broker
    input: hall
    address: {{ unit: {unit} }}
    every: 200ms
    points: [{{ name: unit, register: "input:0", type: uint16 }}]
""" for unit in (1, 2, 3))
        gateway = self.gateway(UPLINK + """
inputs:
  - { name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: 5s }
devices:""" + devices, BROKER=broker.port, SLAVE=slave.port, VERSION="5")
        for unit in (1, 2, 3):
            for message in subscriber.wait(3, f"site/DEVICE-{unit}"):
                self.assertEqual(message.json()["unit"], unit)
        self.assertEqual(sorted(broker.wait_sessions(4)),
                         ["DEVICE-1", "DEVICE-2", "DEVICE-3", "test-subscriber"])
        publish = r"Received PUBLISH from (\S+) .*'site/([^']+)'"
        for line in broker.wait_log(publish, 9):  # and each publishes under its own id alone
            match = re.search(publish, line)
            self.assertEqual(match[1], match[2])
        self.assert_stops_in_time(gateway)

    def test_a_write_through_the_control_socket_reaches_the_register(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        subscriber = self.subscriber(broker)
        gateway = self.tcp_gateway(broker, slave)
        subscriber.wait(1, "site/METER-1")
        gateway.verb("write", "METER-1", "setpoint=18.5")
        self.assertEqual(slave.get(1, "holding", 80), [37])
        subscriber.wait(1, matches=lambda message: message.json()["setpoint"] == 18.5)

    def test_a_write_beyond_the_limits_is_refused_and_reaches_nothing(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        gateway = self.tcp_gateway(broker, slave)
        device = "device METER-1"
        for words, reason in (
                (("setpoint=31",), f"{device} > setpoint: 31 is too high; the most is 30"),
                (("supply_temp=1",), f"{device} > supply_temp: is not writable"),
                (("nothing=1",), f'{device}: the device has no point "nothing"; it has ')):
            refused = gateway.verb("write", "METER-1", *words, check=False)
            self.assertEqual(refused.returncode, 1, refused.stdout)
            self.assertIn(reason, refused.stderr)
        unknown = gateway.verb("write", "METER-9", "setpoint=20", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("METER-9", unknown.stderr)
        self.assertEqual(slave.get(1, "holding", 80), [42])

    def test_read_and_status_tell_the_running_gateway(self):
        broker, slave = self.broker(), self.tcp_slave({1: METER})
        subscriber = self.subscriber(broker)
        gateway = self.tcp_gateway(broker, slave)
        subscriber.wait(2, "site/METER-1")
        self.assertIn("21.5", gateway.verb("read", "METER-1", "supply_temp").stdout)
        status = gateway.ask("status")
        for part in ("inputs", "devices", "sessions", "queue"):
            self.assertIn(part, status)
        self.assertIn("METER-1", str(status))


if __name__ == "__main__":
    unittest.main()

"""What a bus is asked for, before anything runs and while it does."""
import re
import unittest

from fieldway_test import UPLINK, SystemTest
from fieldway_test.waiting import until

BUS = """
uplinks:
  - {{ name: broker, platform: generic, url: "mqtt://127.0.0.1:1", topics: {{ uplink: "{{device}}" }} }}
inputs:
  - name: hall
    plugin: modbus
    url: rtu:/dev/ttyS1
    baud: 9600
  - {{ name: yard, plugin: modbus, url: "rtu:/dev/ttyS1", baud: 9600 }}
devices:
  - id: A
    uplink: broker
    input: hall
    address: {{ unit: 1 }}
    every: {hall}
    points: [{{ name: a, register: "holding:0", type: float32 }}]
  - id: B
    uplink: broker
    input: yard
    address: {{ unit: 2 }}
    every: {yard}
    points: [{{ name: a, register: "holding:0", type: float32 }}]
"""
# A float32 at 9600 baud, 8E1: 17 characters and 3.5 of silence are 23.5 ms, 10 ms turn-around.


class BusLoad(SystemTest):
    def check(self, hall, yard):
        run = self.fieldway("check", "--config",
                            self.file("fieldway.yaml", BUS.format(hall=hall, yard=yard)))
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout, re.findall(r"fieldway\.yaml:(\d+):(\d+): warning: (.*)", run.stderr)

    def test_check_tells_cycle_and_load_of_each_bus(self):
        shown, warnings = self.check("100ms", "1s")
        self.assertEqual(warnings, [])
        self.assertRegex(shown, r"input hall: .*cycle 34ms, 0\.335 load, bus rtu:/dev/ttyS1")
        self.assertRegex(shown, r"input yard: .*cycle 34ms, 0\.033 load, bus rtu:/dev/ttyS1")

    def test_check_warns_where_the_line_is_named_that_has_no_time(self):
        _, warnings = self.check("20ms", "1s")
        self.assertEqual([warning[:2] for warning in warnings], [("7", "10")])
        self.assertIn("168 % of the line's time", warnings[0][2])

    def test_check_warns_of_inputs_that_share_a_bus_and_are_too_much_together(self):
        _, warnings = self.check("50ms", "50ms")
        self.assertEqual([warning[0] for warning in warnings], ["9"])
        self.assertIn("hall and yard share rtu:/dev/ttyS1 and need 134 %", warnings[0][2])

    def test_status_tells_what_is_achieved(self):
        slave = self.tcp_slave({1: {"holding": {0: 7}}})
        gateway = self.gateway(UPLINK + """
inputs:
  - { name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}" }
devices:
  - id: A
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 200ms
    points: [{ name: a, register: "holding:0", type: uint16 }]
""", BROKER=self.broker().port, SLAVE=slave.port)
        details = until(lambda: gateway.ask("status")["inputs"][0].get("details"), seconds=40,
                        what=lambda: "the input's figures")
        self.assertTrue(0 < details["load"] < 1, details)
        (device,) = details["devices"]
        self.assertEqual((device["id"], device["unit"], device["every_s"]), ("A", 1, 0.2))
        self.assertTrue(0.1 < device["achieved_s"] < 0.4, details)
        self.assertGreater(device["turn_around_ms"], 0, details)
        self.assert_stops_in_time(gateway)


if __name__ == "__main__":
    unittest.main()

"""`fieldway simulate` plays the devices that ./demo reads."""
import os
import signal
import unittest

from fieldway_test import SystemTest, program
from fieldway_test.broker import free_port
from fieldway_test.gateway import SECONDS_TO_STOP, environment_in
from fieldway_test.process import Process

CONFIG = os.path.join(os.environ["FIELDWAY_SOURCE"], "config")


def text_of(*path):
    with open(os.path.join(CONFIG, *path), encoding="utf-8") as file:
        return file.read()


class Simulate(SystemTest):
    def simulate(self, text):
        path = self.file("devices.yaml", text)
        process = Process("simulate", [program(), "simulate", path],
                          env=environment_in(self.folder))
        self.addCleanup(process.close)
        return process

    def test_the_devices_of_the_demo_live_and_leave_nothing(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        meter, line = f"127.0.0.1:{free_port()}", os.path.join(self.folder, "line")
        simulation = self.simulate(
            text_of("simulate", "demo.yaml").replace("${METER}", meter).replace("${LINE}", line))
        simulation.out.wait_for(lambda text: meter in text, "the address of the meter")
        simulation.out.wait_for(lambda text: line in text, "the path of the line")
        gateway = self.gateway(text_of("examples", "demo.yaml"), LINE=line, METER=meter,
                               BROKER=f"127.0.0.1:{broker.port}")
        heating = [message.json() for message in subscriber.wait(3, "demo/HEATING-1")]
        room = [message.json() for message in subscriber.wait(2, "demo/ROOM-1")]
        for payload in heating:
            self.assertTrue(48 <= payload["supply_temp"] <= 62, payload)
            self.assertTrue(2 <= payload["power"] <= 12, payload)
        self.assertGreater(len({str(payload["supply_temp"]) for payload in heating}), 1,
                           "its values live")
        for payload in room:
            self.assertTrue(19.5 <= payload["temperature"] <= 23.5, payload)
            self.assertIn(payload["window"], ("open", "closed"))
        self.assert_stops_in_time(gateway)
        simulation.signal(signal.SIGTERM)
        self.assertEqual(simulation.wait(SECONDS_TO_STOP), 0)
        self.assertFalse(os.path.lexists(line), "the link of the line is gone")

    def test_a_mistake_in_the_file_is_told(self):
        simulation = self.simulate('simulate: [{ plugin: modbus, url: "tcp://127.0.0.1:0" }]\n')
        self.assertEqual(simulation.wait(), 2)
        self.assertIn("units", "\n".join(simulation.err.all()))


    def test_all_mistakes_are_told_at_their_lines(self):
        simulation = self.simulate("""simulate:
  - plugin: modbus
    url: "tcp://127.0.0.1:0"
    units:
      - unit: 1
        registers:
          "input:0x34": { type: uint17 }
          "holding:0": { valeu: 7 }
  - { plugin: modbus, url: "rtu:line", units: [] }
""")
        self.assertEqual(simulation.wait(), 2)
        told = "\n".join(simulation.err.all())
        for place in ("devices.yaml:7:33: uint17", "devices.yaml:8:33: unknown key valeu",
                      "devices.yaml:9:28: url"):
            self.assertIn(place, told)

    def test_an_empty_list_is_a_mistake(self):
        simulation = self.simulate("simulate: []\n")
        self.assertEqual(simulation.wait(), 2)
        self.assertIn("nothing to simulate", "\n".join(simulation.err.all()))


if __name__ == "__main__":
    unittest.main()

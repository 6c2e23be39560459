"""Many sessions and one broker that goes away: faults 25 and 34."""
import datetime
import json
import signal
import time
import unittest

from fieldway_test import SystemTest
from fieldway_test.counting import STREAM
from fieldway_test.waiting import until

UPLINK = """
log: {{ level: debug, format: json }}
queue: {{ durability: 0s }}
uplinks:
  - name: up
    platform: generic
    url: mqtt://127.0.0.1:${{BROKER}}
    topics: {{ uplink: "{{device}}" }}
    keepalive: {keepalive}
    limits: {{ connects_per_second: {rate}, messages_per_second: 0 }}
gateway: {{ connects_per_second: {rate} }}
inputs:
  - {{ name: script, plugin: exec, command: [/usr/bin/python3, "${{SCRIPT}}", "{pause}", {keys}] }}
devices:
"""
DEVICE = "  - {{ id: {0}, uplink: up, input: script, address: {{ key: {0} }} }}\n"

def time_of(line):
    text = line["time"].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(text).timestamp()


class FleetFaults(SystemTest):
    def start(self, devices, broker, rate=50, keepalive="60s"):
        text = UPLINK.format(rate=rate, keepalive=keepalive, pause=0.05 * len(devices),
                             keys=", ".join(devices))
        text += "".join(DEVICE.format(name) for name in devices)
        return self.gateway(text, BROKER=broker.port, SCRIPT=self.file("counter.py", STREAM))

    def wait_up(self, gateway, count, seconds=60):
        def ups():
            return sum(s["state"] == "up" for s in gateway.ask("status")["sessions"])
        until(lambda: ups() == count, seconds, ups)

    def events(self, gateway, name):
        return [line for line in map(json.loads, gateway.log()) if line["event"] == name]

    def test_fault_34_a_fleet_that_loses_its_broker_comes_back_at_its_rate(self):
        rate, devices = 40, [f"D{n:03}" for n in range(120)]
        broker = self.broker()
        gateway = self.start(devices, broker, rate)
        self.wait_up(gateway, len(devices))
        broker.signal(signal.SIGKILL)
        gateway.wait_log('"session.down"', len(devices))
        broker.stop()
        broker.start()
        back = time.monotonic()
        self.wait_up(gateway, len(devices))
        # One session looks out for the broker each second; the others follow at the rate.
        self.assertLess(time.monotonic() - back, len(devices) / rate + 1 + 10)
        times = sorted(time_of(line) for line in self.events(gateway, "session.connecting"))
        most = max(sum(1 for other in times if 0 <= other - at < 1) for at in times)
        # The log is written a little later than the connect begins.
        self.assertLessEqual(most, rate + 2)
        self.assertGreaterEqual(len(times), 2 * len(devices))
        self.assert_stops_in_time(gateway)

    def test_fault_25_a_peer_that_falls_silent_is_noticed_and_nothing_is_lost(self):
        broker = self.broker()
        numbers = self.subscriber(broker, "A")
        gateway = self.start(["A"], broker, keepalive="5s")
        numbers.wait(5)
        broker.signal(signal.SIGSTOP)  # its machine answers for TCP, nobody for MQTT
        self.addCleanup(broker.signal, signal.SIGCONT)
        fell_silent = time.monotonic()
        until(lambda: gateway.ask("status")["sessions"][0]["state"] != "up", 60,
              lambda: gateway.ask("status")["sessions"])
        self.assertLess(time.monotonic() - fell_silent, 40)
        last = gateway.ask("status")["devices"][0]["messages"]
        broker.signal(signal.SIGCONT)
        numbers.wait_until(lambda got: last <= len({m.json()["n"] for m in got}), "all of them")
        got = list(dict.fromkeys(message.json()["n"] for message in numbers.messages()))
        self.assertEqual(got, list(range(1, len(got) + 1)))
        self.assert_stops_in_time(gateway)


if __name__ == "__main__":
    unittest.main()

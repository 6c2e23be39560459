"""Tokens that expire while their devices send: the next one is there before."""
import collections
import json
import os
import unittest

from fieldway_test import SystemTest
from fieldway_test.counting import STREAM
from fieldway_test.waiting import PATIENCE, until

LIFE = 10  # seconds that a token is good: begins to be renewed after 6 to 8

HEAD = """
log: {{ level: debug }}
gateway: {{ connects_per_second: 100 }}
uplinks:
  - name: akenza
    platform: akenza
    url: mqtt://127.0.0.1:${{BROKER}}
    auth: {{ method: device-credentials, key_file: "keys/{{device}}.pem", token_lifetime: {life}s }}
    limits: {{ messages_per_second: 0, connects_per_second: {rate} }}
inputs:
  - name: counter
    plugin: exec
    command: [/usr/bin/python3, "${{COUNTER}}", "0.02", {devices}]
devices:
"""
DEVICE = "  - {{ id: {id}, uplink: akenza, input: counter, address: {{ key: {id} }} }}\n"


class Renewal(SystemTest):
    def start(self, broker, devices, rate):
        config = HEAD.format(life=LIFE, rate=rate, devices=", ".join(devices))
        config += "".join(DEVICE.format(id=device) for device in devices)
        gateway = self.gateway(config, start=False, BROKER=broker.port,
                               COUNTER=self.file("counter.py", STREAM))
        for device in devices:
            made = json.loads(gateway.verb("keys", "new", device, "--json").stdout)
            broker.upload(device, made["public_key"])
        gateway.start()
        gateway.wait_ready()
        return gateway

    def assert_all_arrived(self, watcher, devices):
        numbers = collections.defaultdict(list)
        for message in watcher.messages():
            numbers[message.topic.rsplit("/", 1)[1]].append(message.json()["n"])
        for device in devices:
            first = list(dict.fromkeys(numbers[device]))
            self.assertEqual(first, list(range(1, len(first) + 1)), device)
            self.assertGreater(len(first), 100, device)

    def state_of(self, gateway, device):
        sessions = gateway.ask("status")["sessions"]
        return next(session for session in sessions if session["device"] == device)

    def test_a_fleet_renews_before_its_tokens_expire_and_nobody_notices(self):
        devices = [f"DEV-{number}" for number in range(8)]
        broker = self.akenza_broker()
        watcher = self.watcher(broker)
        gateway = self.start(broker, devices, rate=4)
        for device in devices:
            broker.wait_ledger("login", device, count=3, seconds=4 * LIFE)
        self.assertFalse(broker.ledger("closed"), "no token was left to expire")
        self.assertFalse(broker.ledger("refused"))
        self.assertEqual(len(gateway.wait_log(r"session\.up: ", len(devices))), len(devices))
        gateway.wait_log(r"session\.renewed: ", len(devices))
        self.assertFalse([line for line in gateway.log() if "session.down" in line])
        logins = sorted(entry["time"] for entry in broker.ledger("login"))
        for first, fifth in zip(logins, logins[5:]):
            self.assertGreater(fifth - first, 0.9, "at most 4 connects begin in a second")
        self.assert_stops_in_time(gateway)
        self.assert_all_arrived(watcher, devices)

    def test_a_token_that_expires_in_the_line_of_connects_is_no_fault(self):
        broker = self.akenza_broker()
        watcher = self.watcher(broker)
        gateway = self.start(broker, ["DEV-A"], rate=0.05)  # the next one after 20 s
        broker.wait_ledger("login", "DEV-A")
        closed = broker.wait_ledger("closed", "DEV-A", seconds=2 * LIFE)[0]
        self.assertEqual(closed["why"], "token expired")
        until(lambda: self.state_of(gateway, "DEV-A")["state"] == "renewing", PATIENCE,
              lambda: self.state_of(gateway, "DEV-A"))
        broker.wait_ledger("login", "DEV-A", count=2, seconds=3 * LIFE)
        until(lambda: self.state_of(gateway, "DEV-A")["state"] == "up", PATIENCE,
              lambda: self.state_of(gateway, "DEV-A"))
        self.assertFalse([line for line in gateway.log() if "session.down" in line])
        self.assertFalse([line for line in gateway.log() if "session.refused" in line])
        self.assert_stops_in_time(gateway)
        self.assert_all_arrived(watcher, ["DEV-A"])

    def test_a_key_that_vanishes_is_told_while_the_session_lives_on(self):
        broker = self.akenza_broker()
        watcher = self.watcher(broker)
        gateway = self.start(broker, ["DEV-A"], rate=10)
        watcher.wait(5)
        os.unlink(os.path.join(gateway.folder, "keys", "DEV-A.pem"))
        gateway.wait_log(r"session\.token: device DEV-A .*there is no key file", 1,
                         seconds=2 * LIFE)
        self.assertEqual(self.state_of(gateway, "DEV-A")["state"], "up")
        gateway.wait_log(r"session\.refused: device DEV-A .*there is no key file", 1,
                         seconds=2 * LIFE)


if __name__ == "__main__":
    unittest.main()

"""Logins with each device's own key, at a broker that judges them by the platform's rules."""
import json
import os
import subprocess
import unittest

from fieldway_test import SystemTest
from fieldway_test.counting import STREAM

CONFIG = """
uplinks:
  - name: akenza
    platform: akenza
    url: mqtt://127.0.0.1:${BROKER}
    mqtt_version: ${VERSION}
    auth:
      method: device-credentials
      key_file: keys/{device}.pem
      next_key_file: keys/{device}-next.pem
      kid: ${KID}
    limits: { messages_per_second: 0, connects_per_second: 100 }
inputs:
  - { name: counter, plugin: exec, command: [/usr/bin/python3, "${COUNTER}", "0.05", DEV-A, DEV-B] }
devices:
  - { id: DEV-A, uplink: akenza, input: counter, address: { key: DEV-A } }
  - { id: DEV-B, uplink: akenza, input: counter, address: { key: DEV-B } }
"""


class DeviceCredentials(SystemTest):
    def setUp(self):
        super().setUp()
        self.counter = self.file("counter.py", STREAM)

    def start(self, broker, version="5", kid="none", keys=("DEV-A", "DEV-B"), more=()):
        """The gateway; the devices' keys are made by its own verb, and uploaded."""
        env = {"BROKER": broker.port, "VERSION": version, "KID": kid, "COUNTER": self.counter}
        gateway = self.gateway(CONFIG, start=False, **env)
        for device in keys:
            broker.upload(device, self.new_key(gateway, device, *more))
        gateway.start()
        gateway.wait_ready()
        return gateway

    def new_key(self, gateway, device, *more):
        made = json.loads(gateway.verb("keys", "new", device, *more, "--json").stdout)
        self.assertEqual(os.stat(made["file"]).st_mode & 0o777, 0o600)
        return made["public_key"]

    def numbers(self, watcher, device, count, after=0):
        topic = f"/up/device/id/{device}"
        messages = watcher.wait(count, topic, lambda message: message.json()["n"] > after)
        return [message.json()["n"] for message in messages]

    def test_both_kinds_of_keys_and_both_versions_deliver(self):
        for version, kid, more in (("5", "spki-sha256", ()), ("3.1.1", "none", ("--rsa",))):
            with self.subTest(version=version, kid=kid):
                self.doCleanups()
                self.setUp()
                broker = self.akenza_broker()
                watcher = self.watcher(broker)
                gateway = self.start(broker, version, kid, more=more)
                self.assertEqual(self.numbers(watcher, "DEV-A", 5), [1, 2, 3, 4, 5])
                self.assertEqual(self.numbers(watcher, "DEV-B", 5), [1, 2, 3, 4, 5])
                login = broker.wait_ledger("login", "DEV-A")[0]
                self.assertEqual((login["version"], login["clean"]),
                                 (5 if version == "5" else 4, True))
                self.assert_stops_in_time(gateway)

    def test_a_device_without_its_key_at_the_platform_is_refused_alone(self):
        broker = self.akenza_broker()
        watcher = self.watcher(broker)
        gateway = self.start(broker, keys=("DEV-A",))
        self.new_key(gateway, "DEV-B")  # made, never uploaded
        self.numbers(watcher, "DEV-A", 5)
        gateway.wait_log(r"session\.refused: device DEV-B is refused by broker")
        sessions = gateway.ask("status")["sessions"]
        state = {session["device"]: session["state"] for session in sessions}
        self.assertEqual(state, {"DEV-A": "up", "DEV-B": "refused"})
        self.assertFalse(broker.ledger("publish", "DEV-B"))

    def test_a_missing_key_file_is_named_with_its_remedy(self):
        broker = self.akenza_broker()
        gateway = self.start(broker, keys=("DEV-A",))
        gateway.wait_log(r"there is no key file \S+/keys/DEV-B.pem; make one with "
                         r"`fieldway keys new DEV-B`")
        check = gateway.verb("check")
        self.assertIn("warning: device DEV-B: there is no key file", check.stderr)

    def test_a_key_that_others_may_read_is_warned_of(self):
        broker = self.akenza_broker()
        gateway = self.start(broker)
        self.assertNotIn("others may read", gateway.verb("check").stderr)
        key = os.path.join(gateway.folder, "keys", "DEV-A.pem")
        os.chmod(key, 0o644)
        self.assertRegex(gateway.verb("check").stderr,
                         r"warning: device DEV-A: others may read \S+/keys/DEV-A.pem")
        doctor = gateway.verb("doctor", "DEV-A", check=False)
        self.assertIn("take it from them: chmod o-r", doctor.stdout)

    def test_the_next_key_takes_over_when_the_first_is_forgotten(self):
        broker = self.akenza_broker()
        watcher = self.watcher(broker)
        gateway = self.start(broker)
        broker.upload("DEV-A", self.new_key(gateway, "DEV-A", "--next"), number=2)
        self.numbers(watcher, "DEV-A", 3)
        broker.forget("DEV-A")
        broker.order("kick", "DEV-A")
        broker.wait_ledger("refused", "DEV-A")
        broker.wait_ledger("login", "DEV-A", 2)
        last = watcher.messages()[-1].json()["n"]
        numbers = self.numbers(watcher, "DEV-A", last + 20)
        self.assertEqual(sorted(set(numbers)), list(range(1, max(numbers) + 1)), "none is missing")

    def test_a_token_says_what_the_platform_reads(self):
        broker = self.akenza_broker()
        gateway = self.start(broker, kid="spki-sha256")
        shown = json.loads(gateway.verb("token", "DEV-A", "--json").stdout)
        self.assertEqual(shown["payload"]["aud"], "https://akenza.io/devices/DEV-A")
        self.assertEqual(shown["payload"]["exp"] - shown["payload"]["iat"], 3600)
        public = broker.keys / "DEV-A.pub"
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"],
                             capture_output=True, check=True).stdout
        digest = subprocess.run(["sha256sum"], input=der, capture_output=True, check=True).stdout
        self.assertEqual(shown["header"]["kid"], digest.split()[0].decode())
        self.assertNotIn(shown["token"].split(".")[2], "\n".join(gateway.log()))


if __name__ == "__main__":
    unittest.main()

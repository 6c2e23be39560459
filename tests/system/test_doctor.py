"""fieldway doctor: each step of the way to a broker, what fails there, and what it advises."""
import json
import os
import socket
import unittest

from fieldway_test import LedgerBroker, SystemTest
from fieldway_test.certificates import Authority

CONFIG = """
uplinks:
  - name: akenza
    platform: akenza
    url: {url}
    mqtt_version: {version}
    auth: {auth}
    tls: {tls}
inputs:
  - {{ name: quiet, plugin: exec, command: [/bin/cat] }}
devices:
  - {{ id: DEV-A, uplink: akenza, input: quiet, address: {{ key: a }} }}
"""
CREDENTIALS = "{ method: device-credentials, key_file: \"keys/{device}.pem\" }"
NAMES = ["name", "tcp", "clock", "tls", "credentials", "login", "subscription"]


class Doctor(SystemTest):
    def configured(self, port, url="mqtt://127.0.0.1", auth=CREDENTIALS, tls="{}", version="5"):
        gateway = self.gateway(CONFIG.format(url=f"{url}:{port}", auth=auth, tls=tls,
                                             version=version), start=False)
        return gateway

    def with_key(self, gateway, broker):
        made = json.loads(gateway.verb("keys", "new", "DEV-A", "--json").stdout)
        broker.upload("DEV-A", made["public_key"])

    def steps(self, gateway, *words):
        """The steps by name; the exit status goes with what failed."""
        run = gateway.verb("doctor", *words, "--json", check=False)
        steps = {step["step"]: step for step in json.loads(run.stdout)[0]["steps"]}
        failed = any(step["outcome"] == "FAILED" for step in steps.values())
        self.assertEqual(run.returncode, 1 if failed else 0, run.stderr)
        return steps

    def assert_ends_with(self, steps, name, *parts):
        """The named step failed, it is the last one, and says all this."""
        self.assertEqual(list(steps)[-1], name, steps)
        self.assertEqual(steps[name]["outcome"], "FAILED", steps)
        for part in parts:
            self.assertIn(part, steps[name]["found"] + " -> " + steps[name]["remedy"])

    def tls_broker(self, authority, alternatives, days=2):
        certificate, key = authority.certificate("broker", alternatives, days)
        return self.akenza_broker(listener=f"certfile {certificate}\nkeyfile {key}")

    def test_all_steps_pass_over_tls(self):
        authority = Authority(os.path.join(self.folder, "ca"))
        broker = self.tls_broker(authority, "DNS:localhost")
        for version in ("5", "3.1.1"):
            gateway = self.configured(broker.port, "mqtts://localhost", version=version,
                                      tls=f"{{ ca_file: {authority.ca} }}")
            if version == "5":
                self.with_key(gateway, broker)
                made = os.path.join(gateway.folder, "keys")
            else:
                os.symlink(made, os.path.join(gateway.folder, "keys"))
            steps = self.steps(gateway, "DEV-A")
            self.assertEqual(list(steps), NAMES)
            self.assertIn("Fieldway test CA", steps["tls"]["details"][0])
            self.assertIn("/down/device/id/DEV-A/# at QoS 1", steps["subscription"]["found"])
            self.assertTrue(all(step["ms"] >= 0 for step in steps.values()))
        table = gateway.verb("doctor").stdout
        self.assertRegex(table, r"device DEV-A over uplink akenza")
        self.assertRegex(table, r"subscription +ok +\d")

    def test_what_stands_in_the_way_of_tls_is_named(self):
        authority = Authority(os.path.join(self.folder, "ca"))
        other = Authority(os.path.join(self.folder, "other"), "Another CA")
        broker = self.tls_broker(authority, "DNS:localhost")
        cases = [("mqtts://localhost", other.ca, ['missing is "CN=Fieldway test CA"']),
                 ("mqtts://127.0.0.1", authority.ca, ["is for localhost,", "says 127.0.0.1"])]
        for url, trusted, parts in cases:
            gateway = self.configured(broker.port, url, tls=f"{{ ca_file: {trusted} }}")
            self.assert_ends_with(self.steps(gateway), "tls", *parts)
        self.assertFalse(broker.ledger("login") + broker.ledger("refused"), "nothing was sent")

    def test_a_certificate_that_has_ended_names_both_times(self):
        authority = Authority(os.path.join(self.folder, "ca"))
        broker = self.tls_broker(authority, "DNS:localhost", days=-1)
        gateway = self.configured(broker.port, "mqtts://localhost",
                                  tls=f"{{ ca_file: {authority.ca} }}")
        self.assert_ends_with(self.steps(gateway), "tls", "expired", "this machine's clock says 20")

    def test_a_port_that_speaks_no_tls_and_one_where_nobody_is(self):
        broker = self.akenza_broker()
        gateway = self.configured(broker.port, "mqtts://localhost")
        self.assert_ends_with(self.steps(gateway), "tls", "handshake", "1883 is plain")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            gateway = self.configured(probe.getsockname()[1])
            self.assert_ends_with(self.steps(gateway), "tcp", "Connection refused", "firewall")

    def test_a_missing_key_ends_the_way_before_the_login(self):
        broker = self.akenza_broker()
        gateway = self.configured(broker.port)
        self.assert_ends_with(self.steps(gateway), "credentials", "there is no key file",
                              "fieldway keys new DEV-A")

    def test_a_key_that_the_platform_does_not_know_is_told_with_what_to_look_at(self):
        broker = self.akenza_broker()
        gateway = self.configured(broker.port)
        gateway.verb("keys", "new", "DEV-A")
        steps = self.steps(gateway)
        self.assert_ends_with(steps, "login", "not authorized", "public half uploaded", "clock")
        self.assertIn("kid", " ".join(steps["credentials"]["details"]))

    def test_a_key_that_only_its_successor_stands_in_for_is_told(self):
        broker = self.akenza_broker()
        auth = ("{ method: device-credentials, key_file: 'keys/{device}.pem', "
                "next_key_file: 'keys/{device}.next.pem' }")
        gateway = self.configured(broker.port, auth=auth)
        gateway.verb("keys", "new", "DEV-A")
        made = json.loads(gateway.verb("keys", "new", "--next", "DEV-A", "--json").stdout)
        broker.upload("DEV-A", made["public_key"])
        run = gateway.verb("doctor", "--json", check=False)
        (result,) = json.loads(run.stdout)
        logins = [step for step in result["steps"] if step["step"] == "login"]
        self.assertEqual([step["outcome"] for step in logins], ["warning", "warning"])
        self.assertIn("next_key_file is tried", logins[0]["remedy"])
        self.assertIn("name its file as key_file", logins[1]["remedy"])
        self.assertEqual((run.returncode, result["steps"][-1]["step"]), (0, "subscription"))

    def test_an_authority_that_cannot_be_read_is_no_fault_of_the_broker(self):
        authority = Authority(os.path.join(self.folder, "ca"))
        broker = self.tls_broker(authority, "DNS:localhost")
        empty = self.file("empty.pem", "")
        gateway = self.configured(broker.port, "mqtts://localhost", tls=f"{{ ca_file: {empty} }}")
        self.assert_ends_with(self.steps(gateway), "tls", "empty.pem", "the broker was not asked")

    def test_a_wrong_uplink_secret_is_told_and_never_shown(self):
        broker = self.akenza_broker()
        secret = self.file("secret", "another-secret\n")
        auth = f"{{ method: uplink-secret, connector_id: connector-1, secret_file: {secret} }}"
        gateway = self.configured(broker.port, auth=auth)
        run = gateway.verb("doctor", check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("check connector_id", run.stdout)
        self.assertNotIn("another-secret", run.stdout + run.stderr)

    def test_the_uplink_secret_is_redacted_in_the_filter(self):
        broker = self.akenza_broker()
        secret = self.file("secret", "s3cret-topic\n")
        auth = f"{{ method: uplink-secret, connector_id: connector-1, secret_file: {secret} }}"
        gateway = self.configured(broker.port, auth=auth)
        steps = self.steps(gateway)
        self.assertEqual(steps["subscription"]["outcome"], "ok", steps)
        self.assertIn("/down/***/id/DEV-A/#", steps["subscription"]["found"])

    def test_a_subscription_that_is_refused_or_granted_below_qos_1_is_told(self):
        for version, granted, outcome, part in (("5", 0x87, "FAILED", "not authorized"),
                                                ("3.1.1", 0x80, "FAILED", "may not subscribe"),
                                                ("5", 0, "warning", "may lose a downlink")):
            with self.subTest(version=version, granted=granted):
                broker = LedgerBroker(on_subscribe=lambda client, granted=granted: granted)
                self.addCleanup(broker.close)
                broker.start()
                gateway = self.configured(broker.port, auth="{ method: none }", version=version)
                step = self.steps(gateway)["subscription"]
                self.assertEqual(step["outcome"], outcome)
                self.assertIn("/down/device/id/DEV-A/#", step["found"])
                self.assertIn(part, step["found"] + step["remedy"])

    def test_the_session_of_a_running_gateway_is_not_taken_over(self):
        broker = self.akenza_broker()
        gateway = self.configured(broker.port)
        self.with_key(gateway, broker)
        gateway.start()
        gateway.wait_ready()
        gateway.wait_log(r"session\.up")
        steps = self.steps(gateway)
        self.assertEqual(steps["login"]["outcome"], "skipped")
        self.assertIn("take it over", steps["login"]["found"])
        self.assertEqual(len(broker.ledger("login", "DEV-A")), 1)

    def test_an_unknown_device_gets_the_nearest(self):
        broker = self.akenza_broker()
        run = self.configured(broker.port).verb("doctor", "DEV-B", check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("did you mean DEV-A?", run.stderr)


if __name__ == "__main__":
    unittest.main()

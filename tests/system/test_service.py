"""What a service manager, and whoever reads the journal, can rely on."""
import os
import signal
import subprocess
import unittest

from fieldway_test import UPLINK, FaultySlave, SystemTest

ONE_DEVICE = UPLINK + """
inputs: [{ name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}" }]
devices:
  - id: METER
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 50ms
    points: [{ name: value, register: "holding:3", type: uint16 }]
"""

SECRET = "correct-horse-battery-staple"


class Service(SystemTest):
    def running(self):
        broker, slave = self.broker(), self.tcp_slave({1: {"holding": {3: 7}}})
        subscriber = self.subscriber(broker)
        gateway = self.gateway(ONE_DEVICE, BROKER=broker.port, SLAVE=slave.port)
        return gateway, subscriber

    def test_it_tells_ready_and_stopping(self):
        gateway, subscriber = self.running()
        subscriber.wait(1)
        self.assert_stops_in_time(gateway)
        self.assertEqual(gateway.wait_notified("READY=1", "STOPPING=1"), ["READY=1", "STOPPING=1"])

    def test_sigint_stops_it_as_sigterm_does(self):
        gateway, subscriber = self.running()
        subscriber.wait(1)
        self.assertEqual(gateway.stop(signal.SIGINT)[0], 0)

    def test_a_second_sigterm_does_no_harm(self):
        gateway, subscriber = self.running()
        subscriber.wait(1)
        os.kill(gateway.pid, signal.SIGTERM)
        self.assert_stops_in_time(gateway)

    def test_it_stops_in_time_while_a_slave_is_silent(self):
        broker, slave = self.broker(), self.faulty_slave(FaultySlave.SILENT)
        gateway = self.gateway(ONE_DEVICE.replace("every: 50ms", "every: 1s").replace(
            '${SLAVE}"', '${SLAVE}", timeout: 30s'), BROKER=broker.port, SLAVE=slave.port)
        gateway.wait_log(".")
        self.assert_stops_in_time(gateway)

    def test_it_stops_in_time_before_it_was_ready(self):
        broker, slave = self.broker(), self.tcp_slave({1: {"holding": {3: 7}}})
        gateway = self.gateway(ONE_DEVICE, wait_ready=False, BROKER=broker.port, SLAVE=slave.port)
        gateway.wait_log(".")
        self.assert_stops_in_time(gateway)

    def test_polls_leave_no_line_in_the_log(self):
        gateway, subscriber = self.running()
        gateway.wait_log("session.up")  # the last line of a start
        subscriber.wait(5)
        before = gateway.log()
        subscriber.wait(40)
        self.assertEqual(gateway.log(), before)

    def test_a_gateway_without_devices_runs(self):
        gateway = self.gateway("devices: []\n")
        self.assert_stops_in_time(gateway)

    def test_two_gateways_do_not_share_a_control_socket(self):
        gateway, subscriber = self.running()
        subscriber.wait(1)
        socket = os.path.join(gateway.folder, "run", "control.sock")
        self.assertTrue(os.path.exists(socket))
        self.assertEqual(os.stat(socket).st_mode & 0o777, 0o660)
        second = self.fieldway("run", "--config", gateway.config, **gateway.env)
        self.assertEqual(second.returncode, 1, second.stderr)
        self.assertIn("control.sock", second.stderr)
        self.assertIn("METER", str(gateway.ask("status")), "the first is unharmed")

    def test_verbs_without_a_running_gateway_say_so(self):
        config = self.file("fieldway.yaml", "devices: []\n")
        run = self.fieldway("status", "--config", config)
        self.assertEqual(run.returncode, 1)
        self.assertIn("control.sock", run.stderr)


class Secrets(SystemTest):
    """A secret that the broker accepts arrives there and nowhere else."""

    def assert_nowhere(self, gateway, *texts):
        for text in (*gateway.log(), *texts, *gateway.notifications.all()):
            self.assertNotIn(SECRET, text)

    def test_an_uplink_secret_is_in_the_topic_and_never_told(self):
        broker, slave = self.broker(), self.tcp_slave({1: {"holding": {3: 7}}})
        subscriber = self.subscriber(broker)
        secret = self.file("uplink-secret", SECRET + "\n")
        gateway = self.gateway(f"""
log: {{ level: debug }}
uplinks:
  - name: broker
    platform: akenza
    url: mqtt://127.0.0.1:${{BROKER}}
    auth: {{ method: uplink-secret, connector_id: connector-1, secret_file: "{secret}" }}
""" + ONE_DEVICE[ONE_DEVICE.index("inputs:"):], BROKER=broker.port, SLAVE=slave.port)
        subscriber.wait(1, f"/up/{SECRET}/id/METER")
        broker.wait_log(r"as METER \(p5, .*u'connector-1'")
        status = gateway.verb("status", "--json").stdout
        checked = gateway.verb("check")
        broker.stop()
        gateway.wait_log("session.down")
        self.assert_stops_in_time(gateway)
        self.assert_nowhere(gateway, status, checked.stdout, checked.stderr)

    def test_a_password_lets_in_and_a_refusal_does_not_print_it(self):
        passwords = self.file("passwords", "")
        subprocess.run(["mosquitto_passwd", "-b", passwords, "METER", SECRET], check=True,
                       capture_output=True)
        broker = self.broker("allow_anonymous false\n" f"password_file {passwords}\n")
        slave = self.tcp_slave({1: {"holding": {3: 7}}})
        auth = 'auth: { method: password, username: "{device}", password: "${PASSWORD}" }'
        config = ONE_DEVICE.replace("    topics:", f"    {auth}\n    topics:")
        gateway = self.gateway(config, BROKER=broker.port, SLAVE=slave.port, PASSWORD=SECRET)
        broker.wait_log(r"as METER \(p5, .*u'METER'")
        self.assert_stops_in_time(gateway)
        self.assert_nowhere(gateway)
        refused = self.gateway(config, BROKER=broker.port, SLAVE=slave.port, PASSWORD=SECRET + "x")
        refused.wait_log("session.refused")
        self.assertTrue(refused.running)
        self.assert_stops_in_time(refused)
        self.assert_nowhere(refused)


if __name__ == "__main__":
    unittest.main()

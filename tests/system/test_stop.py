"""SIGTERM at bad moments: status 0 in under 5 s, and what is queued arrives after the start."""
import os
import re
import signal
import socket
import unittest

from fieldway_test import SystemTest

UPLINK = """
gateway: {{ connects_per_second: 1000, state_dir: "${{STATE}}" }}
uplinks: [{{ name: broker, platform: generic, url: "mqtt://127.0.0.1:${{BROKER}}",
            limits: {{ connects_per_second: 1000 }}, topics: {{ uplink: "{{device}}" }} }}]
inputs: [{{ name: hall, plugin: exec, command: [sh, -c, {command}] }}]
devices: [{devices}]
"""
DEVICE = "{{ id: D{0}, uplink: broker, input: hall, address: {{ key: k{0} }} }}"


def config(program, devices=1):
    return UPLINK.format(command="'" + program + "'",
                         devices=", ".join(DEVICE.format(i) for i in range(devices)))


def lines(first, last):
    """A program that prints a line for each number."""
    return (f'for i in $(seq {first} {last}); do echo "{{\\"key\\": \\"k0\\", \\"values\\": '
            '{\\"v\\": $i}}"; done; ')


class Stop(SystemTest):
    def test_a_child_that_ignores_sigterm_does_not_hold_it_up(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.with_state(
            config('trap "" TERM; ' + lines(1, 1) + "while :; do sleep 1; done"),
            BROKER=broker.port)
        subscriber.wait(1)
        self.assert_stops_in_time(gateway)

    def test_a_storm_of_connects_to_a_broker_that_never_answers_does_not_hold_it_up(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1000)
            gateway = self.with_state(config("sleep 1000", devices=200),
                                      BROKER=silent.getsockname()[1])
            silent.settimeout(20)
            accepted = [silent.accept()[0] for _ in range(20)]
            self.assert_stops_in_time(gateway)
            for connection in accepted:
                connection.close()

    def test_two_sigterms_at_once_end_it_with_0(self):
        broker = self.broker()
        gateway = self.with_state(config("sleep 1000", devices=50), BROKER=broker.port)
        os.kill(gateway.pid, signal.SIGTERM)
        os.kill(gateway.pid, signal.SIGTERM)
        self.assertEqual(gateway.wait(5), 0)

    def test_what_waits_at_the_stop_arrives_after_the_next_start(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.with_state(config(lines(1, 3000) + "sleep 1000"), BROKER=broker.port)
        subscriber.wait(1)
        while gateway.ask("status")["queue"]["appended"] < 3000:
            pass
        self.assert_stops_in_time(gateway)
        self.assertEqual(self.lost(gateway), 0)
        self.with_state(config("sleep 1000"), BROKER=broker.port)
        subscriber.wait(1, matches=lambda message: message.json()["v"] == 3000, seconds=60)
        arrived = [message.json()["v"] for message in subscriber.messages()]
        self.assertEqual(list(dict.fromkeys(arrived)), list(range(1, 3001)), "in order, all of it")

    def test_what_a_broker_that_is_away_did_not_take_waits_on_disk(self):
        gateway = self.with_state(config(lines(1, 50) + "sleep 1000"), BROKER=1)
        while gateway.ask("status")["queue"]["records"] < 50:
            pass
        self.assert_stops_in_time(gateway)
        self.assertEqual(self.lost(gateway), 0)
        again = self.with_state(config("sleep 1000"), BROKER=1)
        self.assertEqual(again.ask("status")["queue"]["records"], 50)
        again.wait_log("queue.recovered: 50 messages of 1 devices")

    def test_without_a_disk_what_the_broker_never_took_is_counted(self):
        no_folder = self.file("no-folder", "")
        gateway = self.gateway(config(lines(1, 50) + "sleep 1000"), BROKER=1, STATE=no_folder)
        gateway.wait_log("queue.memory")
        while gateway.ask("status")["queue"]["records"] < 50:
            pass
        self.assertFalse(gateway.ask("status")["queue"]["durable"])
        self.assert_stops_in_time(gateway)
        self.assertEqual(self.lost(gateway), 50)

    def test_without_a_disk_a_stop_sends_what_the_broker_takes(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        no_folder = self.file("no-folder", "")
        gateway = self.gateway(config(lines(1, 500) + "sleep 1000"), BROKER=broker.port,
                               STATE=no_folder)
        while gateway.ask("status")["queue"]["appended"] < 500:
            pass
        self.assert_stops_in_time(gateway)
        self.assertEqual(self.lost(gateway), 0)
        arrived = [message.json()["v"] for message in subscriber.messages()]
        self.assertEqual(list(dict.fromkeys(arrived)), list(range(1, 501)))

    def with_state(self, text, **env):
        """A gateway on the state folder that all of a test's gateways share."""
        return self.gateway(text, STATE=os.path.join(self.folder, "state"), **env)

    @staticmethod
    def lost(gateway):
        told = [re.search(r"queue\.lost: (\d+) messages", line) for line in gateway.log()]
        return sum(int(match[1]) for match in told if match)


if __name__ == "__main__":
    unittest.main()

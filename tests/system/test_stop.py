"""SIGTERM at bad moments: status 0 in under 5 s, and what the broker can still take arrives."""
import os
import re
import signal
import socket
import unittest

from fieldway_test import SystemTest

UPLINK = """
gateway: {{ connects_per_second: 1000 }}
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
        gateway = self.gateway(config('trap "" TERM; ' + lines(1, 1) + "while :; do sleep 1; done"),
                               BROKER=broker.port)
        subscriber.wait(1)
        self.assert_stops_in_time(gateway)

    def test_a_storm_of_connects_to_a_broker_that_never_answers_does_not_hold_it_up(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1000)
            gateway = self.gateway(config("sleep 1000", devices=200),
                                   BROKER=silent.getsockname()[1])
            silent.settimeout(20)
            accepted = [silent.accept()[0] for _ in range(20)]
            self.assert_stops_in_time(gateway)
            for connection in accepted:
                connection.close()

    def test_two_sigterms_at_once_end_it_with_0(self):
        broker = self.broker()
        gateway = self.gateway(config("sleep 1000", devices=50), BROKER=broker.port)
        os.kill(gateway.pid, signal.SIGTERM)
        os.kill(gateway.pid, signal.SIGTERM)
        self.assertEqual(gateway.wait(5), 0)

    def test_what_was_made_before_the_stop_arrives_when_the_broker_answers(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway(config(lines(1, 3000) + "sleep 1000"), BROKER=broker.port)
        subscriber.wait(1)
        self.assert_stops_in_time(gateway)
        made = 3000 if not self.lost(gateway) else 0
        arrived = [message.json()["v"] for message in subscriber.messages()]
        self.assertEqual(arrived, list(range(1, len(arrived) + 1)), "in order, none left out")
        self.assertGreater(made, 0, "the broker answers: nothing may be lost")

    def test_what_the_broker_never_took_is_counted(self):
        gateway = self.gateway(config(lines(1, 50) + "sleep 1000"), BROKER=1)
        while gateway.ask("status")["queue"]["records"] < 50:
            pass
        self.assert_stops_in_time(gateway)
        self.assertEqual(self.lost(gateway), 50)

    @staticmethod
    def lost(gateway):
        told = [re.search(r"queue\.lost: (\d+) messages", line) for line in gateway.log()]
        return sum(int(match[1]) for match in told if match)


if __name__ == "__main__":
    unittest.main()

"""The control socket against clients of every kind: whatever they send, the gateway goes on."""
import json
import os
import random
import socket
import stat
import unittest

from fieldway_test import SystemTest
from fieldway_test.seeds import chosen_seed

ROUNDS = 3000
MOST_CLIENTS = 16
CONFIG = """
uplinks: [{{ name: broker, platform: generic, url: "mqtt://127.0.0.1:1",
            topics: {{ uplink: "{{device}}" }} }}]
inputs: [{{ name: hall, plugin: exec, command: [sleep, "1000"] }}]
devices: [{devices}]
"""
DEVICE = "{{ id: D{0}, uplink: broker, input: hall, address: {{ key: k{0} }} }}"


def config(devices=1):
    return CONFIG.format(devices=", ".join(DEVICE.format(i) for i in range(devices)))


class Control(SystemTest):
    def path(self, gateway):
        return os.path.join(gateway.folder, "run", "control.sock")

    def connect(self, gateway):
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(20)
        client.connect(self.path(gateway))
        return client

    def exchange(self, client, request):
        client.sendall(request)
        with client.makefile("rb") as answers:
            return json.loads(answers.readline())

    def assert_answers(self, gateway):
        client = self.connect(gateway)
        answer = self.exchange(client, b'{"verb": "status"}\n')
        client.close()
        self.assertTrue(answer["ok"], answer)

    def test_random_bytes_harm_nothing(self):
        gateway = self.gateway(config())
        chance = random.Random(chosen_seed())
        valid = [b'{"verb": "status"}', b'{"verb": "read", "device": "D0", "points": ["a"]}',
                 b'{"verb": "write", "device": "D0", "values": {"a": 1.5, "b": null}}']
        for _ in range(ROUNDS):
            kind = chance.randrange(4)
            if kind == 0:
                line = chance.randbytes(chance.randrange(200))
            else:
                line = bytearray(chance.choice(valid))
                for _ in range(chance.randrange(4)):
                    line[chance.randrange(len(line))] = chance.randrange(256)
                if kind == 1:
                    line = line[:chance.randrange(len(line))]
            client = socket.socket(socket.AF_UNIX)
            client.connect(self.path(gateway))
            client.sendall(bytes(line) + b"\n" * chance.randrange(2))
            client.close()  # without waiting, as a client that was interrupted
        self.assert_answers(gateway)
        self.assert_stops_in_time(gateway)

    def test_every_line_of_garbage_is_answered_with_a_sentence(self):
        gateway = self.gateway(config())
        client = self.connect(gateway)
        for line in (b"", b"[]", b"3", b'"status"', b"{}", b'{"verb": 3}', b'{"verb": "dance"}',
                     b'{"verb": "read"}', b'{"verb": "read", "device": 3}', b"[" * 5000,
                     b'{"verb": "read", "device": "D0", "points": [3, {}]}', b"\xff\xfe\x00",
                     b'{"verb": "read", "device": "\\u0000+/#"}',
                     b'{"verb": "write", "device": "D0", "values": {"a": [1]}}',
                     b'{"verb": "write", "device": "D0", "values": []}',
                     b'{"verb": "write", "device": "D0", "values": {"a": 1e999}}'):
            with self.subTest(line[:60]):
                answer = self.exchange(client, line + b"\n")
                self.assertFalse(answer["ok"])
                self.assertGreater(len(answer["error"]), 10)
        self.assert_answers(gateway)

    def test_clients_that_never_read_do_not_hold_up_others(self):
        gateway = self.gateway(config(400))
        for _ in range(MOST_CLIENTS - 5):
            self.connect(gateway).sendall(b'{"verb": "status"}\n' * 50)
        for _ in range(4):
            self.assert_answers(gateway)
        self.assert_stops_in_time(gateway)

    def test_one_client_too_many_is_told_so_and_a_place_is_free_again_afterwards(self):
        gateway = self.gateway(config())
        clients = [self.connect(gateway) for _ in range(MOST_CLIENTS)]
        for client in clients:
            self.exchange(client, b'{"verb": "status"}\n')  # certainly let in
        refused = json.loads(self.connect(gateway).makefile("rb").readline())
        self.assertIn("16 clients", refused["error"])
        for client in clients:
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(client.recv(1), b"", "the gateway has let it go")
        self.assert_answers(gateway)

    def test_a_socket_that_nobody_answers_at_is_replaced(self):
        path = os.path.join(self.folder, "control.sock")
        with socket.socket(socket.AF_UNIX) as left_over:
            left_over.bind(path)
        gateway = self.gateway(f'gateway: {{ control_socket: "{path}" }}\n' + config())
        self.assertIn("D0", str(gateway.ask("status")))
        self.assert_stops_in_time(gateway)
        self.assertFalse(os.path.exists(path))

    def without_control(self, path):
        gateway = self.gateway(f'gateway: {{ control_socket: "{path}" }}\n' + config())
        gateway.wait_log("control.closed")
        self.assertTrue(gateway.running)
        status = gateway.verb("status", check=False)
        self.assertEqual(status.returncode, 1)
        self.assertIn("no gateway answers at " + path, status.stderr)
        self.assert_stops_in_time(gateway)

    def test_it_runs_without_a_control_socket_that_cannot_be_made(self):
        self.without_control("/proc/no/such/control.sock")

    def test_a_file_that_is_no_socket_is_left_where_it_is(self):
        precious = self.file("precious", "the recipe")
        self.without_control(precious)
        self.assertTrue(stat.S_ISREG(os.stat(precious).st_mode))


if __name__ == "__main__":
    unittest.main()

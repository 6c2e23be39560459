"""Downlinks to the field: from the platform's topic into a register, and the outcome back."""
import json
import os
import struct
import unittest

from fieldway_test import SystemTest
from fieldway_test.waiting import Events, until

CONFIG = """
uplinks:
  - name: akenza
    platform: akenza
    url: mqtt://127.0.0.1:${BROKER}
    mqtt_version: "${VERSION}"
    auth: { method: device-credentials, key_file: "keys/{device}.pem" }
    limits: { messages_per_second: 0, connects_per_second: 100 }
inputs:
  - { name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: "${TIMEOUT}" }
devices:
  - id: DEV-A
    uplink: akenza
    input: hall
    address: { unit: 1 }
    every: 200ms
    points:
      - { name: temperature, register: "input:1", type: int16, scale: 0.1 }
      - { name: setpoint, register: "holding:10", type: int16, scale: 0.5, writable: true, min: 5,
          max: 30 }
      - { name: percent, register: "holding:11", type: uint16, expression: "value / 100",
          writable: true }
      - { name: mode, register: "holding:12", type: uint16, enum: { 0: "off", 1: "on" },
          writable: true }
      - { name: relay, register: "coil:3", type: bool, writable: true }
      - { name: energy, register: "holding:20", type: float32, writable: true, verify: echo }
      - { name: limit, register: "holding:30", type: uint16, writable: true }
    messages: [{ points: [temperature] }]
    commands:
      - { points: [setpoint, percent, mode, relay, energy], expires: "${EXPIRES}" }
      - { subtopic: config, points: [limit] }
"""
UNITS = {1: {"holding": {10: 40, 11: 0, 12: 0, 20: 0, 21: 0, 30: 7}, "coil": {3: 0},
             "input": {1: 215}}}
UP = "/up/device/id/DEV-A"
DOWN = "/down/device/id/DEV-A"
ACK = UP + "/downlink_ack"


class Downlinks(SystemTest):
    def start(self, version="5", expires="30s", slave=None, timeout="300ms", before=lambda: None):
        """Broker, slave, watcher and a gateway whose session is up."""
        self.broker_ = self.akenza_broker()
        self.slave = slave or self.tcp_slave(UNITS)
        self.seen = self.watcher(self.broker_)
        self.env = {"BROKER": self.broker_.port, "SLAVE": self.slave.port, "VERSION": version,
                    "EXPIRES": expires, "TIMEOUT": timeout}
        self.gateway_ = self.gateway(CONFIG, start=False, **self.env)
        made = json.loads(self.gateway_.verb("keys", "new", "DEV-A", "--json").stdout)
        self.broker_.upload("DEV-A", made["public_key"])
        before()
        self.gateway_.start()
        self.wait_up()

    def wait_up(self):
        self.gateway_.wait_ready()
        self.broker_.wait_ledger("subscribe", "DEV-A")
        self.seen.wait(1, UP)

    def again(self, version):
        self.doCleanups()
        self.setUp()
        self.start(version)

    def send(self, payload, subtopic="/commands", *more):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.broker_.publish(DOWN + subtopic, text, *more)

    def answers(self, count=1):
        return [message.json() for message in self.seen.wait(count, ACK)]

    def holding(self, address, count=1):
        return self.slave.get(1, "holding", address, count)

    def figures(self):
        device, = self.gateway_.ask("status")["devices"]
        return device["commands"]

    def test_a_command_ends_in_the_registers_and_its_outcome_at_the_platform(self):
        for version in ("5", "3.1.1"):
            with self.subTest(version=version):
                self.again(version)
                self.send({"id": "c-1", "setpoint": 21.5, "percent": 0.57, "mode": "on",
                           "relay": True, "energy": 1.5})
                answer, = self.answers()
                self.assertRegex(answer.pop("timestamp"), r"^20.*\.\d{3}Z$")
                self.assertEqual(answer, {
                    "subtopic": "commands", "id": "c-1", "status": "written", "verified": False,
                    "unverified": ["energy"],
                    "values": {"setpoint": 21.5, "percent": 0.57, "mode": "on", "relay": True}})
                self.assertEqual(self.holding(10, 3), [43, 57, 1])
                self.assertEqual(self.holding(20, 2), [0x3FC0, 0])
                self.assertEqual(self.slave.get(1, "coil", 3), [1])
                self.gateway_.wait_log(r"info *command\.outcome: command of device DEV-A: written: "
                                       "setpoint, percent, mode, relay, energy")
                self.assert_stops_in_time(self.gateway_)

    def test_with_an_uplink_secret_the_secret_is_in_the_topics_alone(self):
        broker, slave = self.akenza_broker(), self.tcp_slave(UNITS)
        seen = self.watcher(broker)
        keys = '{ method: device-credentials, key_file: "keys/{device}.pem" }'
        secret = '{ method: uplink-secret, connector_id: connector-1, secret_file: "${SECRET}" }'
        self.assertIn(keys, CONFIG)
        gateway = self.gateway(CONFIG.replace(keys, secret), BROKER=broker.port, SLAVE=slave.port,
                               VERSION="5", EXPIRES="30s", TIMEOUT="300ms",
                               SECRET=self.file("secret", "s3cret-topic\n"))
        broker.wait_ledger("subscribe", "DEV-A")
        base = "/{}/s3cret-topic/id/DEV-A"
        broker.publish(base.format("down") + "/commands", '{"setpoint": 21.5}')
        answer, = seen.wait(1, base.format("up") + "/downlink_ack")
        self.assertEqual(answer.json()["values"], {"setpoint": 21.5})
        broker.publish(base.format("down") + "/other", "{}")
        gateway.wait_log("subtopic other")
        shown = "\n".join(gateway.log()) + json.dumps(gateway.ask("status"))
        for name in os.listdir(os.path.join(gateway.folder, "state", "downlinks")):
            with open(os.path.join(gateway.folder, "state", "downlinks", name),
                      encoding="utf-8") as file:
                shown += file.read()
        self.assertNotIn("s3cret-topic", shown)
        self.assert_stops_in_time(gateway)

    def test_suffixes_may_be_doubled(self):
        self.start()
        self.send({"setpoint": 6}, "//commands")
        answer, = self.answers()
        self.assertEqual((answer["status"], answer["verified"]), ("written", True))
        self.assertNotIn("id", answer)
        self.assertEqual(self.holding(10), [12])

    def test_what_cannot_be_written_is_refused_with_the_reason_and_nothing_is_written(self):
        self.start()
        cases = [
            ('{"setpoint": 21.5', "no JSON"), ("[1]", "no JSON object"), ("{}", "names no point"),
            ({"setpoint": 31}, "the most is 30"), ({"setpoint": 4.5}, "the least is 5"),
            ({"setpoint": "warm"}, "no number"), ({"setpoint": None}, "null cannot be written"),
            ({"setpoint": [20]}, "is an array"), ('{"setpoint":6,"setpoint":7}', "stands twice"),
            ({"setpoint": 21.3}, "setpoint"), ({"mode": "onn"}, "did you mean on?"),
            ({"temperature": 3}, "no point that subtopic commands may write"),
            ({"limit": 3}, "no point that subtopic commands may write"),
            ({"setpoint": 20, "nothing": 1}, "no point"), ({"percent": 700}, "percent"),
            ({"relay": "maybe"}, "relay"), ({"id": {}, "setpoint": 20}, "id"),
        ]
        for number, (payload, _) in enumerate(cases):
            self.send(payload)
            self.answers(number + 1)
        for answer, (payload, reason) in zip(self.answers(len(cases)), cases):
            with self.subTest(payload=payload):
                self.assertEqual(answer["status"], "refused", answer)
                self.assertIn(reason, answer["reason"])
        self.assertEqual(self.holding(10, 3), [40, 0, 0])
        self.assertEqual(self.slave.get(1, "coil", 3), [0])
        times = [answer["timestamp"] for answer in self.answers(len(cases))]
        self.assertEqual(len(set(times)), len(times), "no two answers have one time")

    def test_a_megabyte_is_refused_and_what_no_command_names_is_counted(self):
        for version in ("5", "3.1.1"):
            with self.subTest(version=version):
                self.again(version)
                large = self.file("large", '{"setpoint": 20, "x": "' + "y" * 1024 * 1024 + '"}')
                self.broker_.publish_file(DOWN + "/commands", large)
                answer, = self.answers()
                self.assertIn("the most is 65536", answer["reason"])
                # Under MQTT 5 the broker keeps ten to itself, as it was told; 3.1.1 cannot say it.
                huge = self.file("huge", " " * 10 * 1024 * 1024)
                self.broker_.publish_file(DOWN + "/commands", huge)
                self.send({"setpoint": 20}, "/unknown")
                self.gateway_.wait_log("refused: no command of the device has subtopic unknown")
                self.assertEqual(self.figures()["refused"], 2 if version == "5" else 3)
                self.assertEqual(len(self.broker_.ledger("login", "DEV-A")), 1)
                self.assertEqual(self.holding(10), [40])

    def test_a_flood_is_bounded_counted_and_stops_nothing(self):
        self.start()
        lines = self.file("lines", '{"setpoint": 99}\n' * 3000)
        self.broker_.publish_lines(DOWN + "/commands", lines)
        def counted():
            session, = self.gateway_.ask("status")["sessions"]
            return self.figures()["received"] + session["downlinks"]["dropped"]
        until(lambda: counted() >= 3000, what=counted)
        self.send({"id": "after", "setpoint": 25})
        self.seen.wait(1, ACK, lambda message: message.json().get("id") == "after")
        self.assertEqual(counted(), 3001)
        figures = self.figures()
        self.assertGreaterEqual(figures["unanswered"], figures["refused"] - 40)
        self.assertLess(len([m for m in self.seen.messages() if m.topic == ACK]), 40)
        self.assertEqual(self.holding(10), [50])

    def test_a_device_that_is_away_is_told_as_failed_or_expired(self):
        self.start(expires="500ms")
        self.slave.stop()
        self.send({"id": 7, "setpoint": 20})
        answer, = self.answers()
        self.assertEqual(answer["id"], "7")
        self.assertIn(answer["status"], ("failed", "expired", "refused"))
        self.assertTrue(answer["reason"])
        self.assertNotIn("verified", answer)

    def test_a_command_is_done_once_however_often_it_comes(self):
        self.start()
        self.send({"id": "once", "setpoint": 20})
        self.answers(1)
        self.slave.set(1, "holding", 10, [99])
        self.send({"id": "once", "setpoint": 20})
        first, second = self.answers(2)
        self.assertNotIn("duplicate", first)
        self.assertEqual((second["duplicate"], second["status"]), (True, "written"))
        self.assertEqual(self.holding(10), [99])
        # Also after a restart, clean or not, and for correlation data.
        correlated = ("-D", "publish", "correlation-data", "k-1")
        self.send({"setpoint": 22}, "/commands", *correlated)
        self.assertEqual(self.answers(3)[2]["correlation"], "k-1")
        for end in (self.gateway_.stop, self.gateway_.kill):
            end()
            self.gateway_.close()
            self.slave.set(1, "holding", 10, [99])
            subscribed = len(self.broker_.ledger("subscribe", "DEV-A"))
            before = len([m for m in self.seen.messages() if m.topic == ACK])
            self.gateway_.start()
            self.gateway_.wait_ready()
            self.broker_.wait_ledger("subscribe", "DEV-A", subscribed + 1)
            self.send({"id": "once", "setpoint": 20})
            self.send({"setpoint": 22}, "/commands", *correlated)
            more = self.answers(before + 2)[before:]
            self.assertEqual([one.get("duplicate") for one in more], [True, True], more)
            self.assertEqual(self.holding(10), [99])
        # Without a name, each arrival is a command.
        self.send({"setpoint": 23})
        self.send({"setpoint": 23})
        self.seen.wait(2, ACK, lambda message: message.json().get("values") == {"setpoint": 23})

    def test_fault_48_a_crash_between_write_and_answer_is_told_and_nothing_is_written_twice(self):
        written = Events()

        def behaviour(request):
            if request[7] == 6:
                written.put(request)
                return b""  # no answer
            count = struct.unpack(">H", request[10:12])[0]
            size = 2 * count if request[7] in (3, 4) else (count + 7) // 8
            return (request[:4] + struct.pack(">H", 3 + size) + request[6:8] + bytes([size])
                    + bytes(size))
        self.start(slave=self.faulty_slave(behaviour), timeout="15s")
        self.send({"id": "cut", "setpoint": 20})
        written.wait_until(lambda all_: len(all_) == 1, "the write")
        self.gateway_.kill()
        subscribed = len(self.broker_.ledger("subscribe", "DEV-A"))
        self.gateway_.start()
        self.gateway_.wait_ready()
        answer, = self.answers()
        self.assertEqual((answer["id"], answer["status"]), ("cut", "failed"))
        self.assertIn("may have been written", answer["reason"])
        self.broker_.wait_ledger("subscribe", "DEV-A", subscribed + 1)
        self.send({"id": "cut", "setpoint": 20})
        self.assertEqual(self.answers(2)[1]["duplicate"], True)
        self.assertEqual(len(written.all()), 1)

    def test_without_a_place_to_remember_commands_are_executed_and_the_log_says_so(self):
        def in_the_way():
            path = os.path.join(self.gateway_.folder, "state", "downlinks")
            with open(path, "w", encoding="utf-8") as file:
                file.write("a file, not a folder")
        self.start(before=in_the_way)
        for number in range(3):
            self.send({"id": number, "setpoint": 20 + number})
            self.assertEqual(self.answers(number + 1)[number]["status"], "written")
        said = [line for line in self.gateway_.log() if "downlink.state" in line]
        self.assertEqual(len(said), 1, said)
        self.assertIn("cannot be remembered", said[0])
        self.assert_stops_in_time(self.gateway_)

    def test_a_refused_subscription_costs_the_downlinks_alone(self):
        for version in ("5", "3.1.1"):
            with self.subTest(version=version):
                self.doCleanups()
                self.setUp()
                self.start(version, before=lambda: self.broker_.order("mute", "DEV-A"))
                self.gateway_.wait_log("session.downlinks: device DEV-A gets no downlinks by "
                                       "/down/device/id/DEV-A/#")
                session, = self.gateway_.ask("status")["sessions"]
                self.assertEqual((session["state"], session["downlinks"]["state"]),
                                 ("up", "refused"))
                self.seen.wait(3, UP)

    def test_a_configuration_and_what_is_retained_are_applied_once_by_content(self):
        self.start()
        self.send({"version": 3, "configuration": {"limit": 9}}, "/config", "-r")
        self.answers(1)
        self.assertEqual(self.holding(30), [9])
        self.send({"setpoint": 20}, "/commands", "-r")
        self.answers(2)
        self.send({"setpoint": 25})
        self.answers(3)
        self.slave.set(1, "holding", 30, [1])
        for expected in (2, 4):  # at each connect the broker sends both again
            subscribed = len(self.broker_.ledger("subscribe", "DEV-A"))
            self.broker_.order("kick", "DEV-A")
            self.broker_.wait_ledger("subscribe", "DEV-A", subscribed + 1)
            self.until_figures(lambda figures, n=expected: figures["repeated"] >= n)
        self.assertEqual((self.holding(30), self.holding(10)), ([1], [50]))
        self.send({"version": 4, "configuration": {"limit": 11}}, "/config")
        self.answers(4)
        self.assertEqual(self.holding(30), [11])

    def until_figures(self, condition):
        until(lambda: condition(self.figures()), what=self.figures)


if __name__ == "__main__":
    unittest.main()

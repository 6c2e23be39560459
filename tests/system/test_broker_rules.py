"""The rules of a platform's broker, and brokers that break them: what arrives, what does not."""
import collections
import json
import os
import signal
import subprocess
import time
import unittest

from fieldway_test import CLOSE, LedgerBroker, SystemTest

UPLINK = """
log: {{ level: debug }}
uplinks:
  - name: up
    platform: {platform}
    url: mqtt://127.0.0.1:${{BROKER}}
    mqtt_version: {version}
    auth: {auth}
{more}
inputs:
  - {{ name: script, plugin: exec, command: [/bin/sh, "${{SCRIPT}}"] }}
devices:
"""
DEVICE = "  - {{ id: {id}, uplink: up, input: script, address: {{ key: {id} }}{more} }}\n"

# Each device of $1 counts to $2, by as many as lines come out of the pipe $3.
COUNTER = """
n=0
while [ $n -lt %d ] && read line; do
  n=$((n+1))
  for key in %s; do echo '{"key":"'$key'","values":{"n":'$n'}}'; done
done <"%s"
cat >/dev/null
"""


def config(devices, platform="akenza", version="5", auth="{ method: none }", more="", device=""):
    head = UPLINK.format(platform=platform, version=version, auth=auth, more=more)
    return head + "".join(DEVICE.format(id=name, more=device) for name in devices)


def numbers_by_topic(receipts):
    numbers = collections.defaultdict(list)
    for receipt in receipts:
        numbers[receipt.topic].append(json.loads(receipt.payload)["n"])
    return numbers


def most_within_a_second(times):
    return max(sum(1 for other in times if 0 <= other - time < 1) for time in times)


class BrokerRules(SystemTest):
    def ledger(self, **answers):
        return self._started(LedgerBroker(**answers))

    def counter(self, devices, most=10_000):
        """(path of the script, function that lets every device count on by so many)"""
        pipe = os.path.join(self.folder, "go")
        os.mkfifo(pipe)
        descriptor = os.open(pipe, os.O_RDWR)
        self.addCleanup(os.close, descriptor)
        script = self.file("counter.sh", COUNTER % (most, " ".join(devices), pipe))
        return script, lambda count: os.write(descriptor, b"\n" * count)

    def assert_counted(self, receipts, devices, most):
        """Each device's numbers arrived, the first arrivals in order."""
        numbers = numbers_by_topic(receipts)
        self.assertEqual(sorted(numbers), sorted(devices))
        for topic, received in numbers.items():
            self.assertEqual(list(dict.fromkeys(received)), list(range(1, most + 1)), topic)

    def test_an_access_list_by_client_id_lets_every_device_pass_and_nothing_else(self):
        acl = self.file("acl", "topic read #\npattern write /up/device/id/%c/#\n")
        broker = self.broker(f"acl_file {acl}\nmax_inflight_messages 1")
        subscriber = self.subscriber(broker)
        devices = [f"DEV{number}" for number in range(5)]
        for version in ("5", "3.1.1"):
            with self.subTest(version=version):
                script = self.file("once.sh", "".join(
                    f"echo '{{\"key\":\"{name}\",\"values\":{{\"v\":\"{version}\"}}}}'\n"
                    for name in devices) + "cat >/dev/null\n")
                gateway = self.gateway(config(devices, version=f'"{version}"'),
                                       BROKER=broker.port, SCRIPT=script)
                for name in devices:
                    message, = subscriber.wait(
                        1, f"/up/device/id/{name}", lambda m: m.json()["v"] == version)
                    content_type = {"content-type": "application/json"} if version == "5" else {}
                    self.assertEqual(message.properties, content_type)
                    self.assertEqual((message.qos, message.retain), (1, False))
                self.assert_stops_in_time(gateway)

    def test_an_uplink_secret_is_in_the_topic_and_nowhere_that_a_person_looks(self):
        secret, connector = "s3cr3t-0f-the-upl1nk", "c0nnector-4711"
        passwords = os.path.join(self.folder, "passwords")
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, connector, secret], check=True,
                       capture_output=True)
        broker = self.broker(f"password_file {passwords}")
        subscriber = self.subscriber(broker)
        auth = "{ method: uplink-secret, connector_id: '${CONNECTOR}', secret_file: '${FILE}' }"
        script = self.file("once.sh", "echo '{\"key\":\"D\",\"values\":{\"n\":1}}'\n"
                                      "cat >/dev/null\n")
        settings = {"BROKER": broker.port, "SCRIPT": script, "CONNECTOR": connector}
        said = []
        for text in (secret, secret + "-wrong"):
            given = self.file("secret", text + "\n")
            gateway = self.gateway(config(["D"], auth=auth), FILE=given, **settings)
            if text == secret:
                subscriber.wait(1, f"/up/{secret}/id/D")
            else:
                gateway.wait_log("session.refused")
            said += [gateway.verb("status").stdout, gateway.verb("status", "--json").stdout]
            with open(f"/proc/{gateway.pid}/cmdline", encoding="utf-8") as file:
                said.append(file.read())
            self.assert_stops_in_time(gateway)
            said += gateway.log()
        everything = "\n".join(said)
        self.assertNotIn(secret, everything)
        self.assertNotIn(connector, everything)

    def test_a_crashing_broker_gets_every_number_in_order(self):
        devices, most = ["A", "B", "C"], 300
        broker = self.ledger()
        script, count_on = self.counter(devices, most)
        gateway = self.gateway(config(devices, "generic", more=TOPICS), BROKER=broker.port,
                               SCRIPT=script)
        for crash in range(1, 4):
            count_on(most // 3)
            broker.publishes.wait_until(
                lambda all_, least=crash * 60: len(all_) > least, "publishes between crashes",
                seconds=60)
            broker.crash()
            gateway.wait_log("session.down", crash)
            broker.start()
        broker.publishes.wait_until(
            lambda all_: len({(r.topic, r.payload) for r in all_}) == most * len(devices),
            "all numbers", seconds=120)
        self.assert_counted(broker.publishes.all(), devices, most)
        repeats = len(broker.publishes.all()) - most * len(devices)
        connections = len(broker.connects.all())
        self.assertLessEqual(repeats, connections * 16)  # what may be in flight
        self.assert_stops_in_time(gateway)

    def test_a_refused_device_is_no_trouble_for_the_others(self):
        broker = self.ledger(on_connect=lambda client: 0x87 if client == "BAD" else 0)
        script, count_on = self.counter(["BAD", "GOOD"])
        gateway = self.gateway(
            config(["BAD", "GOOD"], "generic", more=TOPICS) + "queue: { max_memory: 1MiB }\n",
            BROKER=broker.port, SCRIPT=script)
        gateway.wait_log("session.refused.*BAD.*not authorized")
        for step in range(1, 16):
            count_on(200)
            broker.publishes.wait_until(lambda all_, most=step * 200: len(all_) >= most,
                                        "the good device's numbers", seconds=60)
        self.assert_counted(broker.publishes.all(), ["GOOD"], 3000)
        queue = gateway.ask("status")["queue"]
        # BAD's wait on disk; memory holds what it may, and nobody lost any.
        self.assertLessEqual(queue["memory_bytes"], 1024 * 1024)
        self.assertEqual(queue["evicted"], 0)
        self.assertTrue(3000 <= queue["records"] <= 3000 + 16, queue)
        self.assertEqual(broker.connects.all().count("BAD"), 1)
        self.assert_stops_in_time(gateway)

    def test_a_topic_that_mosquitto_forbids_does_not_stop_the_others_of_the_device(self):
        """mosquitto answers 0x87 and closes the connection."""
        acl = self.file("acl", "topic write A/ok\ntopic read #\n")
        broker = self.broker(f"acl_file {acl}")
        subscriber = self.subscriber(broker)
        script, count_on = self.counter(["A"])
        messages = ", messages: [{ subtopic: denied }, { subtopic: ok }]"
        gateway = self.gateway(config(["A"], "generic", more=TOPICS, device=messages),
                               BROKER=broker.port, SCRIPT=script)
        count_on(5)
        subscriber.wait(1, "A/ok", lambda message: message.json()["n"] == 5, seconds=60)
        numbers = [m.json()["n"] for m in subscriber.messages() if m.topic == "A/ok"]
        self.assertEqual(list(dict.fromkeys(numbers)), [1, 2, 3, 4, 5], "in the order made")
        gateway.wait_log("message.buried.*not authorized", 4, seconds=60)
        letters = gateway.verb("queue", "dead", "list").stdout
        self.assertNotIn(" ok ", letters)

    def test_the_rate_is_kept_within_every_second_and_so_are_connects(self):
        times = []
        broker = self.ledger(on_publish=lambda _: times.append(time.monotonic()) or 0)
        devices = [f"D{number}" for number in range(12)]
        limits = "    limits: { messages_per_second: 5, connects_per_second: 4 }\n"
        script, count_on = self.counter(devices[:1])
        gateway = self.gateway(config(devices, "generic", more=TOPICS + limits),
                               BROKER=broker.port, SCRIPT=script)
        count_on(40)
        broker.publishes.wait_until(lambda all_: len(all_) >= 16, "three seconds of messages")
        broker.connects.wait_until(lambda all_: len(all_) >= 12, "all sessions")
        # The exact rule is the session machine's, proven in its dialogues. Here it is seen from the
        # broker: what leaves on time arrives up to a second later (Paho's poll), so that two
        # seconds' worth may come together, but no more, and the whole takes as long as it must.
        self.assertLessEqual(most_within_a_second(times), 2 * 5)
        self.assertGreaterEqual(times[15] - times[0], 1.5)  # 3 s when none is late
        accepts = broker.accepts.all()
        self.assertLessEqual(most_within_a_second(accepts), 2 * 4)
        self.assertGreaterEqual(accepts[11] - accepts[0], 1.5)  # 2 s and more when none is late
        self.assert_stops_in_time(gateway)

    def test_a_frozen_broker_does_not_hold_up_the_stop(self):
        broker = self.broker()
        script, count_on = self.counter(["D"])
        gateway = self.gateway(config(["D"]), BROKER=broker.port, SCRIPT=script)
        gateway.wait_log("session.up")
        broker.signal(signal.SIGSTOP)
        self.addCleanup(broker.signal, signal.SIGCONT)
        count_on(100)
        gateway.wait_log("session.up")
        self.assert_stops_in_time(gateway)
        self.assertFalse([line for line in gateway.log() if "engine.abandoned" in line])

    def test_a_takeover_is_said_once_and_waited_out(self):
        broker = self.ledger()
        script, count_on = self.counter(["D"])
        gateway = self.gateway(config(["D"]), BROKER=broker.port, SCRIPT=script)
        gateway.wait_log("session.up")
        broker.send(14, bytes([0x8E]))
        gateway.wait_log("session.taken_over.*second gateway")
        count_on(1)
        session, = gateway.ask("status")["sessions"]
        self.assertEqual(session["state"], "taken-over")
        self.assertEqual(broker.connects.all(), ["D"])
        self.assert_stops_in_time(gateway)

    def test_every_session_subscribes_at_qos_1_before_its_first_message(self):
        for version in ("5", "3.1.1"):
            with self.subTest(version=version):
                self.doCleanups()
                self.setUp()
                broker = self.ledger()
                script, count_on = self.counter(["A", "B"])
                gateway = self.gateway(config(["A", "B"], version=version), BROKER=broker.port,
                                       SCRIPT=script)
                count_on(20)
                broker.publishes.wait_until(lambda all_: len(all_) >= 40, "all messages")
                self.assertEqual(sorted(broker.subscribes.all()),
                                 [("A", "/down/device/id/A/#", 0), ("B", "/down/device/id/B/#", 0)])
                states = [one["downlinks"]["state"] for one in gateway.ask("status")["sessions"]]
                self.assertEqual(states, ["subscribed", "subscribed"])
                self.assert_stops_in_time(gateway)

    def test_a_broker_that_closes_on_a_subscription_gets_messages_all_the_same(self):
        broker = self.ledger(on_subscribe=lambda client: CLOSE)
        script, count_on = self.counter(["D"])
        gateway = self.gateway(config(["D"]), BROKER=broker.port, SCRIPT=script)
        count_on(10)
        broker.publishes.wait_until(lambda all_: len(all_) >= 10, "all messages")
        self.assertEqual(len(broker.subscribes.all()), 3)
        self.assertEqual(len(broker.connects.all()), 4)
        gateway.wait_log("error *session.downlinks: device D gets no downlinks.*3 connections in a "
                         "row ended before")
        self.assert_stops_in_time(gateway)

    def test_a_refused_subscription_is_told_with_the_topic_and_without_the_secret(self):
        for version, code, said in (("5", 0x87, "not authorized"), ("3.1.1", 0x80, "0x80")):
            with self.subTest(version=version):
                self.doCleanups()
                self.setUp()
                broker = self.ledger(on_subscribe=lambda client, code=code: code)
                script, count_on = self.counter(["D"])
                secret = self.file("secret", "s3cret-of-topics\n")
                auth = (f"{{ method: uplink-secret, connector_id: c, secret_file: {secret} }}")
                gateway = self.gateway(config(["D"], version=version, auth=auth),
                                       BROKER=broker.port, SCRIPT=script)
                count_on(1)
                gateway.wait_log(rf"session.downlinks: device D gets no downlinks by "
                                 rf"/down/\*\*\*/id/D/# .*{said}")
                broker.publishes.wait_until(lambda all_: len(all_) >= 1, "the message")
                session, = gateway.ask("status")["sessions"]
                self.assertEqual((session["state"], session["downlinks"]["state"]),
                                 ("up", "refused"))
                self.assertIn("downlinks: false", session["downlinks"]["reason"])
                self.assertNotIn("s3cret-of-topics", "\n".join(gateway.log()))
                self.assert_stops_in_time(gateway)


TOPICS = "    topics: { uplink: '{device}/{subtopic}' }\n"

if __name__ == "__main__":
    unittest.main()

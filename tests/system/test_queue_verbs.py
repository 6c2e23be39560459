"""`fieldway queue` on a whole gateway: what it shows, running and stopped, and what it changes."""
import json
import os
import subprocess
import unittest

from fieldway_test import LedgerBroker, SystemTest, program
from fieldway_test.seeds import short_or_long
from fieldway_test.waiting import until

REFUSED_FOR_GOOD = 0x90  # topic name invalid
CONFIG = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/secret-of-the-topic/{device}/{subtopic}" }
inputs:
  - { name: script, plugin: exec, command: [/bin/sh, "${SCRIPT}"] }
queue: { max_memory: 32MiB }
devices:
  - id: COUNTER
    uplink: broker
    input: script
    address: { key: c }
    messages:
      - { subtopic: count, points: [n] }
      - { subtopic: alarms, points: [alarm], lane: alarm }
"""
# Counts to $1, then says one alarm, and waits for a line that never comes.
SCRIPT = """
n=0
while [ $n -lt %d ]; do n=$((n+1)); echo '{"key":"c","values":{"n":'$n'}}'; done
echo '{"key":"c","values":{"alarm":true}}'
cat >/dev/null
"""
MOST_GROWTH = 5 * 1024  # KiB of RAM that exporting all may take beyond exporting a little


class QueueVerbs(SystemTest):
    def start(self, count, port=1):
        return self.gateway(CONFIG, BROKER=port,
                            SCRIPT=self.file("counter.sh", SCRIPT % count))

    def wait_waiting(self, gateway, records, durable=False):
        """Asks until so much waits, on disk if that is wanted."""
        def there():
            stats = gateway.ask("queue", "stats")
            alone = stats["memory"]["records_alone"] if durable else 0
            return stats if stats["records"] == records and alone == 0 else None
        return until(there, 120, lambda: f"{records} records waiting")

    def lines(self, run):
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def of_stopped(self, gateway, *words):
        state = os.path.join(gateway.folder, "state")
        return subprocess.run([program(), "queue", *words, "--state", state], env=gateway.env,
                              text=True, capture_output=True, timeout=60, check=False)

    def test_running_and_stopped_tell_the_same(self):
        gateway = self.start(300)
        stats = self.wait_waiting(gateway, 301, durable=True)
        self.assertTrue(stats["durable"])
        self.assertEqual({lane["lane"]: lane["records"] for lane in stats["lanes"]},
                         {"alarm": 1, "telemetry": 300, "bulk": 0})
        table = gateway.verb("queue", "stats").stdout
        self.assertRegex(table, r"state +durable\n")
        self.assertRegex(table, r"COUNTER +broker +telemetry +in-order +300 ")
        listed = self.lines(gateway.verb("queue", "list", "--json"))
        self.assertEqual([r["subtopic"] for r in listed], ["alarms"] + ["count"] * 300)
        few = gateway.verb("queue", "list", "--lane", "telemetry", "--most", "2").stdout
        self.assertEqual(len(few.splitlines()), 3, few)
        exported = self.lines(gateway.verb("queue", "export"))
        self.assertEqual([json.loads(r["payload"])["n"] for r in exported[1:]],
                         list(range(1, 301)))
        self.assertNotIn("secret-of-the-topic", json.dumps(exported))

        refused = self.of_stopped(gateway, "stats")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("a gateway holds the store", refused.stderr)
        self.assertIn("leave --state out to ask it", refused.stderr)
        self.assert_stops_in_time(gateway)

        for _ in range(2):  # looking takes nothing out
            self.assertEqual(self.lines(self.of_stopped(gateway, "export")), exported)
        stopped = json.loads(self.of_stopped(gateway, "stats", "--json").stdout)
        self.assertEqual(stopped["records"], 301)
        self.assertEqual([s["records"] for s in stopped["streams"]], [1, 300])
        nobody = gateway.verb("queue", "stats", check=False)
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("--state", nobody.stderr)

    def test_a_misspelt_device_is_named(self):
        gateway = self.start(1)
        self.wait_waiting(gateway, 2)
        run = gateway.verb("queue", "list", "--device", "COUNTRE")
        self.assertIn("did you mean COUNTER?", run.stderr)

    def test_a_dead_letter_is_retried_when_the_broker_has_changed_its_mind(self):
        refused = {"n": True}
        broker = self._started(LedgerBroker(
            on_publish=lambda r: REFUSED_FOR_GOOD if refused["n"] and '"n":2}' in r.payload else 0))
        gateway = self.start(3, broker.port)
        gateway.wait_log("message.buried")
        # It is told when it is decided, and listed once it is on disk.
        letter, = until(lambda: self.lines(gateway.verb("queue", "dead", "list", "--json")))
        self.assertEqual(json.loads(letter["payload"])["n"], 2)
        self.assertIn(str(letter["number"]), gateway.verb("queue", "dead", "list").stdout)
        unknown = gateway.verb("queue", "dead", "retry", "4711", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("dead letter 4711", unknown.stderr)
        refused["n"] = False
        said = gateway.verb("queue", "dead", "retry", "--all").stdout
        self.assertIn("waits again", said)
        broker.publishes.wait_until(
            lambda all_: sum('"n":2}' in r.payload for r in all_) == 2, "the retried message")
        self.wait_waiting(gateway, 0)
        until(lambda: gateway.verb("queue", "dead", "list").stdout == "")
        self.assert_stops_in_time(gateway)

    def test_a_dead_letter_is_retried_and_dropped_in_a_stopped_store(self):
        broker = self._started(LedgerBroker(
            on_publish=lambda r: REFUSED_FOR_GOOD if '"n":1}' in r.payload or '"n":3}' in r.payload
            else 0))
        gateway = self.start(4, broker.port)
        gateway.wait_log("message.buried", 2)
        self.wait_waiting(gateway, 0)
        self.assert_stops_in_time(gateway)
        letters = self.lines(self.of_stopped(gateway, "dead", "list", "--json"))
        self.assertEqual([json.loads(letter["payload"])["n"] for letter in letters], [1, 3])
        first, second = (str(letter["number"]) for letter in letters)
        retried, = self.lines(self.of_stopped(gateway, "dead", "retry", first, "--json"))
        self.assertTrue(retried["done"])
        self.assertIn("dropped", self.of_stopped(gateway, "dead", "drop", second).stdout)
        self.assertEqual(self.of_stopped(gateway, "dead", "list").stdout, "")
        waiting, = self.lines(self.of_stopped(gateway, "export"))
        self.assertEqual(json.loads(waiting["payload"])["n"], 1)
        self.assertEqual(waiting["sequence"], retried["sequence"])

    def export(self, gateway, file, *words):
        """Its last line, and the most RAM that it took, in KiB."""
        with open(os.path.join(self.folder, "said"), "w+", encoding="utf-8") as said:
            child = subprocess.Popen([program(), "queue", "export", "-o", file, *words],
                                     env=gateway.env, stdout=said, stderr=said)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read()
        self.assertEqual(child.returncode, 0, text)
        return text, usage.ru_maxrss

    def assert_bounded(self, little, much):
        # A sanitizer keeps what was freed for a while.
        if "san" not in os.path.basename(os.environ["FIELDWAY_BUILD"]):
            self.assertLess(much - little, MOST_GROWTH)

    def test_many_records_are_exported_in_little_memory(self):
        count = short_or_long(30_000, 300_000)
        gateway = self.start(count)
        self.wait_waiting(gateway, count + 1)
        file = os.path.join(self.folder, "export.jsonl")
        running = ("--config", gateway.config)
        _, little = self.export(gateway, file, *running, "--most", "10")
        text, much = self.export(gateway, file, *running, "--lane", "telemetry")
        self.assertEqual(text, f"{count} messages written to {file}\n")
        self.assert_bounded(little, much)
        with open(file, encoding="utf-8") as lines:
            numbers = [json.loads(json.loads(line)["payload"])["n"] for line in lines]
        self.assertEqual(numbers, list(range(1, count + 1)))
        self.assertEqual(gateway.ask("queue", "stats")["records"], count + 1)
        self.assert_stops_in_time(gateway)
        stopped = ("--state", os.path.join(gateway.folder, "state"))
        _, little = self.export(gateway, file, *stopped, "--most", "10")
        text, much = self.export(gateway, file, *stopped)
        self.assertEqual(text, f"{count + 1} messages written to {file}\n")
        self.assert_bounded(little, much)


if __name__ == "__main__":
    unittest.main()

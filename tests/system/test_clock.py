"""A machine whose clock is wrong, is set, and comes right: no wrong time leaves it."""
import datetime
import json
import os
import unittest

from fieldway_test import SystemTest
from fieldway_test.clock import Clock
from fieldway_test.counting import STREAM
from fieldway_test.waiting import PATIENCE, until

HOUR, YEAR = 3600, 365 * 86400

CONFIG = """
gateway: { clock: { trust: %(trust)s } }
queue: { durability: 0s }
uplinks:
  - name: akenza
    platform: akenza
    url: mqtt://127.0.0.1:${BROKER}
    auth: { method: device-credentials, key_file: "keys/{device}.pem" }
    limits: { messages_per_second: 0 }
inputs:
  - { name: script, plugin: exec, command: [/usr/bin/python3, "${COUNTER}", "0.1", c] }
devices:
  - { id: DEV-A, uplink: akenza, input: script, address: { key: c } }
"""


def wall(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class ClockTest(SystemTest):
    def start(self, ahead, synchronised, trust="synchronised"):
        self.broker = self.akenza_broker()
        self.messages = self.watcher(self.broker)
        self.clock = Clock(os.path.join(self.folder, "clock"), ahead, synchronised)
        self.addCleanup(self.clock.close)
        counter = self.file("counter.py", STREAM)
        gateway = self.gateway(CONFIG % {"trust": trust}, start=False, BROKER=self.broker.port,
                               COUNTER=counter)
        made = json.loads(gateway.verb("keys", "new", "DEV-A", "--json").stdout)
        self.broker.upload("DEV-A", made["public_key"])
        gateway.env = self.clock.env(gateway.env)
        gateway.start()
        gateway.wait_ready()
        return gateway

    def session(self, gateway):
        return gateway.ask("status")["sessions"][0]

    def wait_session(self, gateway, state, seconds=PATIENCE):
        until(lambda: self.session(gateway)["state"] == state, seconds,
              lambda: self.session(gateway))

    def wait_queued(self, gateway, records):
        until(lambda: gateway.ask("queue", "stats")["records"] >= records, PATIENCE,
              lambda: gateway.ask("queue", "stats"))

    def arrived(self, count):
        """Payloads in the order of their first arrival, once there are so many."""
        numbers = {}
        for message in self.messages.wait(count):
            numbers.setdefault(message.json()["n"], message.json())
        return list(numbers.values())

    def assert_true_times(self, payloads, began, ended):
        times = [wall(payload["timestamp"]) for payload in payloads]
        self.assertGreater(times[0], began - 0.1)
        self.assertLess(times[-1], ended + 0.1)
        self.assertEqual(times, sorted(set(times)), "in order, and no two are the same")

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc).timestamp()

    def test_what_is_measured_before_the_clock_is_right_leaves_with_its_true_time(self):
        began = self.now()
        gateway = self.start(-5, synchronised=False)  # the broker lets it in
        gateway.wait_log(r"clock\.doubt: the clock says .* no time service of this machine")
        self.wait_session(gateway, "up")
        self.wait_queued(gateway, 20)
        self.assertEqual(gateway.ask("status")["gateway"]["clock"], "unsynchronised")
        gateway.kill()  # what it holds knows its times across a restart in this boot
        gateway.start()
        gateway.wait_ready()
        self.wait_queued(gateway, 40)
        self.assertFalse(self.messages.messages(), "nothing leaves with a time that may be wrong")
        self.clock.set(0, synchronised=True)
        gateway.wait_log(r"clock\.settled: ")
        payloads = self.arrived(60)
        self.assert_true_times(payloads[:20], began, self.now())
        self.assertEqual([payload["n"] for payload in payloads[:20]], list(range(1, 21)))
        self.assert_true_times([p for p in payloads if p["timestamp"]], began, self.now())
        self.assertFalse([p for p in payloads if not p["timestamp"]])
        self.assertEqual(gateway.ask("status")["gateway"]["clock"], "settled")

    def test_a_refusal_by_a_clock_that_nobody_set_is_the_clocks_fault(self):
        gateway = self.start(-2 * HOUR, synchronised=False)
        gateway.wait_log(r"session\.clock: device DEV-A is not connected to broker \S+, by its "
                         r"clock: .*not authorized.*; no time service has set the clock")
        self.assertEqual(self.broker.wait_ledger("refused")[0]["why"], "expired")
        self.assertEqual(self.session(gateway)["state"], "clock")
        self.assertFalse([line for line in gateway.log() if "session.refused" in line])
        self.clock.set(0, synchronised=True)
        gateway.wait_log(r"clock\.set: the clock was set forward by 2h")
        self.wait_session(gateway, "up", seconds=10)  # at once: a refused login waits 30 s
        self.arrived(5)

    def test_a_refusal_by_a_clock_that_is_right_is_none(self):
        gateway = self.start(0, synchronised=True)
        self.broker.order("refuse", "DEV-A")
        self.broker.order("kick", "DEV-A")
        gateway.wait_log(r"session\.refused: device DEV-A")
        self.assertEqual(self.session(gateway)["state"], "refused")

    def test_before_the_clock_is_plausible_no_token_is_made(self):
        gateway = self.start(-50 * YEAR, synchronised=False, trust="system")
        gateway.wait_log(r"clock\.doubt: the clock says 19\d\d-")
        gateway.wait_log(r"session\.clock: .*it says 19\d\d.*by it no token is valid")
        self.wait_queued(gateway, 5)
        self.assertFalse(self.broker.ledger("login") + self.broker.ledger("refused"))
        began = self.now() - PATIENCE
        self.clock.set(0, synchronised=False)
        self.assert_true_times(self.arrived(10)[:10], began, self.now())

    def test_a_clock_that_is_set_in_a_session_breaks_neither_it_nor_a_time(self):
        """Fault 15."""
        began = self.now()
        gateway = self.start(0, synchronised=True)
        self.arrived(5)
        self.clock.set(-50 * YEAR, synchronised=False)
        gateway.wait_log(r"clock\.set: the clock was set back by")
        count = len(self.messages.messages())
        self.wait_queued(gateway, 10)
        self.assertEqual(self.session(gateway)["state"], "up")
        self.clock.set(0, synchronised=True)
        gateway.wait_log(r"clock\.settled: ")
        self.arrived(count + 20)
        self.assertEqual(len(self.broker.ledger("login")), 1, "the session went on")
        # Until a step is seen, a second at most, readings have the time that the clock says.
        later = [p for p in self.arrived(count + 20) if wall(p["timestamp"]) > began - HOUR]
        self.assertGreater(len(later), count + 20 - 15)
        self.assert_true_times(later, began, self.now())
        self.assert_stops_in_time(gateway)

    def test_a_clock_set_forward_renews_the_token_and_its_refusal_is_the_clocks(self):
        gateway = self.start(0, synchronised=True)
        self.arrived(5)
        self.clock.set(2 * HOUR, synchronised=False)
        refused = self.broker.wait_ledger("refused", "DEV-A")[0]
        self.assertEqual(refused["why"], "issued in the future")
        gateway.wait_log(r"session\.clock: ")
        self.clock.set(0, synchronised=True)
        self.wait_session(gateway, "up", seconds=10)
        numbers = [payload["n"] for payload in self.arrived(30)]
        self.assertEqual(numbers[:30], list(range(1, 31)))

    def test_a_restart_in_an_outage_of_the_time_service_knows_that_the_clock_was_right(self):
        gateway = self.start(0, synchronised=True)
        state = os.path.join(gateway.folder, "state", "clock")
        until(lambda: os.path.exists(state), PATIENCE, lambda: state)
        gateway.kill()
        self.clock.set(0, synchronised=False)
        count = len(self.messages.messages())
        gateway.start()
        gateway.wait_ready()
        self.assertEqual(gateway.ask("status")["gateway"]["clock"], "settled")
        self.arrived(count + 5)


if __name__ == "__main__":
    unittest.main()

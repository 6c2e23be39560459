"""The broker goes and comes back, the gateway too: what was accepted arrives, in order."""
import os
import signal
import unittest

from fieldway_test import UPLINK, SystemTest

COUNTER = UPLINK + """
inputs:
  - { name: script, plugin: exec, command: [/bin/sh, "${SCRIPT}"] }
devices:
  - { id: COUNTER, uplink: broker, input: script, address: { key: c } }
"""

# Counts on by one for each line of a pipe.
ON_DEMAND = """
n=0
while read line; do n=$((n+1)); echo '{"key":"c","values":{"n":'$n'}}'; done <"%s"
cat >/dev/null
"""


def first_receipts(messages):
    seen = []
    for message in messages:
        n = message.json()["n"]
        if n not in seen:
            seen.append(n)
    return seen


class Outage(SystemTest):
    def counter(self):
        """(path of the script, function that lets it count on by so many)"""
        pipe = os.path.join(self.folder, "go")
        os.mkfifo(pipe)
        descriptor = os.open(pipe, os.O_RDWR)  # both ways: neither end ever waits for the other
        self.addCleanup(os.close, descriptor)
        script = self.file("counter.sh", ON_DEMAND % pipe)
        return script, lambda count: os.write(descriptor, b"\n" * count)

    def test_what_was_made_while_the_broker_was_away_arrives_in_order(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        script, count_on = self.counter()
        gateway = self.gateway(COUNTER, BROKER=broker.port, SCRIPT=script)
        count_on(20)
        subscriber.wait(20, "site/COUNTER")
        broker.stop()
        gateway.wait_log("session.down")
        count_on(200)
        broker.start()
        subscriber.wait(1, matches=lambda message: message.json()["n"] == 220, seconds=60)
        self.assertEqual(first_receipts(subscriber.messages()), list(range(1, 221)))
        self.assert_stops_in_time(gateway)

    def test_a_broker_that_is_not_there_at_the_start_is_waited_for(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        broker.stop()
        script, count_on = self.counter()
        gateway = self.gateway(COUNTER, BROKER=broker.port, SCRIPT=script)
        count_on(50)
        gateway.wait_log("session.down")
        broker.start()
        subscriber.wait(50, "site/COUNTER", seconds=60)
        self.assertEqual(first_receipts(subscriber.messages()), list(range(1, 51)))

    def test_a_stop_while_the_broker_is_away_keeps_its_deadline(self):
        broker = self.broker()
        broker.stop()
        script, count_on = self.counter()
        gateway = self.gateway(COUNTER, BROKER=broker.port, SCRIPT=script)
        count_on(50)
        gateway.wait_log("session.down")
        self.assert_stops_in_time(gateway)

    def test_what_was_on_disk_survives_a_kill_and_a_restart_while_the_broker_is_away(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        broker.stop()
        script, count_on = self.counter()
        gateway = self.on_one_state(COUNTER, BROKER=broker.port, SCRIPT=script)
        count_on(300)
        self.wait_stored(gateway, 300)
        os.kill(gateway.pid, signal.SIGKILL)
        self.assertEqual(gateway.wait(5), -signal.SIGKILL)
        again = self.on_one_state(COUNTER, BROKER=broker.port, SCRIPT=self.file("idle.sh", "cat"))
        again.wait_log("queue.recovered: 300 messages of 1 devices")
        broker.start()
        subscriber.wait(1, matches=lambda message: message.json()["n"] == 300, seconds=60)
        self.assertEqual(first_receipts(subscriber.messages()), list(range(1, 301)))
        self.assert_stops_in_time(again)

    def test_a_second_gateway_on_the_same_store_is_refused(self):
        script = self.file("idle.sh", "cat")
        first = self.on_one_state(COUNTER, BROKER=1, SCRIPT=script)
        second = self.on_one_state(COUNTER, wait_ready=False, BROKER=1, SCRIPT=script)
        self.assertEqual(second.wait(20), 1)
        self.assertIn("in use by another process", "\n".join(second.log()))
        self.assertTrue(first.running)

    def test_what_waits_for_a_device_that_is_configured_no_more_is_kept_and_told(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        broker.stop()
        script, count_on = self.counter()
        gateway = self.on_one_state(COUNTER, BROKER=broker.port, SCRIPT=script)
        count_on(5)
        self.wait_stored(gateway, 5)
        self.assert_stops_in_time(gateway)
        idle = self.file("idle.sh", "cat")
        without = self.on_one_state(COUNTER.replace("id: COUNTER", "id: OTHER"), BROKER=broker.port,
                                    SCRIPT=idle)
        without.wait_log("queue.orphans: 5 messages wait for 1 devices .*COUNTER")
        self.assert_stops_in_time(without)
        self.on_one_state(COUNTER, BROKER=broker.port, SCRIPT=idle)
        broker.start()
        subscriber.wait(5, "site/COUNTER", seconds=60)
        self.assertEqual(first_receipts(subscriber.messages()), list(range(1, 6)))

    def on_one_state(self, config, **more):
        state = 'gateway: { state_dir: "${STATE}" }\n'
        return self.gateway(state + config, STATE=os.path.join(self.folder, "state"), **more)

    @staticmethod
    def wait_stored(gateway, records):
        while True:
            queue = gateway.ask("status")["queue"]
            if queue["records"] == records and queue["memory_alone"] == 0:
                return


if __name__ == "__main__":
    unittest.main()

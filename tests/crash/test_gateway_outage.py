"""Faults 17, 35, 51, 53 and 54 at the whole gateway: long outages, flapping, stops in the middle,
two gateways on one store, devices that come and go."""
import os
import re
import signal
import time
import unittest

from fieldway_test import Gateway
from fieldway_test.promises import assert_promises, repetitions
from fieldway_test.seeds import short_or_long

from gateway_rig import IN_FLIGHT, GatewayRig

MIB = 1024 * 1024
DEVICES = ("ONE", "TWO")
PAD = 20_000
# What a gateway opens once, at its first need (segments of each lane), may come after the first
# look; hundreds of flaps in the long lane have no more than a few.
ONCE = {"descriptors": 16, "threads": 2, "kib": 12 * 1024}


def size_on_disk(folder, suffix=""):
    total = 0
    for entry in os.scandir(folder):
        try:
            if entry.is_file() and entry.name.endswith(suffix):
                total += entry.stat().st_blocks * 512
        except FileNotFoundError:
            pass  # unlinked meanwhile
    return total


class Outage(GatewayRig):
    def kept_within(self, gateway, most):
        """Looks at the disk and passes on whether it was within its limit so far."""
        folder = os.path.join(gateway.folder, "state", "queue")
        self.assertLessEqual(size_on_disk(folder, ".seg"), most)
        self.assertLessEqual(size_on_disk(folder), most + MIB)

    def test_a_scaled_week_without_a_broker_drains_in_order_and_alarms_come_first(self):
        broker = self.ledger_broker()
        broker.crash()
        source = self.source()
        limit = 16 * MIB  # the least that max_bytes can be; large messages fill it soon
        gateway = self.gateway(self.config(source, [
            f"max_bytes: {limit // MIB}MiB", "durability: 1s", "compress: none",
            f"backlog_rate: {short_or_long(100, 20)}"],
            pace_ms=0, pad=PAD), BROKER=broker.port)
        receipts = self.receipts_at(broker)

        def filled():
            self.kept_within(gateway, limit)
            given = sum(map(len, source.read().given.values()))
            return given * PAD > limit * short_or_long(1.5, 10)
        self.poll(filled, "a full queue", short_or_long(90, 900))
        source.pace(20)
        backlog = {key: max(given) for key, given in source.read().given.items()}
        broker.start()
        self.drain_with_live_alarms(source, receipts, backlog)
        self.kept_within(gateway, limit)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)
        self.assertTrue(any(receipts.gaps.values()), "nothing was evicted: it was not full")

    def drain_with_live_alarms(self, source, receipts, backlog):
        """Waits until the telemetry of the backlog is out; alarms of that time are not late."""
        alarms_done = {}

        def drained(key, number):
            if key is not None and key[1] == "a" and number == backlog[key]:
                alarms_done[key[0]] = (len(receipts.numbers[key[0], "n"]), receipts.times[key][-1])
            return all(receipts.numbers[device, "n"][-1:] >= [backlog[device, "n"]]
                       for device in DEVICES)
        receipts.wait(drained, "the backlog of telemetry", short_or_long(120, 600))
        source.read()
        for device in DEVICES:
            before_alarms, done = alarms_done[device]
            telemetry = len(receipts.numbers[device, "n"])
            self.assertLess(before_alarms, telemetry * 0.5, "alarms did not come first")
            given = source.given[device, "a"]
            late = [at - given[number] for number, at in
                    zip(receipts.numbers[device, "a"], receipts.times[device, "a"])
                    if given[number] > done]
            self.assertGreater(len(late), 3, "no live alarm during the drain")
            self.assertLess(max(late), 2.0, f"{device}: live alarms were late")

    def fill(self, source, broker, lines, config=None):
        """A gateway that has stored so many answers' worth while the broker was away."""
        broker.crash()
        gateway = self.gateway(config or self.config(source, [
            "durability: 0s", "backlog_rate: 500"], pace_ms=0), BROKER=broker.port)
        self.wait_given(source, lines)
        return gateway

    def test_sigterm_in_the_middle_of_a_full_drain_twice_keeps_everything(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway = self.fill(source, broker, 4000)
        receipts = self.receipts_at(broker)
        source.pace("stop")
        broker.start()
        for received in (200, 500):
            broker.publishes.wait_until(lambda items, some=received: len(items) >= some,
                                        "the middle of the drain")
            gateway.send(signal.SIGTERM)
            self.assert_stops_in_time(gateway)  # sends a second one
            gateway.kill()
            gateway.start()
            gateway.wait_ready()
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)
        for key, numbers in receipts.numbers.items():
            self.assertLessEqual(repetitions(numbers), 2 * IN_FLIGHT, key)

    def test_a_second_gateway_on_the_same_store_refuses_and_the_first_is_unharmed(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway = self.gateway(self.config(source, ["durability: 0s"]), BROKER=broker.port)
        receipts = self.receipts_at(broker)
        self.wait_given(source, 100)
        folder = os.path.join(self.folder, "second")
        os.mkdir(folder)
        other = self.folder + "/other"
        os.mkdir(other)
        second = Gateway(folder, self.config(source, ["durability: 0s"]).replace(
            source.folder, other), {"BROKER": broker.port})
        second.env["STATE_DIRECTORY"] = gateway.env["STATE_DIRECTORY"]
        self.addCleanup(second.close)
        second.start()
        self.assertEqual(second.wait(), 1)
        log = "\n".join(second.log())
        self.assertRegex(log, r"(?i)another|held|in use|second")
        self.wait_given(source, 100)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)

    def test_a_device_that_was_removed_keeps_its_records_and_its_sequences(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway = self.fill(source, broker, 600)
        receipts = self.receipts_at(broker)
        whole = self.config(source, ["durability: 0s"])
        stops = [self.stop(gateway)]
        broker.start()
        self.restart(gateway, self.config(source, ["durability: 0s"], devices=("ONE",)))
        self.wait_given(source, 100)
        receipts.wait(lambda key, number: len(receipts.numbers["ONE", "n"]) > 50, "device ONE")
        self.assertEqual(receipts.numbers["TWO", "n"], [], "it has no session")
        stops.append(self.stop(gateway))
        self.restart(gateway, whole)
        self.wait_given(source, 100)
        self.finish(source, receipts, gateway)
        # What the program said while its gateway stopped was accepted by nobody.
        assert_promises(self, source, receipts, crashes=stops)

    def stop(self, gateway):
        """When it had stopped."""
        self.assert_stops_in_time(gateway)
        gateway.kill()
        return time.monotonic()

    def restart(self, gateway, config):
        with open(gateway.config, "w", encoding="utf-8") as file:
            file.write(config)
        gateway.start()
        gateway.wait_ready()

    def test_a_flapping_network_loses_nothing_and_leaks_nothing(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway = self.gateway(self.config(source, ["durability: 0s"]), BROKER=broker.port)
        receipts = self.receipts_at(broker)

        def flap(times):
            for _ in range(times):
                some = len(broker.publishes.all()) + 20
                broker.publishes.wait_until(lambda items, most=some: len(items) >= most,
                                            "the sessions to come back", 60)
                broker.drop()
        flap(short_or_long(1, 10))
        self.wait_given(source, 50)
        before = self.resources(gateway)
        flap(short_or_long(2, 300))
        broker.publishes.wait_until(lambda items, most=len(broker.publishes.all()) + 20:
                                    len(items) >= most, "the sessions to come back", 60)

        seen = {}

        def as_before():
            now = self.resources(gateway)
            seen.update(now)
            return all(now[what] <= before[what] + most for what, most in ONCE.items()
                       if what in now)
        try:
            self.poll(as_before, "resources as before")
        except AssertionError as error:
            raise AssertionError(f"{error}: {before} became {seen}") from None
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)

    @staticmethod
    def resources(gateway):
        with open(f"/proc/{gateway.pid}/status", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        found = {"descriptors": len(os.listdir(f"/proc/{gateway.pid}/fd")),
                 "threads": int(fields["Threads"])}
        with open(f"/proc/{gateway.pid}/maps", encoding="utf-8") as file:
            sanitized = re.search(r"lib(a|t|ub)san\.so", file.read())
        if not sanitized:  # a sanitizer keeps what was freed, to see who still uses it
            found["kib"] = int(fields["VmRSS"].split()[0])
        return found


if __name__ == "__main__":
    unittest.main()

"""Fault 1 and the broker's ends, at the whole gateway: kill -9, restarts and resets at random by
seed, and every accepted reading arrives, in order."""
import signal
import time
import unittest

from fieldway_test.faults import Faults
from fieldway_test.promises import assert_promises, repetitions
from fieldway_test.seeds import LONG, chosen_seed, short_or_long

from gateway_rig import IN_FLIGHT, GatewayRig

JOURNAL_SECONDS = 5.0  # what a crash may deliver again: acknowledgements that wait for the journal
SLACK = 2.0  # of a busy machine, for whatever is bounded by a time
STREAMS = 6  # 2 devices, 3 lanes


class Kills(GatewayRig):
    def kill_and_start(self, gateway, crashes):
        gateway.kill()
        crashes.append(time.monotonic())
        gateway.start()
        gateway.wait_ready()

    def die_at_a_call(self, gateway, faults, number, crashes):
        """Killed at its number-th call to the file system from now on. Its broker is away: with
        one that acknowledges in time there would be few."""
        faults.plan(f"tear@any:{number}")
        self.poll(lambda: not gateway.running or faults.counts()["any"] >= number,
                  f"call {number} of the store", 60)
        faults.plan("")
        self.kill_and_start(gateway, crashes)

    def gateway_with_faults(self, config, broker):
        gateway = self.gateway(config, wait_ready=False, BROKER=broker.port)
        gateway.kill()
        faults = Faults(self.folder + "/faults", gateway.folder + "/state")
        self.addCleanup(faults.close)
        gateway.env = faults.env(gateway.env)
        gateway.start()
        gateway.wait_ready()
        return gateway, faults

    def assert_few_repetitions(self, receipts, crashes, breaks):
        """Of each stream: what was in flight at each break, and what it received within the last
        journal interval before a crash."""
        for key, numbers in receipts.numbers.items():
            recent = sum(any(0 <= crash - at <= JOURNAL_SECONDS + SLACK for crash in crashes)
                         for at in receipts.times[key])
            most = recent + (breaks + len(crashes)) * IN_FLIGHT
            self.assertLessEqual(repetitions(numbers), most, key)

    def run_against_our_broker(self, seed, durability, window, events):
        dice = self.dice(seed)
        broker = self.ledger_broker()
        source = self.source()
        gateway, faults = self.gateway_with_faults(
            self.config(source, [f"durability: {durability}",
                                 f"lanes: {{ alarm: {{ durability: {durability} }} }}"]), broker)
        receipts, crashes, breaks = self.receipts_at(broker), [], 0
        for _ in range(events):
            self.wait_given(source, dice.randrange(20, 250))
            what = dice.choice(["kill", "call", "reset", "away"])
            if what == "kill":
                self.kill_and_start(gateway, crashes)
            elif what == "call":
                broker.crash()
                self.die_at_a_call(gateway, faults, dice.randrange(1, 20), crashes)
                broker.start()
                breaks += 1
            elif what == "reset":
                broker.drop()
                breaks += 1
            else:  # killed and started while the broker is away, too
                broker.crash()
                self.wait_given(source, dice.randrange(20, 250))
                if dice.random() < 0.7:
                    self.kill_and_start(gateway, crashes)
                    self.wait_given(source, dice.randrange(5, 100))
                broker.start()
                breaks += 1
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts, crashes, window, SLACK)
        self.assert_few_repetitions(receipts, crashes, breaks)
        self.assertGreater(sum(map(len, source.accepted.values())), 100)

    def test_without_a_window_no_accepted_reading_is_missing(self):
        self.run_against_our_broker(chosen_seed(), "0s", 0.0, short_or_long(4, 150))

    def test_with_a_window_at_most_the_window_is_gone(self):
        self.run_against_our_broker(chosen_seed(), "1s", 1.0, short_or_long(4, 150))

    def test_restarts_of_a_real_broker_and_kills_lose_nothing(self):
        seed = chosen_seed()
        dice = self.dice(seed)
        broker = self.broker()
        subscriber = self.subscriber(broker, "site/#")
        source = self.source()
        gateway = self.gateway(self.config(source, ["durability: 0s"]), BROKER=broker.port)
        crashes = []
        for _ in range(short_or_long(3, 80)):
            self.wait_given(source, dice.randrange(20, 200))
            if dice.random() < 0.5:
                self.kill_and_start(gateway, crashes)
            else:
                broker.stop()
                self.wait_given(source, dice.randrange(20, 200))
                broker.start()
        receipts = self.receipts_of(subscriber)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts, crashes, 0.0, SLACK)

    def test_a_stop_and_a_start_lose_and_repeat_nothing(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway = self.gateway(self.config(source, ["durability: 1s"]), BROKER=broker.port)
        receipts = self.receipts_at(broker)
        for _ in range(short_or_long(2, 20)):
            self.wait_given(source, 100)
            self.assert_stops_in_time(gateway)
            gateway.kill()
            gateway.start()
            gateway.wait_ready()
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)
        for key, numbers in receipts.numbers.items():
            self.assertEqual(repetitions(numbers), 0, key)

    @unittest.skipUnless(LONG, "the long lane's: a broker takes its time to give a session up")
    def test_a_pause_of_the_process_harms_nothing(self):
        """Fault 55: SIGSTOP, and SIGCONT after the broker has given it up."""
        broker = self.broker()
        subscriber = self.subscriber(broker, "site/#")
        source = self.source()
        gateway = self.gateway(self.config(source, ["durability: 0s"]), BROKER=broker.port)
        self.wait_given(source, 50)
        gateway.send(signal.SIGSTOP)
        broker.wait_log(r"exceeded timeout|Client (ONE|TWO) .*disconnect", 1, 60)
        gateway.send(signal.SIGCONT)
        self.wait_given(source, 50)
        receipts = self.receipts_of(subscriber)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)


if __name__ == "__main__":
    unittest.main()

"""Faults 12, 13 and 55 at the store: calls that fail once or for long, that do half, that are
interrupted."""
import os
import random
import tempfile
import unittest

from fieldway_test.seeds import chosen_seed, short_or_long
from fieldway_test.store_driver import KEPT, KILLED, StoreDriver

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SOME = "steps 60"
BACK = "maintain 30"  # well beyond the interval at which a degraded store tries again

# While these last, nothing can be stored: the store says so and takes nothing.
BLOCKADES = ("EIO@sync:1-", "EIO@write:1-", "ENOSPC@write:1- ENOSPC@allocate:1-",
             "EROFS@write:1- EROFS@open:1- EROFS@allocate:1- EROFS@rename:1- EROFS@remove:1-",
             "short@write:1- EIO@sync:1-")
# These a store gets over without a word.
HARMLESS = ("short@write:1-9", "EINTR@write:1 EINTR@write:3 EINTR@write:8",
            "slow=20@sync:1-20", "EINTR@allocate:1 EINTR@lock:1")
# What each call can fail with, in a storm.
ERRORS = {"open": ["EMFILE"], "write": ["EIO", "ENOSPC", "EROFS"], "sync": ["EIO", "ENOSPC"],
          "rename": ["EIO", "ENOSPC", "EROFS"], "remove": ["EIO", "EROFS"],
          "allocate": ["EIO", "ENOSPC"], "truncate": ["EIO", "EROFS"]}


class DiskFaults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fieldway-faults-", dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def store(self, seed):
        store = StoreDriver(seed, os.path.join(self.folder, f"queue-{seed}"), self.folder)
        self.addCleanup(store.close)
        return store

    def leashed(self, store, plan=""):
        driver = store.on_a_leash(plan)
        self.addCleanup(driver.close)
        return driver

    def ask(self, driver, command):
        told = driver.ask(command)
        self.assertEqual(told["problems"], [], command)
        return told

    def assert_kept(self, store, where):
        status, told = store.run(0)
        self.assertEqual(status, KEPT, f"seed {store.seed}, {where}: {told}")

    def assert_told_once(self, told, finding):
        """Each opening of the store tells for itself."""
        self.assertIn(finding, told["findings"])
        self.assertLessEqual(told["findings"][finding], told["opens"], told["sentences"])

    def test_while_nothing_can_be_written_nothing_is_accepted_and_then_it_goes_on(self):
        for seed, plan in enumerate(BLOCKADES, start=1):
            with self.subTest(plan=plan, seed=seed):
                store = self.store(seed)
                driver = self.leashed(store)
                before = self.ask(driver, SOME)["stored"]
                store.faults.plan(plan)
                self.assertEqual(self.ask(driver, "commit telemetry 10")["outcome"], "degraded")
                told = self.ask(driver, SOME)
                self.assertTrue(told["degraded"])
                self.assertEqual(told["stored"], before, "stored, though nothing can be")
                self.assert_told_once(told, "degraded")
                store.faults.plan("")
                told = self.ask(driver, BACK)
                self.assertFalse(told["degraded"], told["reason"])
                self.assert_told_once(told, "recovered")
                self.assertNotEqual(self.ask(driver, "commit telemetry 10")["outcome"], "degraded")
                self.ask(driver, SOME)
                self.ask(driver, "compare")
                driver.close()
                self.assert_kept(store, plan)

    def test_a_sync_that_fails_once_costs_no_record_and_confirms_none(self):
        for seed in range(10, 10 + short_or_long(4, 40)):
            with self.subTest(seed=seed):
                store = self.store(seed)
                driver = self.leashed(store)
                self.ask(driver, SOME)
                store.faults.plan(f"EIO@sync:{1 + seed % 4}")
                self.ask(driver, SOME)
                self.ask(driver, BACK)
                self.assertFalse(self.ask(driver, SOME)["degraded"])
                self.ask(driver, "compare")
                driver.close()
                self.assert_kept(store, "after a failed sync")

    def test_half_done_and_interrupted_calls_are_nobodys_business(self):
        for seed, plan in enumerate(HARMLESS, start=20):
            with self.subTest(plan=plan, seed=seed):
                store = self.store(seed)
                driver = self.leashed(store, plan)
                told = self.ask(driver, SOME)
                self.assertNotIn("degraded", told["findings"], told["sentences"])
                self.assertGreater(store.faults.injected(), 0, "no fault was injected")
                driver.close()
                self.assert_kept(store, plan)

    def test_a_start_whose_reads_fail_loses_nothing_for_good(self):
        for seed in range(30, 30 + short_or_long(3, 20)):
            with self.subTest(seed=seed):
                store = self.store(seed)
                store.run(120, "kill@any:200")
                for failing in (1, 2, 4, 7):
                    status, told = store.run(0, f"EIO@read:{failing}")
                    self.assertEqual(status, KEPT, f"read {failing} failed: {told}")
                self.assert_kept(store, "after starts whose reads failed")

    def test_storms_of_faults_and_kills_break_no_promise(self):
        seed = chosen_seed()
        for one in range(seed, seed + short_or_long(4, 80)):
            with self.subTest(seed=one):
                store, dice = self.store(one), random.Random(one)
                for life in range(8):
                    calls = dice.choices(list(ERRORS), k=dice.randrange(1, 6))
                    rules = [f"{dice.choice(ERRORS[call])}@{call}:{dice.randrange(1, 40)}"
                             for call in calls]
                    plan = " ".join([f"kill@any:{dice.randrange(50, 400)}"] + rules)
                    status, told = store.run(150, plan)
                    self.assertIn(status, (KILLED, KEPT), f"life {life}, {plan}: {told}")
                self.assert_kept(store, "after the storm")


if __name__ == "__main__":
    unittest.main()

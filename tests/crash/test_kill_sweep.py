"""Faults 1 and 2: a store's process killed at its k-th call to the file system."""
import os
import random
import shutil
import tempfile
import unittest

from fieldway_test.seeds import LONG, chosen_seed, short_or_long
from fieldway_test.store_driver import BROKEN, KEPT, KILLED, StoreDriver

# The sweep itself needs no disk: what a killed process wrote is in the kernel.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
STEPS = 120
# Scripts that once found a fault, rerun each time with the steps it took. 654060: a read that
# ended inside an extent never returned.
FOUND = {654060: 400, 822965: 400, 822969: 400}
# 406202: a write that ended within its frame's header was taken for damage.
FOUND_BY_KILLS = [406202]
# A kill leaves at most an unfinished write. Anything else that a start finds is damage of our own.
HARMLESS = {"torn_tail", "evicted"}


class KillSweep(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fieldway-kill-", dir=MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def store(self, seed):
        store = StoreDriver(seed, os.path.join(self.folder, f"queue-{seed}"), self.folder)
        self.addCleanup(store.close)
        return store

    def forget(self, store):
        shutil.rmtree(store.folder, ignore_errors=True)
        if os.path.exists(store.ledger):
            os.unlink(store.ledger)

    def assert_kept(self, store, where, steps=0):
        status, told = store.run(steps)
        self.assertEqual(status, KEPT, f"seed {store.seed}, {where}: {told}")
        strange = set(told["findings"]) - HARMLESS
        self.assertFalse(strange, f"seed {store.seed}, {where}: {told['sentences']}")
        self.assertEqual(told["dead_gone"], 0, f"seed {store.seed}, {where}: dead letters are gone")
        return told

    def calls_of(self, store):
        """Of one undisturbed run."""
        status, told = store.run(STEPS)
        self.assertEqual(status, KEPT, f"seed {store.seed}, undisturbed: {told}")
        calls = store.faults.counts()["any"]
        self.assert_kept(store, "after an undisturbed run")
        self.forget(store)
        return calls

    def test_scripts_that_once_found_a_fault_find_none(self):
        for seed, steps in FOUND.items():
            store = self.store(seed)
            status, told = store.run(steps)
            self.assertEqual(status, KEPT, f"seed {seed}: {told}")
            self.assert_kept(store, "after a script that once found a fault")

    def test_kills_that_once_found_a_fault_find_none(self):
        for seed in FOUND_BY_KILLS:
            self.sweep(seed, 13)

    def sweep(self, seed, every):
        store = self.store(seed)
        calls = self.calls_of(store)
        for k in range(1 + seed % every, calls + 1, every):
            # A torn write is what a kill in the middle of the call leaves.
            plan = f"{'kill' if k % 2 else 'tear'}@any:{k}"
            status, told = store.run(STEPS, plan)
            self.assertEqual(status, KILLED, f"seed {seed}, {plan} of {calls}: {told}")
            self.assert_kept(store, plan)
            self.forget(store)

    def test_killed_at_any_call_nothing_accepted_is_lost(self):
        seed = chosen_seed()
        for one in range(seed, seed + short_or_long(1, 6)):
            with self.subTest(seed=one):
                self.sweep(one, 1 if LONG else 13)

    def test_a_life_of_kills_loses_nothing(self):
        """Each run goes on where the last was killed, in its recovery or later."""
        seed = chosen_seed()
        for one in range(seed, seed + short_or_long(2, 60)):
            with self.subTest(seed=one):
                store, dice = self.store(one), random.Random(one)
                for life in range(25):
                    plan = f"{dice.choice(['kill', 'tear'])}@any:{dice.randrange(1, 120)}"
                    status, told = store.run(STEPS, plan)
                    self.assertIn(status, (KILLED, KEPT), f"seed {one}, life {life}: {told}")
                    self.assertFalse(set(told.get("findings", ())) - HARMLESS, told)
                self.assert_kept(store, "after 25 lives", STEPS)

    def test_five_kills_in_a_row_during_recovery_change_nothing(self):
        seed = chosen_seed()
        for one in range(seed, seed + short_or_long(3, 100)):
            with self.subTest(seed=one):
                store, dice = self.store(one), random.Random(one)
                store.run(STEPS, f"tear@any:{dice.randrange(50, 300)}")
                for _ in range(5):
                    store.run(0, f"{dice.choice(['kill', 'tear'])}@any:{dice.randrange(1, 25)}")
                self.assert_kept(store, "after five killed recoveries")

    def test_a_store_that_loses_its_writes_does_not_pass(self):
        """The rig sees what it is for: a write that says it succeeded and did nothing."""
        seen = 0
        for seed in range(1, 6):
            store = self.store(seed)
            first, _ = store.run(STEPS, "skip@write:20-")
            second, _ = store.run(0)
            seen += BROKEN in (first, second)
        self.assertEqual(seen, 5, "lost writes were not noticed")


if __name__ == "__main__":
    unittest.main()

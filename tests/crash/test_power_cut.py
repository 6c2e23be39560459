"""Fault 3: the power of the store's disk is cut at a call to the file system, by the ext4 shutdown
ioctl: what was not synced is gone, what comes later gives EIO. Needs root and loop devices."""
import os
import random
import tempfile
import unittest

from fieldway_test.image import MIB, Image, needs_mounts
from fieldway_test.seeds import chosen_seed, short_or_long
from fieldway_test.store_driver import BROKEN, KEPT, KILLED, StoreDriver

STEPS = 150
# How ext4 may order data and its own records; with `writeback` a file can have its new size before
# its data, so that what lies there is zeros or old bytes.
MODES = ("data=ordered", "data=writeback", "data=ordered,nodelalloc")


class PowerCut(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fieldway-power-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        needs_mounts(self.folder)

    def disk(self, name, mode):
        image = Image(os.path.join(self.folder, name), 48 * MIB, f"errors=remount-ro,{mode}")
        self.addCleanup(image.close)
        image.start()
        return image

    def store(self, seed, image):
        store = StoreDriver(seed, image.path("queue"), self.folder)
        self.addCleanup(store.close)
        return store

    # The first rule that a call meets counts: the cut stands first.
    def life(self, store, image, dice, more=""):
        """One run that ends with the power; gives what it told when it came to its end before."""
        cut = dice.choice(["cut", "cut", "cut-log"])
        plan = f"{cut}@any:{dice.randrange(1, 250)}{more}"
        status, told = store.run(STEPS, plan)
        self.assertIn(status, (KILLED, KEPT), f"seed {store.seed}, {plan}: {told}")
        image.power_back()
        return told

    def cuts(self, seed, cuts):
        dice = random.Random(seed)
        image = self.disk(f"disk-{seed}", dice.choice(MODES))
        store = self.store(seed, image)
        for _ in range(cuts):
            # A sync that failed once has no promise; what it was for must not be called stored.
            failing = f" EIO@sync:{dice.randrange(1, 40)}" if dice.random() < 0.2 else ""
            self.life(store, image, dice, failing)
        status, told = store.run(0)
        self.assertEqual(status, KEPT, f"seed {seed}, after {cuts} cuts: {told}")
        self.assertEqual(told["dead_gone"], 0, f"seed {seed}: dead letters are gone")
        image.close()
        image.check()

    def test_what_was_accepted_is_there_after_the_power_was_cut(self):
        seed = chosen_seed()
        for one in range(seed, seed + short_or_long(2, 40)):
            with self.subTest(seed=one):
                self.cuts(one, short_or_long(8, 30))

    def test_a_store_that_does_not_sync_does_not_pass(self):
        """The rig sees what it is for: fdatasync and fsync say they succeeded and do nothing."""
        seen = 0
        for seed in range(1, 4):
            dice = random.Random(seed)
            image = self.disk(f"unsynced-{seed}", MODES[0])
            store = self.store(seed, image)
            status, _ = store.run(STEPS, f"cut@any:{dice.randrange(150, 250)} skip@sync:1-")
            self.assertEqual(status, KILLED)
            image.power_back()
            status, told = store.run(0)
            seen += status == BROKEN and any("lost" in text for text in told["problems"])
        self.assertEqual(seen, 3, "a store that does not sync was not noticed")


if __name__ == "__main__":
    unittest.main()

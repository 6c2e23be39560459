"""Faults 8 to 11 at the store: a disk that is full, that somebody else fills, that can only be
read. Needs root and loop devices."""
import os
import tempfile
import unittest

from fieldway_test.image import MIB, Image, needs_mounts
from fieldway_test.seeds import short_or_long
from fieldway_test.store_driver import KEPT, StoreDriver

SOME = "steps 60"
BACK = "maintain 30"  # well beyond the interval at which a degraded store tries again
KIB = 1024


class DiskFull(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fieldway-full-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        needs_mounts(self.folder)

    def disk(self, name, size=8 * MIB):
        image = Image(os.path.join(self.folder, name), size)
        self.addCleanup(image.close)
        image.start()
        return image

    def store(self, seed, image):
        store = StoreDriver(seed, image.path("queue"), self.folder)
        self.addCleanup(store.close)
        return store

    def leashed(self, store):
        driver = store.on_a_leash()
        self.addCleanup(driver.close)
        return driver

    def ask(self, driver, command):
        told = driver.ask(command)
        self.assertEqual(told["problems"], [], command)
        return told

    def assert_kept(self, store, where):
        status, told = store.run(0)
        self.assertEqual(status, KEPT, f"seed {store.seed}, {where}: {told}")
        return told

    def assert_back(self, driver):
        told = self.ask(driver, BACK)
        self.assertFalse(told["degraded"], told["reason"])
        self.assertEqual(self.ask(driver, "flush")["outcome"], "stored")
        self.ask(driver, SOME)
        self.ask(driver, "compare")

    def seeds(self, count):
        return range(1, 1 + count)

    def test_a_foreign_process_that_eats_the_disk_costs_no_promise_and_no_alarm(self):
        # A snapshot for new sequences spent the ballast, and telemetry took its place.
        found = (8, 25)
        for seed in (*self.seeds(2), *short_or_long(found, self.seeds(30)[2:])):
            with self.subTest(seed=seed):
                image = self.disk(f"eaten-{seed}")
                store = self.store(seed, image)
                driver = self.leashed(store)
                self.ask(driver, SOME)
                image.fill()
                for _ in range(20):
                    self.ask(driver, "commit telemetry 50")
                self.assertEqual(self.ask(driver, "commit alarm 3")["outcome"], "stored")
                self.ask(driver, SOME)
                image.free()
                self.assert_back(driver)
                driver.close()
                self.assert_kept(store, "after the disk was full")

    def test_a_full_disk_gives_room_again_as_records_are_acknowledged(self):
        image = self.disk("acknowledged")
        store = self.store(5, image)
        driver = self.leashed(store)
        for _ in range(20):
            self.ask(driver, "commit telemetry 50")
        image.fill()
        self.ask(driver, "commit telemetry 50")
        self.ask(driver, "acknowledge")
        told = self.ask(driver, BACK)
        self.assertFalse(told["degraded"], told["reason"])
        self.assertEqual(self.ask(driver, "commit telemetry 5")["outcome"], "stored")
        driver.close()
        self.assert_kept(store, "after acknowledgements made room")

    def test_a_start_on_a_full_disk_finds_everything(self):
        for seed in self.seeds(short_or_long(1, 20)):
            for leave in (0, 3 * KIB, 40 * KIB):
                with self.subTest(seed=seed, leave=leave):
                    image = self.disk(f"start-{seed}-{leave}")
                    store = self.store(seed, image)
                    store.run(120, "kill@any:250")
                    image.fill(leave)
                    self.assert_kept(store, "on a full disk")
                    driver = self.leashed(store)  # and seals, compacts, writes its journal there
                    self.ask(driver, SOME)
                    self.ask(driver, BACK)
                    image.free()
                    self.assert_back(driver)
                    driver.close()
                    self.assert_kept(store, "after it was full")
                    image.close()

    def test_a_disk_that_was_always_full_starts_and_waits(self):
        image = self.disk("always")
        image.fill()
        store = self.store(3, image)
        driver = self.leashed(store)
        self.assertTrue(driver.opened["degraded"], "it cannot hold anything")
        self.assertEqual(self.ask(driver, "commit telemetry 10")["outcome"], "degraded")
        image.free()
        self.assert_back(driver)
        driver.close()
        self.assert_kept(store, "after it had been full from the first day")

    def test_a_file_system_that_turns_read_only_is_told_once_and_still_read(self):
        image = self.disk("error")
        store = self.store(4, image)
        driver = self.leashed(store)
        self.ask(driver, SOME)
        image.trigger_error()
        self.assertEqual(self.ask(driver, "commit telemetry 10")["outcome"], "degraded")
        self.ask(driver, SOME)
        told = self.ask(driver, BACK)
        self.assertTrue(told["degraded"])
        self.assertLessEqual(told["findings"]["degraded"], told["opens"], "told once")
        self.ask(driver, "compare")
        driver.close()
        image.power_back()  # the kernel wants such a file system mounted anew
        self.assert_kept(store, "after it was read-only")
        driver = self.leashed(store)
        self.assert_back(driver)

    def test_a_start_on_a_read_only_disk_reads_everything_and_comes_back(self):
        image = self.disk("read-only")
        store = self.store(6, image)
        store.run(120, "kill@any:250")
        image.remount("ro")
        self.assert_kept(store, "on a disk that can only be read")
        driver = self.leashed(store)
        self.assertTrue(driver.opened["degraded"])
        self.ask(driver, SOME)
        image.remount("rw")
        self.assert_back(driver)
        driver.close()
        self.assert_kept(store, "after it could only be read")


if __name__ == "__main__":
    unittest.main()

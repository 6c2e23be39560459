"""Faults 8 and 11 to 13 at the whole gateway: a disk that fails, fills or takes seconds stops
neither polling nor live delivery, is told once, and is left by itself."""
import os
import unittest

from fieldway_test.faults import Faults
from fieldway_test.image import MIB, Image, needs_mounts
from fieldway_test.promises import assert_promises

from gateway_rig import GatewayRig

MEMORY_MODE = r"queue\.memory"
BACK_ON_DISK = r"queue\.durable"


class Disk(GatewayRig):
    def gateway_with_faults(self, config, broker):
        gateway = self.gateway(config, wait_ready=False, BROKER=broker.port)
        gateway.kill()
        faults = Faults(self.folder + "/faults", gateway.folder + "/state")
        self.addCleanup(faults.close)
        gateway.env = faults.env(gateway.env)
        gateway.start()
        gateway.wait_ready()
        return gateway, faults

    def wait_received(self, receipts, more):
        """So many more numbers, of all streams."""
        count = 0

        def enough(_, number):
            nonlocal count
            count += number is not None
            return count >= more
        receipts.wait(enough, f"{more} more messages", 60)

    def assert_told_once(self, gateway, pattern):
        told = gateway.wait_log(pattern)
        self.assertEqual(len([line for line in gateway.log() if line in told]), 1, told)

    def test_a_disk_that_fails_is_told_once_and_live_data_flows(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway, faults = self.gateway_with_faults(
            self.config(source, ["durability: 1s"]), broker)
        receipts = self.receipts_at(broker)
        self.wait_received(receipts, 100)
        faults.plan("EIO@sync:1- EIO@write:1-")
        gateway.wait_log(MEMORY_MODE)
        self.wait_received(receipts, 400)
        faults.plan("")
        gateway.wait_log(BACK_ON_DISK, 1, 60)
        self.wait_received(receipts, 100)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)
        for pattern in (MEMORY_MODE, BACK_ON_DISK):
            self.assert_told_once(gateway, pattern)

    def test_a_sync_of_seconds_delays_no_live_message(self):
        broker = self.ledger_broker()
        source = self.source()
        gateway, faults = self.gateway_with_faults(
            self.config(source, ["durability: 1s"]), broker)
        receipts = self.receipts_at(broker)
        self.wait_received(receipts, 100)
        faults.plan("slow=2000@sync:1-3")
        self.poll(lambda: faults.injected() >= 2, "syncs that take seconds", 60)
        self.wait_received(receipts, 200)
        faults.plan("")
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)
        for key, given in source.given.items():
            late = max(at - given[number] for number, at in
                       zip(receipts.numbers[key], receipts.times[key]))
            self.assertLess(late, 1.5, f"{key}: a live message was late by a slow disk")

    def test_a_full_disk_takes_nothing_from_live_data_and_is_left_by_itself(self):
        needs_mounts(self.folder)
        disk = Image(os.path.join(self.folder, "disk"), 8 * MIB)
        self.addCleanup(disk.close)
        disk.start()
        broker = self.ledger_broker()
        source = self.source()
        config = self.config(source, ["durability: 1s"], most_unanswered=1000).replace(
            "queue:\n", f"gateway: {{ state_dir: {disk.folder} }}\nqueue:\n", 1)
        gateway = self.gateway(config, BROKER=broker.port)
        receipts = self.receipts_at(broker)
        self.wait_received(receipts, 100)
        disk.fill()
        broker.crash()
        self.wait_given(source, 300)
        broker.start()
        self.wait_received(receipts, 400)
        disk.free()
        self.wait_given(source, 200)
        self.finish(source, receipts, gateway)
        assert_promises(self, source, receipts)


if __name__ == "__main__":
    unittest.main()

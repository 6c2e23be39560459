"""A gateway that counts for its life: what the tests of the whole gateway share."""
import os
import random
import sys
import time

from fieldway_test import LedgerBroker, SystemTest
from fieldway_test.promises import (POINTS, Receipts, SourceLedger, of_ledger_broker, of_subscriber,
                                    wait_until_received)
from fieldway_test.waiting import PATIENCE

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counting_program.py")
IN_FLIGHT = 16

CONFIG = """
queue:
  journal: placeholder
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/{device}/{subtopic}" }
    keepalive: 5s
    limits: { in_flight: 16, connects_per_second: 100, messages_per_second: 100000 }
inputs:
  - { name: source, plugin: exec, command: COMMAND }
devices:
DEVICES"""

DEVICE = """
  - id: {name}
    uplink: broker
    input: source
    address: {{ key: {name} }}
    points:
      [{{ name: n }}, {{ name: a }}, {{ name: b }},
       {{ name: pad_n }}, {{ name: pad_a }}, {{ name: pad_b }}]
    messages:
      - {{ points: [n{pad_n}] }}
      - {{ subtopic: alarm, points: [a{pad_a}], lane: alarm }}
      - {{ subtopic: bulk, points: [b{pad_b}], lane: bulk }}
"""


class GatewayRig(SystemTest):
    def source(self):
        folder = os.path.join(self.folder, "source")
        os.makedirs(folder, exist_ok=True)
        return SourceLedger(folder)

    def config(self, source, queue, devices=("ONE", "TWO"), pace_ms=5, most_unanswered=200, pad=0):
        """`queue`: the lines of the queue section, without their indentation."""
        command = [sys.executable, PROGRAM, source.folder, str(pace_ms), str(most_unanswered),
                   str(pad), *devices]
        pads = {f"pad_{point}": f", pad_{point}" if pad else "" for point in POINTS}
        section = "".join(f"  {line}\n" for line in queue)
        return (CONFIG.replace("  journal: placeholder\n", section)
                .replace("COMMAND", "[" + ", ".join(f"'{word}'" for word in command) + "]")
                .replace("DEVICES", "".join(DEVICE.format(name=name, **pads)
                                            for name in devices)))

    def ledger_broker(self):
        return self._started(LedgerBroker())

    def receipts_at(self, broker):
        return Receipts(broker.publishes, of_ledger_broker)

    def receipts_of(self, subscriber):
        return Receipts(subscriber.lines, of_subscriber)

    def wait_given(self, source, more, seconds=3 * PATIENCE):
        """Until the source has written so many more lines."""
        wanted = source.lines() + more
        self.poll(lambda: source.lines() >= wanted, f"{more} more lines of the source", seconds)

    def poll(self, condition, what, seconds=PATIENCE):
        """Looks until it is true: for what nothing tells."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {seconds} s")
            # sleeps because a file and a folder tell nobody when they grow
            time.sleep(0.02)

    def finish(self, source, receipts, gateway):
        """Ends the counting, waits for all that was accepted, stops the gateway."""
        source.pace("stop")
        self.poll(lambda: source.read().done, "an answer for all that was given")
        wait_until_received(source, receipts, source.accepted)
        self.assert_stops_in_time(gateway)
        receipts.take()

    def dice(self, seed):
        return random.Random(seed)


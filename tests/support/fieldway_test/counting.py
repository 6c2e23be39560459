"""Devices that count, and what must be true of what arrives, whatever happens on the way.

C1: what was made is received at least once. C2: the first receipts of a device are in order.
C3: how often it is received again is bounded.
"""
import collections
import json
import os

from .case import SystemTest
from .ledger_broker import LedgerBroker

HEAD = """
log: {{ level: debug }}
{queue}
uplinks:
  - name: up
    platform: generic
    url: mqtt://127.0.0.1:${{BROKER}}
    mqtt_version: {version}
    topics: {{ uplink: "{{device}}/{{subtopic}}" }}
    limits: {{ in_flight: {in_flight} }}
inputs:
  - {{ name: script, plugin: exec, command: [/bin/sh, "${{SCRIPT}}"] }}
devices:
"""
DEVICE = "  - {{ id: {id}, uplink: up, input: script, address: {{ key: {id} }} }}\n"

# Each device counts on by as many as lines come out of the pipe; `pad` makes messages longer.
COUNTER = """
n=0
while read pad; do
  n=$((n+1))
  for key in %s; do echo '{"key":"'$key'","values":{"n":'$n',"pad":"'$pad'"}}'; done
done <"%s"
cat >/dev/null
"""

# A python program: every PAUSE seconds each KEY says its next number. What is missing shows.
STREAM = """
import itertools, json, sys, time
for n in itertools.count(1):
    for key in sys.argv[2:]:
        print(json.dumps({"key": key, "values": {"n": n}}), flush=True)
    # sleeps because a device is read now and then
    time.sleep(float(sys.argv[1]))
"""


def number_of(receipt):
    return json.loads(receipt.payload)["n"]


def numbers_by_device(receipts):
    numbers = collections.defaultdict(list)
    for receipt in receipts:
        numbers[receipt.client].append(number_of(receipt))
    return numbers


class CountingTest(SystemTest):
    def ledger(self, **answers):
        return self._started(LedgerBroker(**answers))

    def counting_gateway(self, broker, devices, version="5", in_flight=16, queue=""):
        """(the gateway, function that lets each device count on by so many)"""
        pipe = os.path.join(self.folder, "go")
        os.mkfifo(pipe)
        descriptor = os.open(pipe, os.O_RDWR)  # both ways: neither end ever waits for the other
        self.addCleanup(os.close, descriptor)
        script = self.file("counter.sh", COUNTER % (" ".join(devices), pipe))
        head = HEAD.format(version=version, in_flight=in_flight, queue=queue)
        gateway = self.gateway(head + "".join(DEVICE.format(id=name) for name in devices),
                               BROKER=broker.port, SCRIPT=script)
        return gateway, lambda count, pad="x": os.write(descriptor, (pad + "\n").encode() * count)

    def wait_numbers(self, broker, devices, numbers, seconds=60):
        """Until each device's numbers were received by a connection that was not cut."""
        wanted = set(numbers)
        broker.publishes.wait_until(
            lambda all_: all(wanted <= set(numbers_by_device(all_)[name]) for name in devices),
            f"{len(wanted)} numbers of each of {len(devices)} devices", seconds)

    def assert_counted(self, receipts, devices, numbers, most_repeats):
        """C1, C2 and C3; `most_repeats` is of each device."""
        received = numbers_by_device(receipts)
        for name in devices:
            first = list(dict.fromkeys(received[name]))
            self.assertEqual(first, list(numbers), name)
            self.assertLessEqual(len(received[name]) - len(first), most_repeats, name)

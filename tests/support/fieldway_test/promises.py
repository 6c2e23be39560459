"""The oracle of whole-gateway tests: what a source was told, against what a broker received."""
import json
import os
from collections import Counter, defaultdict

from .broker import Message
from .waiting import PATIENCE

POINTS = {"n": "", "a": "/alarm", "b": "/bulk"}  # of counting_program.py, and their subtopics
GAP = "/gateway/gap"


class SourceLedger:
    """What counting_program.py wrote down: {(device, point): {number: time}} for each letter."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "ledger")
        with open(self.path, "ab"):
            pass
        self.given, self.accepted, self.refused = ({} for _ in range(3))
        self.done = False  # it was told to stop, and has an answer for all that it gave

    def lines(self):
        with open(self.path, "rb") as file:
            return file.read().count(b"\n")

    def pace(self, text):
        path = os.path.join(self.folder, "pace")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(text))
        os.rename(path + ".new", path)

    def read(self):
        by_letter = {letter: defaultdict(dict) for letter in "GARD"}
        with open(self.path, encoding="ascii") as file:
            for line in file:
                letter, device, point, number, at = line.split()
                by_letter[letter][device, point][int(number)] = float(at)
        self.given, self.accepted, self.refused = (by_letter[letter] for letter in "GAR")
        self.done = bool(by_letter["D"])
        return self


def of_ledger_broker(received):
    return received.topic, received.payload, received.at


def of_subscriber(line):
    message = Message(line)
    return message.topic, message.payload, None


class Receipts:
    """What arrived, in the order of its arrival: of each (device, point) its numbers.

    `events` is filled by the broker's side; `unpack` makes (topic, payload, time) of one.
    """

    def __init__(self, events, unpack, root="site/"):
        self._events = events
        self._unpack = unpack
        self._taken = 0
        self._root = root
        self.numbers = defaultdict(list)  # with repetitions
        self.times = defaultdict(list)
        self.gaps = defaultdict(list)

    def take(self):
        """Takes in what has arrived since."""
        return self._take(self._events.all(), lambda key, number: False)

    def wait(self, enough, what, seconds=PATIENCE):
        """Takes in what arrives until enough(key, number) is true for one."""
        if not enough(None, None):
            self._events.wait_until(lambda items: self._take(items, enough), what, seconds)
        return self

    def _take(self, items, enough):
        while self._taken < len(items):
            self._taken += 1
            key, number = self._add(*self._unpack(items[self._taken - 1]))
            if enough(key, number):
                return True
        return False

    def _add(self, topic, payload, at):
        name = topic.removeprefix(self._root)
        fields = json.loads(payload)
        if name.endswith(GAP):
            lane = {"telemetry": "n", "alarm": "a", "bulk": "b"}[fields["lane"]]
            self.gaps[name.removesuffix(GAP), lane].append(fields)
            return (name.removesuffix(GAP), lane), None
        for point, subtopic in POINTS.items():
            if point in fields and fields[point] is not None:
                key = name.removesuffix(subtopic) if subtopic else name, point
                self.numbers[key].append(fields[point])
                self.times[key].append(at)
                return key, fields[point]
        return None, None


def missing_of(key, numbers, receipts):
    """Those that neither arrived nor are covered by the counts of the stream's gaps."""
    missing = set(numbers) - set(receipts.numbers[key])
    told = sum(gap["count"] for gap in receipts.gaps[key])
    return set() if len(missing) <= told else missing


def first_receipts(numbers):
    return list(dict.fromkeys(numbers))


def repetitions(numbers):
    return sum(count - 1 for count in Counter(numbers).values())


def assert_promises(test, source, receipts, crashes=(), window=0.0, slack=2.0):
    """C1 and C2 of each stream; what was given and is gone was given within `window` of a crash."""
    source.read()
    for key, given in sorted(source.given.items()):
        accepted = source.accepted.get(key, {})
        lost = missing_of(key, accepted, receipts)
        test.assertFalse(lost, f"{key}: accepted and lost: {sorted(lost)[:20]} "
                               f"({len(lost)} of {len(accepted)})")
        first = first_receipts(receipts.numbers[key])
        falls = [(a, b) for a, b in zip(first, first[1:]) if b < a]
        test.assertFalse(falls, f"{key}: first receipts out of order: {falls[:10]}")
        strangers = set(receipts.numbers[key]) - set(given)
        test.assertFalse(strangers, f"{key}: received and never given: {sorted(strangers)[:20]}")
        for number in missing_of(key, given, receipts):
            at = given[number]
            test.assertTrue(any(0 <= crash - at <= window + slack for crash in crashes),
                            f"{key}: {number} is lost, given at {at:.3f}, crashes at "
                            f"{[round(crash, 3) for crash in crashes]}")


def wait_until_received(source, receipts, numbers, seconds=3 * PATIENCE):
    """Waits until {(device, point): numbers} have arrived or are told as lost."""
    missing = {key: set(of_key) - set(receipts.numbers[key]) for key, of_key in numbers.items()}

    def all_there(key, number):
        if number is not None and key in missing:
            missing[key].discard(number)
        return all(len(left) <= sum(gap["count"] for gap in receipts.gaps[of_key])
                   for of_key, left in missing.items())
    receipts.wait(all_there, "everything that was accepted", seconds)

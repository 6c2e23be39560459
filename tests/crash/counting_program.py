#!/usr/bin/env python3
"""The source-side ledger: a program for the exec input that counts, and writes down what became of
each number.

    counting_program.py FOLDER PACE_MS MOST_UNANSWERED PAD DEVICE...

FOLDER/ledger has a line a number, written before it is given (`G`) and after it was answered (`A`
accepted, `R` refused): letter, device, point, number, monotonic time; and a line `D` when it was
told to stop and has all its answers. Another run counts on from there. Each tick gives one number
of one device: point n (telemetry), every fifth a (alarm), every seventh b (bulk), each with PAD
letters beside it. FOLDER/pace replaces the pace while it runs, `stop` in it ends the counting.
"""
import json
import os
import select
import sys
import time


def point_of(tick):
    return "a" if tick % 5 == 0 else "b" if tick % 7 == 0 else "n"


class Program:
    def __init__(self, folder, pace_ms, most_unanswered, pad, devices):
        self._pace_file = os.path.join(folder, "pace")
        self._pace_ms = pace_ms
        self._most = most_unanswered
        self._pad = pad
        self._devices = devices
        self._counts = {}
        self._unanswered = set()
        path = os.path.join(folder, "ledger")
        self._ledger = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        with open(path, encoding="ascii") as file:
            for line in file:
                letter, device, point, number, _ = line.split()
                if letter == "G":
                    self._counts[device, point] = int(number)

    def _note(self, letter, device, point, number):
        line = f"{letter} {device} {point} {number} {time.monotonic():.4f}\n"
        os.write(self._ledger, line.encode())

    def _pace(self):
        try:
            with open(self._pace_file, encoding="ascii") as file:
                text = file.read().strip()
            return None if text == "stop" else int(text)
        except (OSError, ValueError):
            return self._pace_ms

    def _give(self, device, point):
        number = self._counts.get((device, point), 0) + 1
        self._counts[device, point] = number
        self._note("G", device, point, number)
        name = f"{device} {point} {number}"
        self._unanswered.add(name)
        values = {point: number}
        if self._pad:
            values["pad_" + point] = os.urandom(self._pad // 2).hex()
        print(json.dumps({"id": name, "key": device, "values": values}), flush=True)

    def _take_answers(self, text):
        for line in text.splitlines():
            answer = json.loads(line)
            device, point, number = answer["id"].split()
            self._unanswered.discard(answer["id"])
            self._note("A" if answer["accepted"] else "R", device, point, int(number))

    def run(self):
        tick, rest, due, done = 0, b"", time.monotonic(), False
        while True:
            pace = self._pace()
            if pace is None and not self._unanswered and not done:
                done = True
                self._note("D", "-", "-", 0)
            ready = pace is not None and len(self._unanswered) < self._most
            wait = max(0.0, due - time.monotonic()) if ready else 0.05
            if select.select([0], [], [], wait)[0]:
                data = os.read(0, 65536)
                if not data:
                    return  # the gateway has ended
                whole, _, rest = (rest + data).rpartition(b"\n")
                self._take_answers(whole.decode())
            if ready and time.monotonic() >= due:
                tick += 1
                self._give(self._devices[tick % len(self._devices)], point_of(tick))
                due = max(due + pace / 1000, time.monotonic() - 1)


if __name__ == "__main__":
    Program(sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5:]).run()

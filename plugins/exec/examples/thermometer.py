#!/usr/bin/python3
"""A thermometer that takes a set point: readings out, commands in.

    command: [/usr/local/bin/thermometer.py, "5"]

Ends by itself when the gateway is gone: standard input is then at its end.
"""
import json
import math
import queue
import sys
import threading
import time


def say(line):
    print(json.dumps(line), flush=True)


def listen(lines):
    for line in sys.stdin:
        lines.put(json.loads(line))
    lines.put(None)


def obey(command, state):
    if "command" not in command:
        return  # the answer to an id; this program asks for none
    for name, value in command["write"].items():
        if name != "setpoint":
            say({"command": command["command"], "ok": False, "error": f"no such point: {name}"})
            return
        state["setpoint"] = float(value)
    say({"command": command["command"], "ok": True})


def main():
    every = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    state = {"setpoint": 21.0}
    lines = queue.Queue()
    threading.Thread(target=listen, args=(lines,), daemon=True).start()
    due = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            due += every
            room = state["setpoint"] + 0.5 * math.sin(time.time() / 60)
            values = {"room_temp": round(room, 2), "setpoint": state["setpoint"]}
            say({"key": "c", "values": values})
            continue
        if line is None:
            return
        obey(line, state)


if __name__ == "__main__":
    main()

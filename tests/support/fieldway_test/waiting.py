"""Waiting for events instead of sleeping."""
import threading
import time

PATIENCE = 20.0  # seconds until an event that does not come is a failure


class Events:
    """A growing list that one thread fills and another waits on."""

    def __init__(self):
        self._items = []
        self._changed = threading.Condition()
        self._ended = False

    def put(self, item):
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def end(self):
        """Nothing more will come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def all(self):
        with self._changed:
            return list(self._items)

    def wait_until(self, condition, what, seconds=PATIENCE):
        """Calls condition(items) at each change until it is true; returns what it returned."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                result = condition(self._items)
                if result:
                    return result
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    why = "it ended first" if self._ended else f"not within {seconds} s"
                    last = "\n".join(f"    {item}" for item in self._items[-40:])
                    raise AssertionError(f"{what}: {why}; the last that came:\n{last}")
                self._changed.wait(left)

    def wait_for(self, matches, what, count=1, seconds=PATIENCE):
        """The first `count` items for which matches(item) is true."""
        def enough(items):
            found = [item for item in items if matches(item)]
            return found[:count] if len(found) >= count else None
        return self.wait_until(enough, what, seconds)


def until(condition, seconds=PATIENCE, what=lambda: "it"):
    """For what tells no event, such as a file: looks again and again; returns what it found."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what()}: not within {seconds} s")
        # sleeps because a file tells no event
        time.sleep(0.02)

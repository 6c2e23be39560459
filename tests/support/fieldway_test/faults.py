"""The fault shim (tests/crash/fault_shim.c) from a test's side: the page that both share."""
import struct

from .preload import Preloaded

# struct fault_page of tests/crash/fault_plan.h.
LAYOUT = struct.Struct("=II11Q512s1024s")
CALLS = ("any", "open", "write", "sync", "rename", "remove", "allocate", "truncate", "lock",
         "folder", "read")


class Faults(Preloaded):
    """Faults in calls on files below `root`, of every program that is started with `env`."""

    def __init__(self, path, root):
        super().__init__("crash/fault_shim.so", "FIELDWAY_FAULTS", path, LAYOUT.size)
        self._root = str(root).encode()
        self._generation = 0
        self.plan("")

    def plan(self, text):
        """Rules as fault_plan.h has them; counts start again. A running program obeys at once."""
        self._generation += 1
        packed = LAYOUT.pack(self._generation, 0, *[0] * len(CALLS), self._root, text.encode())
        self._page[4:LAYOUT.size] = packed[4:]
        self._page[:4] = packed[:4]  # last: it says that there is a new plan

    def counts(self):
        fields = LAYOUT.unpack(self._page[:LAYOUT.size])
        return dict(zip(CALLS, fields[2:2 + len(CALLS)]))

    def injected(self):
        return LAYOUT.unpack(self._page[:LAYOUT.size])[1]

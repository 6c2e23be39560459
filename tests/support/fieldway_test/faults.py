"""The fault shim (tests/crash/fault_shim.c) from a test's side: the page that both share."""
import mmap
import os
import struct

# struct fault_page of tests/crash/fault_plan.h.
LAYOUT = struct.Struct("=II11Q512s1024s")
CALLS = ("any", "open", "write", "sync", "rename", "remove", "allocate", "truncate", "lock",
         "folder", "read")


class Faults:
    """Faults in calls on files below `root`, of every program that is started with `env`."""

    def __init__(self, path, root):
        self._root = str(root).encode()
        self._generation = 0
        self.path = str(path)
        with open(self.path, "wb") as file:
            file.write(bytes(LAYOUT.size))
        with open(self.path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), LAYOUT.size)
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

    def env(self, base):
        shim = os.path.join(os.environ["FIELDWAY_BUILD"], "tests", "crash", "fault_shim.so")
        asan = ":".join(filter(None, [base.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {**base, "LD_PRELOAD": shim, "FIELDWAY_FAULTS": self.path, "ASAN_OPTIONS": asan}

    def close(self):
        self._page.close()

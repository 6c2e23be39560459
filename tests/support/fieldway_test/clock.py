"""A wall clock of a program's own (tests/support/clock_shim.c): off, set, synchronised or not."""
import mmap
import os
import struct

# struct page of tests/support/clock_shim.c.
LAYOUT = struct.Struct("=qq")


class Clock:
    def __init__(self, path, ahead=0.0, synchronised=False):
        self.path = str(path)
        with open(self.path, "wb") as file:
            file.write(bytes(LAYOUT.size))
        with open(self.path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), LAYOUT.size)
        self.set(ahead, synchronised)

    def set(self, ahead, synchronised):
        """So many seconds before the true time, seen at once; and what the kernel says of it."""
        self._page[:LAYOUT.size] = LAYOUT.pack(int(ahead * 1000), int(synchronised))

    def env(self, base):
        shim = os.path.join(os.environ["FIELDWAY_BUILD"], "tests", "support", "clock_shim.so")
        asan = ":".join(filter(None, [base.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {**base, "LD_PRELOAD": shim, "FIELDWAY_CLOCK": self.path, "ASAN_OPTIONS": asan}

    def close(self):
        self._page.close()

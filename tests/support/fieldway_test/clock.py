"""A wall clock of a program's own (tests/support/clock_shim.c): off, set, synchronised or not."""
import struct

from .preload import Preloaded

# struct page of tests/support/clock_shim.c.
LAYOUT = struct.Struct("=qq")


class Clock(Preloaded):
    def __init__(self, path, ahead=0.0, synchronised=False):
        super().__init__("support/clock_shim.so", "FIELDWAY_CLOCK", path, LAYOUT.size)
        self.set(ahead, synchronised)

    def set(self, ahead, synchronised):
        """So many seconds before the true time, seen at once; and what the kernel says of it."""
        self._page[:LAYOUT.size] = LAYOUT.pack(int(ahead * 1000), int(synchronised))

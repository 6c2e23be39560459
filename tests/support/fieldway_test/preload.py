"""A library that is loaded into a program before its own, and a page that it and a test share."""
import mmap
import os


class Preloaded:
    """`library`: in the build folder; it finds the page by the variable `name`."""

    def __init__(self, library, name, path, size):
        self._library, self._name = library, name
        self.path = str(path)
        with open(self.path, "wb") as file:
            file.write(bytes(size))
        with open(self.path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), size)

    def env(self, base):
        """That of a program into which it is loaded."""
        library = os.path.join(os.environ["FIELDWAY_BUILD"], "tests", self._library)
        asan = ":".join(filter(None, [base.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {**base, "LD_PRELOAD": library, self._name: self.path, "ASAN_OPTIONS": asan}

    def close(self):
        self._page.close()

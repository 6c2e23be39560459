"""A test that is killed, by a timeout for one, leaves nothing running."""
import os
import signal
import subprocess
import sys
import unittest

from fieldway_test import Process, SystemTest, ends_with

SECONDS = 20
# Starts a process that ignores what asks it to end, and waits to be killed.
DOOMED = """
import signal
from fieldway_test import Process
child = Process("sleep", ["sh", "-c", "trap '' HUP INT TERM PIPE; exec sleep 1000"])
print(child.pid, flush=True)
signal.pause()
"""
NOBODYS = 0  # a parent that no process has, as one that has ended


class KilledTest(SystemTest):
    def test_what_it_started_ends_with_it(self):
        doomed = self._started(Doomed())
        child = self.watched(doomed.child)
        self.assertFalse(child.has_ended(0), "it runs as long as the test does")
        doomed.process.signal(signal.SIGKILL)
        self.assertTrue(child.has_ended(SECONDS))

    def test_a_child_of_a_test_that_has_ended_already_does_not_begin(self):
        run = subprocess.run(["echo", "begun"], preexec_fn=ends_with(NOBODYS), text=True,
                             capture_output=True, timeout=SECONDS, check=False)
        self.assertEqual((run.returncode, run.stdout), (-signal.SIGKILL, ""))


class Doomed:
    def start(self):
        self.process = Process("doomed test", [sys.executable, "-c", DOOMED], env=os.environ)
        self.child = int(self.process.out.wait_for(str.isdigit, "the child's number")[0])

    def close(self):
        self.process.kill()


if __name__ == "__main__":
    unittest.main()

"""A child process whose output lines are events, and which ends with the test."""
import ctypes
import os
import select
import signal
import subprocess
import threading

from .waiting import PATIENCE, Events

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LIBC = ctypes.CDLL(None, use_errno=True)  # here: a child between fork and exec loads nothing


def ends_with(parent):
    """What a child of the process `parent` does before its program: it asks the kernel to be
    killed when the thread that started it ends, so that a test which is killed itself, and cleans
    nothing up, leaves nothing behind."""
    def prepare():
        if LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
        if os.getppid() != parent:  # it ended before that: no signal comes any more
            os.kill(os.getpid(), signal.SIGKILL)
    return prepare


class Process:
    """Started by a thread that lives as long as the test: the child ends with that thread."""

    def __init__(self, name, command, env=None, stdin=None, cwd=None, on_end=lambda: None):
        self.name = name
        self.out = Events()
        self.err = Events()
        self._child = subprocess.Popen(command, env=env, cwd=cwd, stdin=stdin, text=True,
                                       errors="replace", stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, start_new_session=True,
                                       preexec_fn=ends_with(os.getpid()))
        self.stdin = self._child.stdin
        self._readers = [self._read(self._child.stdout, self.out, lambda: None),
                         self._read(self._child.stderr, self.err, on_end)]

    @staticmethod
    def _read(stream, events, on_end):
        def run():
            for line in stream:
                events.put(line.rstrip("\n"))
            events.end()
            on_end()
        reader = threading.Thread(target=run, daemon=True)
        reader.start()
        return reader

    @property
    def pid(self):
        return self._child.pid

    @property
    def running(self):
        return self._child.poll() is None

    def signal(self, number):
        os.kill(self._child.pid, number)

    def wait(self, seconds=PATIENCE):
        """Its exit status, after its last line was read."""
        try:
            status = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds} s; its last lines:\n"
                                 + "\n".join(self.err.all()[-40:])) from None
        self._read_to_the_end()
        return status

    def kill(self):
        """Ends a child that has nothing to tell at its end."""
        if self.running:
            self._child.kill()
            self._child.wait()
        self.close()

    def close(self):
        """Ends it however it takes; a child that does not end at SIGTERM is a failure."""
        killed = False
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                killed = True
                self._child.kill()
                self._child.wait()
        held = not self._read_to_the_end()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None and not held:
                stream.close()
        if killed or held:
            what = "had to be killed" if killed else "left a process that holds its output"
            raise AssertionError(f"{self.name} {what}; its last lines:\n"
                                 + "\n".join(self.err.all()[-40:]))

    def _read_to_the_end(self):
        for reader in self._readers:
            reader.join(PATIENCE)
        return not any(reader.is_alive() for reader in self._readers)


class Watched:
    """A process that somebody else started, by its number."""

    def __init__(self, pid):
        self._pidfd = os.pidfd_open(pid)

    def has_ended(self, seconds):
        """Whether it does within `seconds`; also true of one that nobody has reaped."""
        return bool(select.select([self._pidfd], [], [], seconds)[0])

    def close(self):
        if not self.has_ended(0):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.close(self._pidfd)

"""A child process whose output lines are events, and which ends with the test."""
import os
import subprocess
import threading

from .waiting import PATIENCE, Events


class Process:
    def __init__(self, name, command, env=None, stdin=None, cwd=None):
        self.name = name
        self.out = Events()
        self.err = Events()
        self._child = subprocess.Popen(command, env=env, cwd=cwd, stdin=stdin, text=True,
                                       errors="replace", stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, start_new_session=True)
        self.stdin = self._child.stdin
        self._readers = [self._read(self._child.stdout, self.out),
                         self._read(self._child.stderr, self.err)]

    @staticmethod
    def _read(stream, events):
        def run():
            for line in stream:
                events.put(line.rstrip("\n"))
            events.end()
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
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def close(self):
        """Ends it however it takes."""
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()

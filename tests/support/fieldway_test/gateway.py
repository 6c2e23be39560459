"""The program under test, as its service manager would run it."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from .process import Process
from .waiting import PATIENCE, Events

SECONDS_TO_STOP = 5.0  # what is promised for SIGTERM
ENDED = "(the program ended)"  # among its notifications


def program():
    """The fieldway that was built: $FIELDWAY_BUILD is the build folder."""
    return os.path.join(os.environ["FIELDWAY_BUILD"], "fieldway")


def environment_in(folder, more=None):
    """What the program sees: nothing of this shell but PATH, its directories in `folder`."""
    kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env.update(LANG="C.UTF-8", STATE_DIRECTORY=os.path.join(folder, "state"),
               RUNTIME_DIRECTORY=os.path.join(folder, "run"))
    env.update({name: str(value) for name, value in (more or {}).items()})
    return env


class Gateway:
    """`fieldway run` on a configuration; ready is what it tells its service manager."""

    def __init__(self, folder, config, env=None):
        self.folder = str(folder)
        for name in ("state", "run"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        self.config = os.path.join(self.folder, "fieldway.yaml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(config)
        self.env = environment_in(self.folder, env)
        self.notifications = Events()
        self._notify = None
        self._listener = None
        self._process = None
        self._past_log = []

    def start(self):
        self.notifications = Events()
        self._notify = self._listen()
        self._process = Process("fieldway", [program(), "run", "--config", self.config],
                                env={**self.env, "NOTIFY_SOCKET": self._notify.getsockname()},
                                on_end=lambda: self.notifications.put(ENDED))

    def _listen(self):
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(os.path.join(self.folder, "notify"))

        def run():
            while data := notify.recv(4096):
                for line in data.decode().splitlines():
                    self.notifications.put(line)
        self._listener = threading.Thread(target=run, daemon=True)
        self._listener.start()
        return notify

    def wait_ready(self, seconds=PATIENCE):
        try:
            first = self.notifications.wait_for(lambda line: line in ("READY=1", ENDED), "READY=1",
                                                1, seconds)
            if first == [ENDED]:
                raise AssertionError("it ended before it was ready")
        except AssertionError as error:
            log = "\n".join(self.log())
            raise AssertionError(f"{error}\nlog of the gateway:\n{log}") from None

    def wait_notified(self, *texts):
        """These notifications, in the order in which they came."""
        return self.notifications.wait_for(lambda line: line in texts, " and ".join(texts),
                                           len(texts))

    @property
    def pid(self):
        return self._process.pid

    @property
    def running(self):
        return self._process.running

    def log(self):
        """Of all its lives."""
        if self._process is None:
            return []
        return self._past_log + self._process.err.all() + self._process.out.all()

    def send(self, number):
        self._process.signal(number)

    def kill(self):
        """As by kill -9, or it has died already; start() begins another life in the same folder."""
        self._process.kill()
        self._past_log = self.log()
        self._end_listening()

    def wait_log(self, pattern, count=1, seconds=PATIENCE):
        return self._process.err.wait_for(re.compile(pattern).search, f"log {pattern!r}", count,
                                          seconds)

    def stop(self, number=signal.SIGTERM):
        """(exit status, seconds it took)."""
        began = time.monotonic()
        self._process.signal(number)
        status = self._process.wait(SECONDS_TO_STOP + PATIENCE)
        return status, time.monotonic() - began

    def wait(self, seconds=PATIENCE):
        return self._process.wait(seconds)

    def ask(self, *words):
        """A verb on the running gateway: its result as JSON."""
        return json.loads(self.verb(*words, "--json").stdout)

    def verb(self, *words, check=True):
        run = subprocess.run([program(), *words, "--config", self.config], env=self.env, text=True,
                             capture_output=True, timeout=PATIENCE, check=False)
        if check and run.returncode != 0:
            raise AssertionError(f"fieldway {' '.join(words)}: exit {run.returncode}: {run.stderr}")
        return run

    def close(self):
        if self._process is None:
            return
        try:
            self._process.close()
        finally:
            self._end_listening()

    def _end_listening(self):
        if self._notify is None:
            return
        path = self._notify.getsockname()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", path)  # an empty datagram wakes the reader, then it ends
        self._listener.join()
        self._notify.close()
        self._notify = None
        os.unlink(path)

"""A real mosquitto, and what it delivers."""
import json
import os
import re
import signal
import socket
import time

from .process import Process
from .waiting import PATIENCE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

CONNECT = r"New client connected from \S+ as (\S+)"


class Mosquitto:
    """On a free loopback port that it keeps over a restart; remembers subscriptions by then."""

    ASK_AGAIN = 1.0  # seconds until it is asked again to end
    STARTS = 5  # another process may take the free port first

    def __init__(self, folder, extra="", anonymous=True):
        self._anonymous = str(anonymous).lower()
        self._folder = str(folder)
        self._extra = extra
        self.port = None
        self._process = None

    def start(self):
        ports = [self.port] if self.port else [free_port() for _ in range(self.STARTS)]
        for port in ports:
            if self._start_on(port):
                self.port = port
                return
        raise AssertionError("mosquitto did not start:\n" + "\n".join(self._process.err.all()))

    def _start_on(self, port):
        path = os.path.join(self._folder, "mosquitto.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"listener {port} 127.0.0.1\nallow_anonymous {self._anonymous}\n"
                       "log_dest stderr\nlog_type all\nconnection_messages true\n"
                       "max_queued_messages 0\n"
                       "persistence true\nuser root\n"
                       f"persistence_location {self._folder}/\n{self._extra}\n")
        self._process = Process("mosquitto", ["/usr/sbin/mosquitto", "-c", path])
        try:
            self.wait_log(r"mosquitto version \S+ running")
        except AssertionError:
            self._process.close()
            return False
        return True

    def stop(self):
        if self._process is not None:
            self._ask_to_end()
            self._process.close()
            self._process = None

    def _ask_to_end(self):
        """mosquitto loses a SIGTERM that comes between its handler and its main loop: ask again."""
        deadline = time.monotonic() + PATIENCE
        while self._process.running and time.monotonic() < deadline:
            self._process.signal(signal.SIGTERM)
            try:
                self._process.wait(self.ASK_AGAIN)
            except AssertionError:
                pass  # not yet

    close = stop

    def signal(self, number):
        if self._process is not None and self._process.running:
            self._process.signal(number)

    def log(self):
        return self._process.err.all()

    def wait_log(self, pattern, count=1, seconds=PATIENCE):
        return self._process.err.wait_for(re.compile(pattern).search, f"broker log {pattern!r}",
                                          count, seconds)

    def wait_sessions(self, count):
        """Client ids of the first connects, in their order; all there are when `count` is right.

        The broker writes its log after it has acted: a message may be here before its line.
        """
        self.wait_log(CONNECT, count)
        found = (re.search(CONNECT, line) for line in self.log())
        return [match[1] for match in found if match]


class Subscriber:
    """mosquitto_sub with a persistent session, so that a restart of the broker loses nothing."""

    def __init__(self, broker, topic="#", name="test-subscriber"):
        self.name = name
        self._broker = broker
        self._topic = topic
        self._process = None

    def start(self):
        self._process = Process("mosquitto_sub", [
            "mosquitto_sub", "-h", "127.0.0.1", "-p", str(self._broker.port), "-i", self.name, "-c",
            "-q", "1", "-V", "5", "-x", "3600", "-t", self._topic, "-F", "%j"])
        self._broker.wait_log(rf"Sending SUBACK to {re.escape(self.name)}")

    @property
    def lines(self):
        """What arrived, as Message takes it: events."""
        return self._process.out

    def messages(self):
        return [Message(line) for line in self._process.out.all()]

    def wait(self, count=1, topic=None, matches=None, seconds=PATIENCE):
        """The first `count` messages of the topic for which matches(message) is true."""
        def wanted(line):
            message = Message(line)
            return topic in (None, message.topic) and (matches is None or matches(message))
        lines = self._process.out.wait_for(wanted, f"{count} messages on {topic or 'any topic'}",
                                           count, seconds)
        return [Message(line) for line in lines]

    def close(self):
        # Killed: its handler of SIGTERM takes locks that the interrupted thread may hold.
        if self._process is not None:
            self._process.kill()


class Message:
    def __init__(self, line):
        fields = json.loads(line)
        self.topic = fields["topic"]
        self.payload = fields["payload"]
        self.qos = fields["qos"]
        self.retain = bool(fields["retain"])
        self.properties = fields.get("properties", {})

    def json(self):
        return json.loads(self.payload)

    def __repr__(self):
        return f"{self.topic}: {self.payload}"

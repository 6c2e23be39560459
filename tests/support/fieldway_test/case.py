"""A test that ends what it started, also when it fails."""
import os
import re
import subprocess
import tempfile
import unittest

from .akenza_broker import AkenzaBroker
from .broker import Mosquitto, Subscriber
from .gateway import SECONDS_TO_STOP, Gateway, environment_in, program
from .modbus import FaultySlave, RtuSlave, SocatPair, TcpSlave
from .process import Watched
from .waiting import PATIENCE

# What a sanitizer prints: the program may still have ended with a status that a test expects.
SANITIZER = re.compile("AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:")

# The start of a configuration: one broker that lets everybody in.
UPLINK = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/{device}/{subtopic}" }
"""


class SystemTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fieldway-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self._gateways = 0

    def _started(self, thing):
        self.addCleanup(thing.close)
        thing.start()
        return thing

    def broker(self, extra=""):
        return self._started(Mosquitto(self.folder, extra))

    def akenza_broker(self, **options):
        return self._started(AkenzaBroker(self.folder, **options))

    def watcher(self, akenza_broker):
        return self._started(akenza_broker.watcher())

    def subscriber(self, broker, topic="#"):
        return self._started(Subscriber(broker, topic))

    def tcp_slave(self, units, **more):
        return self._started(TcpSlave(units, **more))

    def rtu_slave(self, path, units):
        return self._started(RtuSlave(path, units))

    def faulty_slave(self, behaviour):
        return self._started(FaultySlave(behaviour))

    def serial_line(self):
        return self._started(SocatPair(self.folder))

    def watched(self, pid):
        process = Watched(pid)
        self.addCleanup(process.close)
        return process

    def gateway(self, config, wait_ready=True, start=True, **env):
        """Each in its own folder; `env` is what ${NAME} in the configuration stands for."""
        self._gateways += 1
        folder = os.path.join(self.folder, f"gateway-{self._gateways}")
        os.mkdir(folder)
        gateway = Gateway(folder, config, env)
        self.addCleanup(self._no_sanitizer_report, gateway)  # runs last, when its log is whole
        if not start:
            self.addCleanup(gateway.close)
            return gateway
        self._started(gateway)
        if wait_ready:
            gateway.wait_ready()
        return gateway

    def _no_sanitizer_report(self, gateway):
        log = gateway.log()
        self.assertFalse([line for line in log if SANITIZER.search(line)], "\n".join(log))

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def fieldway(self, *words, **env):
        """Runs a verb to its end; the result of subprocess.run."""
        return subprocess.run([program(), *words], env=environment_in(self.folder, env), text=True,
                              capture_output=True, timeout=PATIENCE, check=False)

    def assert_stops_in_time(self, gateway):
        status, seconds = gateway.stop()
        self.assertEqual(status, 0, "\n".join(gateway.log()))
        self.assertLess(seconds, SECONDS_TO_STOP)

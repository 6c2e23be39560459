"""The store driver (tests/crash/store_driver.cpp), run to its end or on a leash."""
import json
import os
import signal
import subprocess

from .faults import Faults
from .process import Process
from .waiting import PATIENCE

KEPT, BROKEN, HELD = 0, 1, 3  # its exit statuses
KILLED = -signal.SIGKILL


def driver_program():
    return os.path.join(os.environ["FIELDWAY_BUILD"], "tests", "crash", "store_driver")


class StoreDriver:
    """Lives of one store: its folder, its ledger (elsewhere), the faults of its calls."""

    def __init__(self, seed, folder, ledger_folder):
        self.seed = seed
        self.folder = str(folder)
        name = self.folder.strip("/").replace("/", "-")
        self.ledger = os.path.join(str(ledger_folder), f"ledger-{seed}-{name}")
        self.faults = Faults(self.ledger + ".faults", self.folder)
        self._env = {name: os.environ[name] for name in os.environ if name != "LD_PRELOAD"}

    def run(self, steps, plan=""):
        """(exit status, what it told: {} when it was killed)"""
        self.faults.plan(plan)
        done = subprocess.run(self._command(steps), env=self.faults.env(self._env), text=True,
                              capture_output=True, timeout=120, check=False)
        told = json.loads(done.stdout) if done.stdout.endswith("}\n") else {}
        if done.returncode not in (KEPT, BROKEN, HELD, KILLED):
            raise AssertionError(f"store_driver, seed {self.seed}, plan {plan!r}: exit "
                                 f"{done.returncode}: {done.stderr}")
        return done.returncode, told

    def on_a_leash(self, plan=""):
        self.faults.plan(plan)
        return LeashedDriver(self._command("commands"), self.faults.env(self._env), self.faults)

    def _command(self, steps):
        return [driver_program(), str(self.seed), self.folder, self.ledger, str(steps)]

    def close(self):
        self.faults.close()


class LeashedDriver:
    """Obeys one command after the other; each answers with what the driver saw so far."""

    def __init__(self, command, env, faults):
        self.faults = faults
        self._process = Process("store_driver", command, env=env, stdin=subprocess.PIPE)
        self._told = 0
        self.opened = self._answer()

    def _answer(self):
        self._told += 1
        lines = self._process.out.wait_for(lambda line: line.startswith("{"), "an answer",
                                           self._told, 3 * PATIENCE)
        return json.loads(lines[-1])

    def ask(self, command):
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def kill(self):
        self._process.kill()

    def close(self):
        if self._process.running:
            self._process.stdin.close()
            self._process.wait()
        self._process.close()

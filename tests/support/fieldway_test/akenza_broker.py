"""A mosquitto with the platform's rules (tests/support/akenza_broker), its ledger, and its keys."""
import json
import os
import pathlib
import subprocess

from .broker import Mosquitto, Subscriber
from .waiting import PATIENCE, until

AUDIENCE = "https://akenza.io/devices/"


class AkenzaBroker(Mosquitto):
    """Devices log in by the platform's rules; clients named test-... watch and send without any."""

    def __init__(self, folder, audience=AUDIENCE, connector="connector-1", secret="s3cret-topic",
                 close_at_expiry=True, listener="", **options):
        self.folder = pathlib.Path(folder) / "akenza"
        self.keys = self.folder / "keys"
        self.orders = self.folder / "orders"
        orders = ("refuse", "deny", "mute", "kick")
        for path in (self.keys, *(self.orders / order for order in orders)):
            path.mkdir(parents=True)
        self._ledger = self.folder / "ledger.jsonl"
        options = {"keys": self.keys, "audience": audience, "connector": connector,
                   "secret": secret, "orders": self.orders, "ledger": self._ledger,
                   "close_at_expiry": str(close_at_expiry).lower(), **options}
        plugin = os.path.join(os.environ["FIELDWAY_BUILD"], "tests/support/akenza_broker.so")
        lines = [listener, f"plugin {plugin}",
                 *(f"plugin_opt_{name} {value}" for name, value in options.items())]
        super().__init__(folder, "\n".join(lines), anonymous=False)

    def watcher(self):
        """A subscriber of everything."""
        return Subscriber(self, "#", name="test-watcher")

    def publish(self, topic, payload, *more):
        """As the platform does: a downlink."""
        self._publish(topic, "-m", payload, *more)

    def publish_file(self, topic, path):
        self._publish(topic, "-f", path)

    def publish_lines(self, topic, path):
        """A message a line, as fast as it goes."""
        with open(path, encoding="utf-8") as lines:
            self._publish(topic, "-l", stdin=lines)

    def _publish(self, topic, *what, stdin=None):
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-V", "5",
                        "-i", "test-platform", "-q", "1", "-t", topic, *what],
                       check=True, timeout=PATIENCE, stdin=stdin)

    def upload(self, device, public_pem, number=1):
        """A public key of the device, as a person does in the console."""
        name = device if number == 1 else f"{device}-{number}"
        (self.keys / f"{name}.pub").write_text(public_pem, encoding="ascii")

    def forget(self, device, number=1):
        name = device if number == 1 else f"{device}-{number}"
        (self.keys / f"{name}.pub").unlink()

    def order(self, what, device):
        """`refuse` logins, `deny` publishes, `mute` subscriptions, `kick` the session once."""
        (self.orders / what / device).touch()

    def withdraw(self, what, device):
        (self.orders / what / device).unlink()

    def ledger(self, event=None, client=None):
        """What happened, in order."""
        try:
            text = self._ledger.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        entries = [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]
        return [entry for entry in entries if event in (None, entry["event"])
                and client in (None, entry["client"])]

    def wait_ledger(self, event, client=None, count=1, matches=lambda entry: True,
                    seconds=PATIENCE):
        def found():
            return [entry for entry in self.ledger(event, client) if matches(entry)]
        return until(lambda: len(found()) >= count and found(), seconds,
                     lambda: f"{count} of {event} of {client}; the ledger's end: "
                             f"{self.ledger()[-5:]}")

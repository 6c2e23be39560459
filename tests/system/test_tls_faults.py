"""Brokers whose TLS is wrong, and brokers that are not there: said in a sentence, waited out, and
no trouble for others (faults 18, 19, 29)."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from fieldway_test import UPLINK, Mosquitto, SystemTest, ends_with
from fieldway_test.certificates import Authority
from fieldway_test.waiting import PATIENCE, Events, until

CONFIG = UPLINK + """
  - name: secure
    platform: generic
    url: mqtts://localhost:${SECURE}
    topics: { uplink: "site/{device}/{subtopic}" }
    tls: { ca_file: "${CA}" }
inputs:
  - { name: counter, plugin: exec, command: [/bin/sh, "${COUNTER}"] }
devices:
  - { id: GOOD, uplink: broker, input: counter, address: { key: g } }
  - { id: BAD, uplink: secure, input: counter, address: { key: b } }
"""
COUNTER = """
n=0
while sleep 0.1; do n=$((n+1)); for k in g b; do
  echo '{"key":"'$k'","values":{"n":'$n'}}'
done; done
"""


class TlsFaults(SystemTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(os.path.join(self.folder, "ca"))

    def start(self, secure_port, authority=None):
        self.good = self.broker()
        self.arrived = self.subscriber(self.good)
        return self.gateway(CONFIG, BROKER=self.good.port, SECURE=secure_port,
                            CA=(authority or self.authority).ca,
                            COUNTER=self.file("counter.sh", COUNTER))

    def tls_broker(self, authority, names="DNS:localhost", days=2, chain=()):
        certificate, key = authority.certificate("broker", names, days)
        served = os.path.join(self.folder, "served.pem")
        with open(served, "w", encoding="ascii") as out:
            for part in (certificate, *chain):
                with open(part, encoding="ascii") as file:
                    shutil.copyfileobj(file, out)
        folder = os.path.join(self.folder, "secure")
        os.makedirs(folder, exist_ok=True)
        return self._started(Mosquitto(folder, f"certfile {served}\nkeyfile {key}"))

    def session(self, gateway, device="BAD"):
        sessions = gateway.ask("status")["sessions"]
        return next(session for session in sessions if session["device"] == device)

    def assert_waits(self, gateway, *parts, doctor=(), seconds=PATIENCE):
        """The bad one waits and says why, so does the doctor; the other one delivers meanwhile."""
        def said():
            session = self.session(gateway)
            return session["state"] == "waiting" and all(
                part in session["reason"] for part in parts)
        until(said, seconds, lambda: self.session(gateway))
        if doctor:
            run = gateway.verb("doctor", "BAD", "--json", check=False)
            steps = json.loads(run.stdout)[0]["steps"]
            self.assertEqual((steps[-1]["step"], steps[-1]["outcome"]), ("tls", "FAILED"), steps)
            told = steps[-1]["found"] + " -> " + steps[-1]["remedy"]
            for part in doctor:
                self.assertIn(part, told)
        self.assertEqual(self.session(gateway, "GOOD")["state"], "up")
        count = len(self.arrived.messages())
        self.arrived.wait(count + 5)

    def test_fault_29_an_expired_certificate_and_its_renewal_without_a_restart(self):
        broker = self.tls_broker(self.authority, days=-1)
        gateway = self.start(broker.port)
        self.assert_waits(gateway, "certificate verify failed; `fieldway doctor` says why",
                          doctor=["expired", "this machine's clock says"])
        broker.stop()
        certificate, _ = self.authority.certificate("broker", "DNS:localhost")
        shutil.copy(certificate, os.path.join(self.folder, "served.pem"))
        broker.start()
        until(lambda: self.session(gateway)["state"] == "up", PATIENCE,
              lambda: self.session(gateway))

    def test_fault_29_a_certificate_for_another_name(self):
        broker = self.tls_broker(self.authority, "DNS:elsewhere.example")
        gateway = self.start(broker.port)
        self.assert_waits(gateway, "its certificate does not name localhost",
                          doctor=["hostname mismatch", "is for elsewhere.example,",
                                  "says localhost"])

    def test_fault_29_an_unknown_root(self):
        other = Authority(os.path.join(self.folder, "other"), "Another CA")
        gateway = self.start(self.tls_broker(other).port)
        self.assert_waits(gateway, "certificate verify failed",
                          doctor=['missing is "CN=Another CA"'])

    def test_fault_29_a_chain_without_its_middle_and_with_it(self):
        middle = self.authority.below("Middle CA")
        broker = self.tls_broker(middle)
        gateway = self.start(broker.port)
        self.assert_waits(gateway, "certificate verify failed", doctor=["Middle CA"])
        broker.stop()
        with open(os.path.join(self.folder, "served.pem"), "a", encoding="ascii") as out:
            with open(middle.ca, encoding="ascii") as file:
                shutil.copyfileobj(file, out)
        broker.start()
        until(lambda: self.session(gateway)["state"] == "up", PATIENCE,
              lambda: self.session(gateway))

    def test_fault_29_a_broker_that_speaks_tls_1_1_alone(self):
        certificate, key = self.authority.certificate("broker", "DNS:localhost")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            ["openssl", "s_server", "-quiet", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-accept",
             f"127.0.0.1:{port}", "-cert", certificate, "-key", key], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=ends_with(os.getpid()))
        self.addCleanup(server.stdin.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        gateway = self.start(port)
        self.assert_waits(gateway, "no TLS connection to localhost", doctor=["handshake"])

    def test_the_name_is_sent_to_a_broker_that_serves_many(self):
        certificate, key = self.authority.certificate("broker", "DNS:localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        names = Events()
        context.sni_callback = lambda _socket, name, _context: names.put(name)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()
        threading.Thread(target=serve, daemon=True).start()
        self.start(listener.getsockname()[1])
        self.assertEqual(names.wait_for(lambda name: True, "a handshake", 1), ["localhost"])

    def test_fault_19_a_broker_that_accepts_and_says_nothing(self):
        listener = socket.create_server(("127.0.0.1", 0))  # the kernel accepts
        self.addCleanup(listener.close)
        gateway = self.start(listener.getsockname()[1])
        self.assert_waits(gateway, "nothing answers there as a broker does", seconds=60)

    def test_fault_18_a_broker_that_swallows_syn_packets(self):
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # With its backlog full the kernel drops what asks to connect.
        for _ in range(4):
            filler = socket.socket()
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        gateway = self.start(listener.getsockname()[1])
        self.assert_waits(gateway, "no connection to localhost", seconds=60)


if __name__ == "__main__":
    unittest.main()

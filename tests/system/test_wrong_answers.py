"""No wrong value, ever: slaves that lie, against what the broker delivers.

Each answer carries the address that was asked for and a number of its own, so that a value that is
another request's, another unit's or another time's is seen at the broker.

A liar's whole play is its seed. The short suite plays the beginning of one that is always the same;
the long lane ($FIELDWAY_WHOLE) plays a new one to its end, and $FIELDWAY_SEED plays it again.
"""
import os
import random
import socket
import struct
import threading
import tty
import unittest

from fieldway_test import SystemTest

TIMEOUT = 0.15  # seconds, of the inputs here
LATE = 3 * TIMEOUT
WHOLE = "FIELDWAY_WHOLE" in os.environ
SEED = int(os.environ.get("FIELDWAY_SEED", random.randrange(1 << 32) if WHOLE else 37))
MESSAGES = 25 if WHOLE else 7  # with a value, of both units
ADDRESSES = (1, 101, 201, 301)
UNITS = (1, 2)
POINTS = len(ADDRESSES) * len(UNITS)
CONFIG = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/{device}/{subtopic}" }
inputs: [{ name: hall, plugin: modbus, url: "${URL}", timeout: 150ms, parity: none }]
devices:
""" + "".join(f"""
  - id: UNIT-{unit}
    uplink: broker
    input: hall
    address: {{ unit: {unit} }}
    every: 100ms
    max_gap: 0
    when_bad: "null"
    points:
""" + "".join(f"      - {{ name: r{at}, register: 'holding:{at}', type: uint32 }}\n"
              for at in ADDRESSES) for unit in UNITS)


def crc(frame):
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


class Liar:
    """What a slave says to a request; remembers which of its numbers were true and in time."""

    def __init__(self, lies):
        self.random = random.Random(SEED)
        self.lies = lies
        self.true = set()
        self.asked = self.told = 0
        self.lock = threading.Lock()
        self.was_asked = threading.Event()

    def answer(self, request):
        """(kind of lie or "", PDU) for unit, function, address, count."""
        unit, _, address, count = struct.unpack(">BBHH", request)
        with self.lock:
            self.asked += 1
            self.was_asked.set()
            # Three lies of ten: otherwise a unit is dead most of the time, and tests nothing.
            lie = self.random.choice(self.lies) if self.random.random() < 0.3 else ""
            self.told = (self.told + 1) & 0x7FFF
            number = self.told
            if lie in ("", "split", "glued", "duplicate", "close after", "noise"):
                self.true.add((unit, address, number))
        assert count == 2
        return lie, struct.pack(">BBHH", 3, 4, address, unit << 15 & 0x8000 | number)


class TcpLiar(Liar):
    LIES = ["late", "split", "glued", "duplicate", "unit", "function", "length", "transaction",
            "silent", "close", "close after", "exception"]

    def __init__(self, lies=None):
        super().__init__(lies or self.LIES)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = []

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()
        except OSError:
            pass

    def serve(self, connection):
        try:
            while len(request := connection.recv(12, socket.MSG_WAITALL)) == 12:
                if not self.say(connection, request):
                    return connection.close()
        except OSError:
            pass

    def say(self, connection, request):
        transaction, unit = request[:2], request[6]
        lie, pdu = self.answer(request[6:])

        def frame(body=pdu, number=transaction, of=unit):
            return number + struct.pack(">HHB", 0, len(body) + 1, of) + body
        other = struct.pack(">H", (struct.unpack(">H", transaction)[0] - 1) & 0xFFFF)
        wrong = b"\x03\x04\xde\xad\xbe\xef"
        if lie == "late":
            threading.Timer(LATE, self.send_late, (connection, frame())).start()
        elif lie == "split":
            for byte in frame():
                connection.sendall(bytes([byte]))
        else:
            connection.sendall({
                "": frame(), "close after": frame(), "duplicate": frame() * 2,
                "glued": frame(wrong, other) + frame() + frame(wrong, other),
                "unit": frame(of=unit ^ 3), "function": frame(b"\x04" + pdu[1:]),
                "length": frame(b"\x03\x02" + pdu[2:4]), "transaction": frame(wrong, other),
                "silent": b"", "close": frame()[:9],
                "exception": frame(b"\x83\x06")}[lie])
        return not lie.startswith("close")

    @staticmethod
    def send_late(connection, data):
        try:
            connection.sendall(data)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


class RtuLiar(Liar):
    LIES = ["late", "split", "duplicate", "unit", "broadcast", "function", "length", "crc",
            "silent", "noise", "cut", "exception", "foreign"]

    def __init__(self, path, lies=None):
        super().__init__(lies or self.LIES)
        self.port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)
        self.ended = False

    def start(self):
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        pending = b""
        try:
            while data := os.read(self.port, 256):
                pending += data
                while len(pending) >= 8:
                    request, pending = pending[:8], pending[8:]
                    assert crc(request[:6]) == request[6:], request.hex()
                    self.say(request[:6])
        except OSError:
            pass

    def write(self, data):
        if not self.ended:
            os.write(self.port, data)

    def say(self, request):
        unit = request[0]
        lie, pdu = self.answer(request)

        def frame(body=pdu, of=unit):
            return bytes([of]) + body + crc(bytes([of]) + body)
        if lie == "late":
            return threading.Timer(LATE, self.write, (frame(),)).start()
        if lie == "split":
            for byte in frame():
                self.write(bytes([byte]))
            return None
        wrong = b"\x03\x04\xde\xad\xbe\xef"
        return self.write({
            "": frame(), "duplicate": frame() * 2, "unit": frame(of=unit ^ 3),
            "broadcast": frame(wrong, 0), "function": frame(b"\x04" + pdu[1:]),
            "length": frame(b"\x03\x02" + pdu[2:4]), "crc": frame()[:-1] + b"\x00",
            "silent": b"", "noise": b"\xff\x00" + frame(), "cut": frame()[:5],
            "exception": frame(b"\x83\x06"), "foreign": frame(wrong, 9)}[lie])

    def close(self):
        self.ended = True
        os.close(self.port)


class WrongAnswers(SystemTest):
    def assert_only_truth_arrives(self, liar, url):
        broker = self.broker()
        arrivals = self.subscriber(broker)
        gateway = self.gateway(CONFIG, BROKER=broker.port, URL=url)
        arrivals.wait_until(self.tell_enough, f"{MESSAGES} messages, and all points", 90)
        self.assert_stops_in_time(gateway)
        values, last = 0, {}
        for message in arrivals.messages():
            unit = int(message.topic[len("site/UNIT-"):])
            for name, value in message.json().items():
                if name == "timestamp" or value is None:
                    continue
                values += 1
                address, number = value >> 16, value & 0x7FFF
                told = f"{message} of {liar.asked} requests, number {number}"
                self.assertEqual((f"r{address}", value >> 15 & 1), (name, unit & 1), told)
                self.assertIn((unit, address, number), liar.true, told)
                self.assertGreater(number, last.get((unit, name), 0), told)
                last[unit, name] = number
        self.assertGreater(values, MESSAGES)
        return gateway

    @staticmethod
    def tell_enough(messages):
        good = [[(message.topic, name) for name, value in message.json().items()
                 if name[0] == "r" and value is not None] for message in messages]
        return sum(map(bool, good)) >= MESSAGES and len(set().union(*good)) == POINTS

    def test_a_tcp_server_that_lies_in_every_way(self):
        liar = self._started(TcpLiar())
        self.assert_only_truth_arrives(liar, liar.url)

    def test_late_answers_of_a_tcp_server(self):
        liar = self._started(TcpLiar(["late"]))
        self.assert_only_truth_arrives(liar, liar.url)

    def test_an_rtu_line_that_lies_in_every_way(self):
        line = self.serial_line()
        liar = self._started(RtuLiar(line.other))
        self.assert_only_truth_arrives(liar, "rtu:" + line.one)

    def test_late_answers_on_an_rtu_line(self):
        line = self.serial_line()
        liar = self._started(RtuLiar(line.other, ["late"]))
        self.assert_only_truth_arrives(liar, "rtu:" + line.one)

    def test_a_server_that_closes_after_each_answer_loses_nothing(self):
        liar = self._started(TcpLiar(["close after"]))
        liar.random.random = lambda: 0
        gateway = self.assert_only_truth_arrives(liar, liar.url)
        self.assertFalse([line for line in gateway.log() if "is down" in line])


class Reload(SystemTest):
    def test_what_was_asked_before_a_restart_of_the_line_is_nobodys_answer(self):
        line, broker = self.serial_line(), self.broker()
        liar = self._started(RtuLiar(line.other, ["late"]))
        liar.random.random = lambda: 0  # each answer comes after 450 ms
        arrivals = self.subscriber(broker)
        gateway = self.gateway(CONFIG.replace("150ms", "400ms"), BROKER=broker.port,
                               URL="rtu:" + line.one)
        self.assertTrue(liar.was_asked.wait(20))
        gateway.stop()
        again = self.gateway(CONFIG.replace("150ms", "400ms"), BROKER=broker.port,
                             URL="rtu:" + line.one)
        arrivals.wait(4)
        self.assertEqual([m for m in arrivals.messages() if any(
            v is not None for k, v in m.json().items() if k != "timestamp")], [])
        self.assert_stops_in_time(again)


if __name__ == "__main__":
    print(f"seed {SEED}", flush=True)
    unittest.main()

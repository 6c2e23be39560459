"""A broker of our own that writes down each PUBLISH before it answers, and does as a test says.

What mosquitto acknowledged and had not passed on when it was killed is gone with it; here what
arrived is known whatever happens to the connections.
"""
import socket
import struct
import threading
import time

from .waiting import Events

CONNECT, CONNACK, PUBLISH, PUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 12, 13, 14
SILENCE = None  # an answer that is none


class Received:
    def __init__(self, client, topic, payload, connection):
        self.client = client
        self.topic = topic
        self.payload = payload
        self.connection = connection  # the number of the connection, from 1
        self.time = time.monotonic()

    def __repr__(self):
        return f"{self.client} {self.topic}: {self.payload}"


class LedgerBroker:
    """`on_connect(client)` and `on_publish(received)` give a reason code, or SILENCE."""

    def __init__(self, on_connect=lambda client: 0, on_publish=lambda received: 0):
        self.on_connect = on_connect
        self.on_publish = on_publish
        self.publishes = Events()
        self.accepts = Events()  # when a TCP connection was accepted, time.monotonic()
        self.connects = Events()  # client ids
        self.port = 0
        self._listener = None
        self._sockets = set()
        self._lock = threading.Lock()  # guards _sockets

    def start(self):
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = self._listener.getsockname()[1]  # kept over a restart
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def crash(self):
        """As by kill -9: nothing is finished, the port is closed, peers get a reset."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def drop(self):
        """Resets all connections."""
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for connection in sockets:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RD)  # its reader ends and closes it
            except OSError:
                pass

    def close(self):
        try:
            self.crash()
        except OSError:
            pass  # crashed already

    def send(self, packet_type, body):
        """To every client."""
        with self._lock:
            for connection in self._sockets:
                connection.sendall(packet(packet_type, body))

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.accepts.put(time.monotonic())
            with self._lock:
                self._sockets.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        peer = _Peer(self, connection)
        pending = b""
        try:
            while data := connection.recv(65536):
                pending += data
                while taken := take_packet(pending):
                    head, body, pending = taken
                    connection.sendall(peer.answer(head, body))
        except OSError:
            pass
        finally:
            with self._lock:
                self._sockets.discard(connection)
            connection.close()


class _Peer:
    def __init__(self, broker, connection):
        self._broker = broker
        self._connection = connection
        self._client = ""
        self._number = 0
        self._v5 = False

    def answer(self, head, body):
        kind = head >> 4
        if kind == CONNECT:
            return self._on_connect(body)
        if kind == PUBLISH:
            return self._on_publish(head, body)
        return packet(PINGRESP, b"") if kind == PINGREQ else b""

    def _on_connect(self, body):
        level, at = body[6], 10
        self._v5 = level == 5
        if self._v5:
            length, at = take_length(body, at)
            at += length
        self._client, at = take_text(body, at)
        self._broker.connects.put(self._client)
        self._number = len(self._broker.connects.all())
        code = self._broker.on_connect(self._client)
        if code is SILENCE:
            return b""
        return packet(CONNACK, bytes([0, code]) + (b"\0" if self._v5 else b""))

    def _on_publish(self, head, body):
        topic, at = take_text(body, 0)
        mid, at = body[at:at + 2], at + 2
        if self._v5:
            length, at = take_length(body, at)
            at += length
        received = Received(self._client, topic, body[at:].decode(), self._number)
        self._broker.publishes.put(received)
        code = self._broker.on_publish(received)
        if head & 0x06 == 0 or code is SILENCE:
            return b""
        return packet(PUBACK, mid + (bytes([code]) if self._v5 else b""))


def packet(kind, body):
    length, out = len(body), b""
    while True:
        out += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if length == 0:
            return bytes([kind << 4]) + out + body


def take_length(data, at):
    """A variable byte integer and where it ends; IndexError when it is not all there."""
    length = shift = 0
    while True:
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return length, at


def take_text(data, at):
    size = struct.unpack(">H", data[at:at + 2])[0]
    return data[at + 2:at + 2 + size].decode(), at + 2 + size


def take_packet(data):
    """(first byte, body, the rest), or None while it is not complete."""
    try:
        length, at = take_length(data, 1)
    except IndexError:
        return None
    if len(data) < at + length:
        return None
    return data[0], data[at:at + length], data[at + length:]

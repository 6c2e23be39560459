"""A broker of our own that writes down each PUBLISH before it answers, and does as a test says.

MQTT 3.1.1 and 5. What mosquitto acknowledged and had not passed on when it was killed is gone with
it; here what arrived is known whatever happens to the connections.
"""
import collections
import dataclasses
import heapq
import socket
import struct
import threading
import time

from .waiting import Events

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14
RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE = 0x21, 0x27

# Answers beside a reason code, which is a PUBACK or a CONNACK:
SILENCE = None  # none
CLOSE = "close"  # the connection ends in good order
RESET = "reset"  # it ends by a TCP reset


@dataclasses.dataclass
class Later:
    """A PUBACK after so many seconds; those before it on its connection go first."""
    seconds: float
    code: int = 0


@dataclasses.dataclass
class Disconnect:
    """A DISCONNECT with this code, then an orderly end."""
    code: int


@dataclasses.dataclass
class Connack:
    code: int = 0
    receive_maximum: int = 0  # 0: none is told
    maximum_packet_size: int = 0

    def properties(self):
        told = b""
        if self.receive_maximum:
            told += struct.pack(">BH", RECEIVE_MAXIMUM, self.receive_maximum)
        if self.maximum_packet_size:
            told += struct.pack(">BI", MAXIMUM_PACKET_SIZE, self.maximum_packet_size)
        return bytes([len(told)]) + told


@dataclasses.dataclass
class Received:
    client: str
    topic: str
    payload: str
    connection: int  # the number of the connection, from 1
    at: float = 0.0  # time.monotonic()
    size: int = 0  # bytes of the whole packet

    def __repr__(self):
        return f"{self.connection} {self.client} {self.topic}: {self.payload[:100]}"


class LedgerBroker:
    """`on_connect(client)` gives a reason code, a Connack or SILENCE; `on_publish(received)` a
    reason code or one of the answers above, `on_subscribe(client)` the QoS that is granted, a
    reason code, SILENCE or CLOSE. `cut(connection, number)` is asked at the begin of the
    number-th PUBLISH of a connection: after so many bytes of it the connection is reset, and it is
    not received; None lets it pass.
    """

    def __init__(self, on_connect=lambda client: 0, on_publish=lambda received: 0,
                 on_subscribe=lambda client: 1, cut=lambda connection, number: None):
        self.on_connect = on_connect
        self.on_publish = on_publish
        self.on_subscribe = on_subscribe
        self.cut = cut
        self.publishes = Events()
        self.accepts = Events()  # when a TCP connection was accepted, time.monotonic()
        self.connects = Events()  # client ids
        self.subscribes = Events()  # (client id, filter, PUBLISH packets before it)
        self.cuts = Events()  # (connection, bytes)
        self.most_open = collections.Counter()  # unacknowledged at once, by connection
        self.port = 0
        self._listener = None
        self._sockets = set()
        self._lock = threading.Lock()  # guards _sockets
        self._clock = _Clock()

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
            reset(connection)

    def close(self):
        self._clock.stop()
        try:
            self.crash()
        except OSError:
            pass  # crashed already

    def send(self, packet_type, body):
        """To every client."""
        with self._lock:
            for connection in self._sockets:
                connection.sendall(packet(packet_type, body))

    def later(self, seconds, action):
        self._clock.at(time.monotonic() + seconds, action)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
                while not peer.must_be_cut(pending) and (taken := take_packet(pending)):
                    head, body, pending = taken
                    peer.take(head, body)
        except _Ended:
            pass
        except OSError:
            pass
        finally:
            with self._lock:
                self._sockets.discard(connection)
            connection.close()


def reset(connection):
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)  # its reader ends and closes it
    except OSError:
        pass


class _Ended(Exception):
    """The connection is done with."""


class _Clock:
    """Calls functions at their time, on one thread that begins with the first."""

    def __init__(self):
        self._waiting = []
        self._count = 0  # equals keep their order
        self._changed = threading.Condition()
        self._thread = None
        self._stopped = False

    def at(self, when, action):
        with self._changed:
            self._count += 1
            heapq.heappush(self._waiting, (when, self._count, action))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self):
        while True:
            with self._changed:
                while not self._stopped and (
                        not self._waiting or self._waiting[0][0] > time.monotonic()):
                    self._changed.wait(self._waiting[0][0] - time.monotonic()
                                       if self._waiting else None)
                if self._stopped:
                    return
                _, _, action = heapq.heappop(self._waiting)
            action()


class _Peer:
    def __init__(self, broker, connection):
        self._broker = broker
        self._connection = connection
        self._client = ""
        self._number = 0
        self._v5 = False
        self._publishes = 0
        self._cut_at = None  # of the PUBLISH that begins
        self._open = 0
        self._sending = threading.Lock()  # answers come from the reader and from the clock

    def take(self, head, body):
        kind = head >> 4
        if kind == CONNECT:
            self._on_connect(body)
        elif kind == PUBLISH:
            self._on_publish(head, body)
        elif kind == SUBSCRIBE:
            self._on_subscribe(body)
        elif kind == PINGREQ:
            self._send(packet(PINGRESP, b""))

    def must_be_cut(self, pending):
        """Ends the connection when it is to be cut in this packet, and enough of it is here."""
        if not pending or pending[0] >> 4 != PUBLISH:
            return False
        if self._cut_at is None:
            self._cut_at = self._broker.cut(self._number, self._publishes + 1) or 0
        if self._cut_at == 0:
            return False
        if len(pending) < self._cut_at:
            return True
        self._broker.cuts.put((self._number, self._cut_at))
        reset(self._connection)
        raise _Ended

    def _send(self, data):
        with self._sending:
            self._connection.sendall(data)

    def _end(self):
        """The end of our bytes; what comes is read until the peer ends too."""
        self._connection.shutdown(socket.SHUT_WR)
        while self._connection.recv(65536):
            pass
        raise _Ended

    def _on_connect(self, body):
        level, at = body[6], 10
        self._v5 = level == 5
        if self._v5:
            length, at = take_length(body, at)
            at += length
        self._client, at = take_text(body, at)
        self._broker.connects.put(self._client)
        self._number = len(self._broker.connects.all())
        answer = self._broker.on_connect(self._client)
        if answer is SILENCE:
            return
        if not isinstance(answer, Connack):
            answer = Connack(answer)
        self._send(packet(CONNACK, bytes([0, answer.code])
                          + (answer.properties() if self._v5 else b"")))

    def _on_subscribe(self, body):
        at = 2
        if self._v5:
            length, at = take_length(body, at)
            at += length
        self._broker.subscribes.put((self._client, take_text(body, at)[0], self._publishes))
        answer = self._broker.on_subscribe(self._client)
        if answer == CLOSE:
            self._end()
        elif answer is not SILENCE:
            self._send(packet(SUBACK, body[:2] + (b"\0" if self._v5 else b"") + bytes([answer])))

    def _on_publish(self, head, body):
        self._publishes += 1
        self._cut_at = None
        topic, at = take_text(body, 0)
        mid, at = body[at:at + 2], at + 2
        if self._v5:
            length, at = take_length(body, at)
            at += length
        received = Received(self._client, topic, body[at:].decode(), self._number, time.monotonic(),
                            len(packet(PUBLISH, body)))
        with self._sending:
            self._open += 1
            most = self._broker.most_open
            most[self._number] = max(most[self._number], self._open)
        answer = self._broker.on_publish(received)
        self._broker.publishes.put(received)
        if answer == CLOSE:
            self._end()
        elif answer == RESET:
            reset(self._connection)
            raise _Ended
        elif isinstance(answer, Disconnect):
            self._send(packet(DISCONNECT, bytes([answer.code])))
            self._end()
        elif isinstance(answer, Later):
            self._broker.later(answer.seconds, lambda: self._acknowledge(mid, answer.code))
        elif head & 0x06 != 0 and answer is not SILENCE:
            self._acknowledge(mid, answer)

    def _acknowledge(self, mid, code):
        with self._sending:
            self._open -= 1
        try:
            self._send(packet(PUBACK, mid + (bytes([code]) if self._v5 else b"")))
        except OSError:
            pass  # the connection ended before


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

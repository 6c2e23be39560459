"""Slaves: pymodbus over TCP or a pseudo-terminal, and one of our own that misbehaves on purpose."""
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading

from .process import Process

PROGRAM = os.path.join(os.path.dirname(__file__), "pymodbus_slave.py")


class PymodbusSlave:
    """`units` is {unit: {"holding" | "input" | "coil" | "discrete": {address: value}}}."""

    def __init__(self, description):
        self._description = description
        self._process = None
        self._answers = 0
        self.port = None

    def start(self):
        self._answers = 0
        self._process = Process("pymodbus", [sys.executable, PROGRAM,
                                             json.dumps(self._description)], stdin=subprocess.PIPE)
        self.port = self._answer()["port"]
        self._description["port"] = self.port  # kept over a restart

    def _answer(self):
        self._answers += 1
        count = self._answers
        lines = self._process.out.wait_until(
            lambda lines: lines[:count] if len(lines) >= count else None, "an answer of pymodbus")
        return json.loads(lines[-1])

    def _ask(self, **question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def set(self, unit, kind, address, values):
        self._ask(do="set", unit=unit, kind=kind, address=address, values=values)

    def get(self, unit, kind, address, count=1):
        return self._ask(do="get", unit=unit, kind=kind, address=address, count=count)["values"]

    def stop(self):
        if self._process is not None:
            self._process.close()
            self._process = None

    close = stop


class TcpSlave(PymodbusSlave):
    def __init__(self, units, sparse=False, port=0):
        super().__init__({"transport": "tcp", "port": port, "units": units, "sparse": sparse})


class SocketSlave(PymodbusSlave):
    """`transport`: tcp, rtu+tcp or udp."""

    def __init__(self, transport, units):
        super().__init__({"transport": transport, "port": 0, "units": units, "sparse": False})


class RtuSlave(PymodbusSlave):
    """`transport`: rtu or ascii."""

    def __init__(self, path, units, baud=19200, transport="rtu"):
        super().__init__({"transport": transport, "port": path, "baud": baud, "units": units,
                          "sparse": False})


class LibmodbusSlave:
    """libmodbus' own server (tests/support/libmodbus_server): one unit, over TCP or, with a path,
    RTU. `kinds` as of one unit of the others."""

    def __init__(self, kinds, unit=1, path=None, baud=19200):
        program = os.path.join(os.environ["FIELDWAY_BUILD"], "tests", "support",
                               "libmodbus_server", "libmodbus_server")
        line = ["tcp", str(unit)] if path is None else ["rtu", str(unit), path, str(baud)]
        self._command = [program, *line]
        self._kinds = kinds
        self._process = None
        self._answers = 0
        self.port = None

    def start(self):
        self._answers = 0
        self._process = Process("libmodbus_server", self._command, stdin=subprocess.PIPE)
        port = self._answer().split()[1]
        self.port = int(port) if port.isdigit() else port
        for kind, values in self._kinds.items():
            for address, value in values.items():
                self.set(1, kind, address, [int(value)])

    def _answer(self):
        self._answers += 1
        count = self._answers
        return self._process.out.wait_until(
            lambda lines: lines[:count] if len(lines) >= count else None,
            "an answer of libmodbus_server")[-1]

    def _ask(self, text):
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        return self._answer()

    def set(self, _unit, kind, address, values):
        self._ask(f"set {kind} {address} " + " ".join(str(value) for value in values))

    def get(self, _unit, kind, address, count=1):
        return [int(word) for word in self._ask(f"get {kind} {address} {count}").split()]

    def close(self):
        if self._process is not None:
            self._process.close()
            self._process = None


class SocatPair:
    """Two pseudo-terminals joined back to back: `one` for the gateway, `other` for the slave."""

    def __init__(self, folder):
        self.one = os.path.join(folder, "line-gateway")
        self.other = os.path.join(folder, "line-slave")
        self._process = None

    def start(self):
        self._process = Process("socat", [
            "socat", "-d", "-d", f"pty,raw,echo=0,link={self.one}",
            f"pty,raw,echo=0,link={self.other}"])
        self._process.err.wait_for(re.compile("starting data transfer loop").search, "socat")

    def close(self):
        if self._process is not None:
            self._process.close()


def silent(_request):
    return b""


def exception(code):
    """Answers each request with this exception code."""
    def answer(request):
        return header(request, 3) + bytes([request[7] | 0x80, code])
    return answer


def garbage(_request):
    return bytes(range(0x80, 0xC0))


def foreign_transaction(request):
    """A well-formed answer to another question: its value must never be taken for ours."""
    count = struct.unpack(">H", request[10:12])[0]
    other = struct.pack(">H", (struct.unpack(">H", request[:2])[0] + 7) & 0xFFFF)
    return (other + header(request, 3 + 2 * count)[2:] + bytes([request[7], 2 * count])
            + b"\x7b\x7b" * count)


def header(request, length):
    """The request's MBAP header with the length of what follows its unit."""
    return request[:4] + struct.pack(">H", length) + request[6:7]


class FaultySlave:
    """A Modbus TCP server that answers each request by `behaviour(request bytes)`."""

    SILENT = staticmethod(silent)
    GARBAGE = staticmethod(garbage)
    FOREIGN_TRANSACTION = staticmethod(foreign_transaction)
    exception = staticmethod(exception)

    def __init__(self, behaviour):
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests = 0
        self._connections = []

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        pending = b""
        try:
            while data := connection.recv(4096):
                pending += data
                while len(pending) >= 12:
                    size = 6 + struct.unpack(">H", pending[4:6])[0]
                    request, pending = pending[:size], pending[size:]
                    self.requests += 1
                    connection.sendall(self._behaviour(request))
        except OSError:
            pass

    def close(self):
        self._listener.close()
        for connection in self._connections:
            connection.close()

"""What system tests are made of: real brokers, real slaves, the real program, all on loopback.

Nothing here waits a fixed time: what is waited for is an event (a line of a log, a message, a
notification), with a deadline that only a failure reaches.
"""
from .broker import Mosquitto, Subscriber
from .case import UPLINK, SystemTest
from .counting import CountingTest, number_of
from .gateway import Gateway, program
from .ledger_broker import (CLOSE, RESET, SILENCE, Connack, Disconnect, Later, LedgerBroker,
                            Received)
from .modbus import FaultySlave, RtuSlave, SocatPair, TcpSlave
from .process import Process, Watched, ends_with

__all__ = ["CLOSE", "RESET", "SILENCE", "UPLINK", "Connack", "CountingTest", "Disconnect",
           "FaultySlave", "Gateway", "Later", "LedgerBroker", "Mosquitto", "Process", "Received",
           "RtuSlave", "SocatPair", "Subscriber", "SystemTest", "TcpSlave", "Watched",
           "ends_with", "number_of", "program"]

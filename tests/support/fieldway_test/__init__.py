"""What system tests are made of: real brokers, real slaves, the real program, all on loopback.

Nothing here waits a fixed time: what is waited for is an event (a line of a log, a message, a
notification), with a deadline that only a failure reaches.
"""
from .broker import Mosquitto, Subscriber
from .case import UPLINK, SystemTest
from .gateway import Gateway, program
from .ledger_broker import LedgerBroker
from .modbus import FaultySlave, RtuSlave, SocatPair, TcpSlave
from .process import Process, Watched, ends_with

__all__ = ["UPLINK", "FaultySlave", "Gateway", "LedgerBroker", "Mosquitto", "Process", "RtuSlave",
           "SocatPair", "Subscriber", "SystemTest", "TcpSlave", "Watched", "ends_with",
           "program"]

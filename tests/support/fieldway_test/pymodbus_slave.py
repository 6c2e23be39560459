"""A pymodbus server as a program: questions and answers are JSON lines.

In its own process since pymodbus owns its event loop. Prints {"port": N} when it serves.
"""
import asyncio
import json
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext,
                                ModbusSparseDataBlock)
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer, ModbusUdpServer
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer

ADDRESSES = 65536
FUNCTION = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}


def block(values, sparse):
    if sparse:  # an address that is not there is answered with exception 2
        return ModbusSparseDataBlock({int(address): value for address, value in values.items()})
    cells = [0] * ADDRESSES
    for address, value in values.items():
        cells[int(address)] = value
    return ModbusSequentialDataBlock(0, cells)


def context_of(description):
    slaves = {
        int(unit): ModbusSlaveContext(
            co=block(kinds.get("coil", {}), False), di=block(kinds.get("discrete", {}), False),
            hr=block(kinds.get("holding", {}), description["sparse"]),
            ir=block(kinds.get("input", {}), False), zero_mode=True)
        for unit, kinds in description["units"].items()}
    return ModbusServerContext(slaves=slaves, single=False)


def answer(context, question):
    slave = context[question["unit"]]
    function = FUNCTION[question["kind"]]
    if question["do"] == "set":
        slave.setValues(function, question["address"], question["values"])
        return {}
    values = slave.getValues(function, question["address"], question["count"])
    return {"values": [int(value) for value in values]}


async def serving_sockets(context, description):
    """tcp, rtu+tcp or udp."""
    address = ("127.0.0.1", description["port"])
    framer = ModbusRtuFramer if description["transport"] == "rtu+tcp" else ModbusSocketFramer
    if description["transport"] == "udp":
        server = ModbusUdpServer(context, framer=framer, address=address)
        serving = asyncio.create_task(server.serve_forever())
        await server.serving
        return serving, server.protocol.get_extra_info("sockname")[1]
    server = ModbusTcpServer(context, framer=framer, address=address, allow_reuse_address=True,
                             ignore_missing_slaves=True)
    serving = asyncio.create_task(server.serve_forever())
    await server.serving
    return serving, server.server.sockets[0].getsockname()[1]


async def serving_line(context, description):
    """rtu or ascii. Units that are not here stay silent, as on a real line."""
    ascii_line = description["transport"] == "ascii"
    server = ModbusSerialServer(
        context, framer=ModbusAsciiFramer if ascii_line else ModbusRtuFramer,
        port=description["port"], baudrate=description["baud"], ignore_missing_slaves=True)
    await server.start()
    return asyncio.create_task(server.serve_forever()), description["port"]


async def serve(description):
    context = context_of(description)
    of_line = description["transport"] in ("rtu", "ascii")
    serving, port = await (serving_line if of_line else serving_sockets)(context, description)
    print(json.dumps({"port": port}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(answer(context, json.loads(line))), flush=True)
    serving.cancel()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))

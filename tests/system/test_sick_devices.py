"""One bad thing stays one bad thing."""
import itertools
import os
import unittest

from fieldway_test import UPLINK, FaultySlave, SystemTest


def device(name, source, every="200ms", unit=1, more=""):
    return f"""
  - id: {name}
    uplink: broker
    input: {source}
    address: {{ unit: {unit} }}
    every: {every}
    {more}
    points: [{{ name: value, register: "holding:3", type: uint16 }}]
"""


class SickDevices(SystemTest):
    def two_slaves(self, sick, well, timeout="300ms"):
        """A gateway with device SICK at port `sick` and device WELL at port `well`.

        `timeout` is SICK's. WELL is given time: on a busy machine its answers may be late too.
        """
        self.mosquitto = self.broker()
        self.arrivals = self.subscriber(self.mosquitto)
        return self.gateway(UPLINK + """
inputs:
  - { name: sick, plugin: modbus, url: "tcp://127.0.0.1:${SICK}", timeout: "${TIMEOUT}" }
  - { name: well, plugin: modbus, url: "tcp://127.0.0.1:${WELL}", timeout: 5s }
devices:
""" + device("SICK", "sick") + device("WELL", "well"), BROKER=self.mosquitto.port, SICK=sick,
                            WELL=well, TIMEOUT=timeout)

    def values(self, name):
        return [message.json()["value"] for message in self.arrivals.messages()
                if message.topic == f"site/{name}"]

    def assert_well_and_sick(self, gateway):
        """WELL's values go on; SICK never had one and says null once."""
        self.arrivals.wait(12, "site/WELL")
        self.arrivals.wait(1, "site/SICK")
        self.assertEqual(set(self.values("WELL")), {7})
        self.assertEqual(self.values("SICK"), [None])
        self.assert_stops_in_time(gateway)

    def test_a_dead_slave_does_not_hold_up_another(self):
        sick, well = self.faulty_slave(FaultySlave.SILENT), self.tcp_slave({1: {"holding": {3: 7}}})
        gateway = self.two_slaves(sick.port, well.port)
        self.assert_well_and_sick(gateway)
        self.assertLess(sick.requests, len(self.values("WELL")), "it is asked less and less")

    def test_a_slave_of_exceptions_is_bad_and_the_rest_runs(self):
        sick = self.faulty_slave(FaultySlave.exception(4))
        well = self.tcp_slave({1: {"holding": {3: 7}}})
        self.assert_well_and_sick(self.two_slaves(sick.port, well.port))

    def test_garbage_never_becomes_a_value(self):
        sick = self.faulty_slave(FaultySlave.GARBAGE)
        well = self.tcp_slave({1: {"holding": {3: 7}}})
        self.assert_well_and_sick(self.two_slaves(sick.port, well.port))

    def test_an_answer_to_another_question_never_becomes_a_value(self):
        sick = self.faulty_slave(FaultySlave.FOREIGN_TRANSACTION)
        well = self.tcp_slave({1: {"holding": {3: 7}}})
        self.assert_well_and_sick(self.two_slaves(sick.port, well.port))

    def test_a_port_where_nobody_listens_leaves_the_rest_running(self):
        sick = self.tcp_slave({})
        sick.stop()
        well = self.tcp_slave({1: {"holding": {3: 7}}})
        self.assert_well_and_sick(self.two_slaves(sick.port, well.port))

    def test_a_slave_that_dies_turns_bad_once_and_returns(self):
        sick, well = (self.tcp_slave({1: {"holding": {3: 7}}}) for _ in range(2))
        gateway = self.two_slaves(sick.port, well.port, timeout="5s")
        self.arrivals.wait(2, "site/SICK")
        sick.stop()
        self.arrivals.wait(1, "site/SICK", lambda message: message.json()["value"] is None)
        before = len(self.values("WELL"))
        self.arrivals.wait(before + 10, "site/WELL")
        sick.start()
        bad_at = len(self.values("SICK"))  # up to its null, which stays the only one
        self.arrivals.wait(bad_at + 2, "site/SICK", seconds=60)
        values = self.values("SICK")
        self.assertEqual([value for value, _ in itertools.groupby(values)], [7, None, 7])
        self.assertEqual(values.count(None), 1)
        self.assert_stops_in_time(gateway)

    def test_an_address_that_a_slave_does_not_have_costs_that_point_alone(self):
        slave = self.tcp_slave({1: {"holding": {3: 7, 5: 9}}}, sparse=True)
        broker = self.broker()
        subscriber = self.subscriber(broker)
        self.gateway(UPLINK + """
inputs: [{ name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: 5s }]
devices:
  - id: HOLES
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 200ms
    when_bad: "null"
    points:
      - { name: a, register: "holding:3", type: uint16 }
      - { name: b, register: "holding:4", type: uint16 }
      - { name: c, register: "holding:5", type: uint16 }
""", BROKER=broker.port, SLAVE=slave.port)
        message = subscriber.wait(1, matches=lambda message: message.json()["c"] == 9)[0].json()
        self.assertEqual((message["a"], message["b"], message["c"]), (7, None, 9))

    def test_a_part_that_answers_by_exceptions_degrades_that_part_alone(self):
        broken = {5}

        def answer(request):  # says 04 to what it does not have, as some do
            first, count = int.from_bytes(request[8:10], "big"), request[11]
            if broken & set(range(first, first + count)):
                return FaultySlave.exception(4)(request)
            return (request[:4] + bytes([0, 3 + 2 * count]) + request[6:8] + bytes([2 * count])
                    + b"".join(at.to_bytes(2, "big") for at in range(first, first + count)))
        slave, broker = self.faulty_slave(answer), self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway(UPLINK + """
inputs: [{ name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: 300ms }]
devices:
  - id: PARTLY
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 100ms
    when_bad: "null"
    points:
""" + "".join(f"      - {{ name: r{at}, register: 'holding:{at}' }}\n" for at in range(1, 9)),
                               BROKER=broker.port, SLAVE=slave.port)
        well = {f"r{at}": at for at in range(1, 9)}

        def values(message):
            return {name: value for name, value in message.json().items() if name[0] == "r"}
        subscriber.wait(5, matches=lambda message: values(message) == {**well, "r5": None})
        gateway.wait_log("device PARTLY is degraded: 1 of 8 points fail: r5: exception 04")

    def test_a_dead_unit_on_a_line_does_not_hold_up_its_neighbour(self):
        broker, line = self.broker(), self.serial_line()
        self.rtu_slave(line.other, {1: {"holding": {3: 7}}})
        subscriber = self.subscriber(broker)
        gateway = self.gateway(UPLINK + """
inputs:
  - { name: line, plugin: modbus, url: "rtu:${LINE}", baud: 19200, parity: none, timeout: 200ms }
devices:
""" + device("WELL", "line", unit=1) + device("SICK", "line", unit=9), BROKER=broker.port,
                               LINE=line.one)
        subscriber.wait(15, "site/WELL", lambda message: message.json()["value"] == 7)
        self.assertEqual([message.json()["value"] for message in subscriber.messages()
                          if message.topic == "site/SICK"], [None])
        self.assert_stops_in_time(gateway)

    def test_a_serial_port_that_does_not_exist_leaves_the_rest_running(self):
        broker, well = self.broker(), self.tcp_slave({1: {"holding": {3: 7}}})
        subscriber = self.subscriber(broker)
        port = os.path.join(self.folder, "ttyNONE")
        gateway = self.gateway(UPLINK + """
inputs:
  - { name: line, plugin: modbus, url: "rtu:${LINE}" }
  - { name: well, plugin: modbus, url: "tcp://127.0.0.1:${WELL}" }
devices:
""" + device("SICK", "line") + device("WELL", "well"), BROKER=broker.port, LINE=port,
                               WELL=well.port)
        subscriber.wait(5, "site/WELL", lambda message: message.json()["value"] == 7)
        gateway.wait_log("ttyNONE")
        self.assert_stops_in_time(gateway)
        told = [line for line in gateway.log() if "ttyNONE" in line]
        # The input alone: its device is no news, however often the port is looked for.
        self.assertEqual(len(told), 1, "\n".join(told))


if __name__ == "__main__":
    unittest.main()

"""Every type in every order, from the registers of another's server to what the broker delivers.

The registers are made by struct.pack here and by nothing of ours.
"""
import itertools
import json
import struct
import unittest

from fieldway_test import SystemTest

HEAD = """
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:${BROKER}
    topics: { uplink: "site/{device}/{subtopic}" }
inputs: [{ name: hall, plugin: modbus, url: "tcp://127.0.0.1:${SLAVE}", timeout: 5s }]
devices:
"""
DEVICE = """
  - id: {name}
    uplink: broker
    input: hall
    address: {{ unit: {unit} }}
    every: 1s
    {more}
    points:
"""

# type, bytes of the value with the high byte first, options, the text in the payload
F32, F64 = (lambda value: struct.pack(">f", value)), (lambda value: struct.pack(">d", value))
TABLE = [
    ("int16", struct.pack(">h", -32768), "", "-32768"),
    ("int16", struct.pack(">h", 32767), "", "32767"),
    ("int16", struct.pack(">h", -1), "scale: 0.1", "-0.1"),
    ("int16", struct.pack(">h", 215), "scale: 0.1", "21.5"),
    ("int16", struct.pack(">h", 7), "scale: -0.1, offset: 0.3", "-0.4"),
    ("int16", b"\x80\x00", "no_value: [0x8000]", "null"),
    ("int16", b"\x7f\xff", "no_value: [0x8000], scale: 0.01", "327.67"),
    ("uint16", b"\xff\xff", "", "65535"),
    ("uint16", b"\xff\xff", "no_value: [0xFFFF], scale: 0.1", "null"),
    ("uint16", b"\x80\x00", "no_value: [0x8000]", "null"),
    ("uint16", struct.pack(">H", 1), "scale: 0.1, offset: 0.2", "0.3"),
    ("uint16", struct.pack(">H", 2), "enum: { 0: off, 2: fault }", '"fault"'),
    ("uint16", struct.pack(">H", 9), "enum: { 0: off, 2: fault }", "9"),
    ("uint16", b"\xa5\x08", "bits: 3", "1"),
    ("uint16", b"\xa5\x08", "bits: 4", "0"),
    ("uint16", b"\xa5\x08", "bits: 8-15", "165"),
    ("uint16", b"\xff\xff", "bits: 0-2, no_value: [7]", "7"),
    ("int16", b"\x80\x00", "bits: 15", "1"),
    ("uint16", b"\x80\x01", "bits: 0-15", "32769"),
    ("int32", struct.pack(">i", -2147483648), "", "-2147483648"),
    ("int32", struct.pack(">i", -2147483648), "no_value: [0x80000000]", "null"),
    ("int32", struct.pack(">i", -32768), "no_value: [0x8000]", "-32768"),
    ("int32", struct.pack(">i", -123456), "scale: 0.001", "-123.456"),
    ("uint32", b"\xff\xff\xff\xff", "", "4294967295"),
    ("uint32", struct.pack(">I", 123456), 'expression: "value / 100"', "1234.56"),
    ("uint32", struct.pack(">I", 1), 'expression: "1 / (value - 1)"', "null"),
    ("uint32", b"\x80\x00\x00\x01", "bits: 31", "1"),
    ("int64", struct.pack(">q", -2**63), "", "-9223372036854775808"),
    ("int64", struct.pack(">q", -2**63), "scale: 0.1", "-922337203685477632"),
    ("int64", struct.pack(">q", 2**53 + 1), "", "9007199254740993"),
    ("uint64", b"\xff" * 8, "", "18446744073709551615"),
    ("uint64", b"\xff" * 8, "no_value: [-1]", "null"),
    ("uint64", b"\xff" * 8, "bits: 63", "1"),
    ("uint64", struct.pack(">Q", 2**53 + 1), "scale: 1", "9007199254740993"),
    ("float32", F32(0.1), "", "0.1"),
    ("float32", F32(0.1), "scale: 3", "0.3"),
    ("float32", F32(0.1), "scale: 10", "1"),
    ("float32", F32(16777216.0), "", "16777216"),
    ("float32", F32(3.4028235e38), "", "3.4028235e38"),
    ("float32", F32(1e-45), "", "1e-45"),
    ("float32", F32(-0.0), "", "-0"),
    ("float32", F32(21.456), "round: 1", "21.5"),
    ("float32", F32(float("nan")), "", "null"),
    ("float32", F32(float("inf")), "", "null"),
    ("float32", F32(float("-inf")), "scale: 0.1", "null"),
    ("float32", F32(-999.0), "no_value: [-999]", "null"),
    ("float64", F64(0.1), "", "0.1"),
    ("float64", F64(5e-324), "", "5e-324"),
    ("float64", F64(1.7976931348623157e308), "", "1.7976931348623157e308"),
    ("float64", F64(float("nan")), "", "null"),
    ("float64", F64(float("inf")), "round: 2", "null"),
    ("float64", F64(2.675), "round: 2", "2.68"),
    ("bcd16", b"\x98\x76", "", "9876"),
    ("bcd16", b"\x98\x7a", "", "null"),
    ("bcd32", b"\x12\x34\x56\x78", "scale: 0.01", "123456.78"),
    ("bool", b"\x00\x00", "", "false"),
    ("bool", b"\x00\x80", "", "true"),
]
ORDERS = list(itertools.product(("big", "little"), repeat=2))


def words(data, word_order="big", byte_order="big"):
    """The registers on the wire."""
    registers = struct.unpack(f"{'>' if byte_order == 'big' else '<'}{len(data) // 2}H", data)
    return list(registers if word_order == "big" else reversed(registers))


def number(text):
    value = json.loads(text)
    return value if isinstance(value, (bool, str, type(None))) else float(value)


class Values(SystemTest):
    def payload_of(self, units, config, device="D"):
        self.slave = self.tcp_slave(units)
        broker = self.broker()
        self.subscriber_ = self.subscriber(broker)
        self.gateway_ = self.gateway(HEAD + config, BROKER=broker.port, SLAVE=self.slave.port)
        return self.subscriber_.wait(1, f"site/{device}")[0].payload

    def test_each_type_in_each_order(self):
        registers, points, expected, at = {}, [], {}, 0
        for (kind, data, options, text), (word, byte) in itertools.product(TABLE, ORDERS):
            name = f"p{len(points)}"
            expected[name] = (text, f"{kind} {data.hex()} {{{options}}} words {word} bytes {byte}")
            points.append(
                f"      - {{ name: {name}, register: 'holding:{at}', type: {kind}, "
                f"word_order: {word}, byte_order: {byte}{', ' * bool(options)}{options} }}\n")
            for register in words(data, word, byte):
                registers[at] = register
                at += 1
        payload = self.payload_of({1: {"holding": registers}},
                                  DEVICE.format(name="D", unit=1, more="") + "".join(points))
        # As text: a parser would hide digits that are too many or too few.
        found = dict(zip(json.loads(payload), json.JSONDecoder(
            parse_float=str, parse_int=str).decode(payload).values()))
        for name, (text, what) in expected.items():
            with self.subTest(what):
                value = found[name]
                shown = value if isinstance(value, str) and text[0] != '"' else json.dumps(value)
                self.assertEqual(number(shown), number(text))
                self.assertEqual(shown.replace("e+", "e"), text)

    def test_strings(self):
        cases = [(b"AB12", "AB12"), (b"AB\0\0", "AB"), (b"AB  ", "AB"), (b"A\0CD", "A"),
                 (b'"\\\x01\n', '"\\\x01\n'), ("é°".encode(), "é°")]
        registers, points, at = {}, [], 0
        for (data, _), byte in itertools.product(cases, ("big", "little")):
            points.append(f"      - {{ name: p{len(points)}, register: 'input:{at}', "
                          f"type: string, length: 2, byte_order: {byte} }}\n")
            for register in words(data, "big", byte):
                registers[at] = register
                at += 1
        payload = json.loads(self.payload_of(
            {1: {"input": registers}}, DEVICE.format(name="D", unit=1, more="") + "".join(points)))
        for i, ((_, text), _) in enumerate(itertools.product(cases, range(2))):
            self.assertEqual(payload[f"p{i}"], text)

    def test_a_string_that_is_no_utf8_still_makes_a_payload_of_utf8(self):
        payload = json.loads(self.payload_of(
            {1: {"holding": {0: 0xFFFE, 1: 0x4142}}}, DEVICE.format(name="D", unit=1, more="") +
            "      - { name: s, register: 'holding:0', type: string, length: 2 }\n"))
        self.assertTrue(payload["s"].endswith("AB"), payload)

    def test_bits_at_odd_offsets_and_the_ends_of_the_address_space(self):
        coils = {at: (at * 7 // 3) % 2 for at in (3, 4, 13, 17, 1999, 2001, 2010, 4100)}
        points = "".join(
            f"      - {{ name: {kind[0]}{at}, register: '{kind}:{at}' }}\n"
            for kind in ("coil", "discrete") for at in (*coils, 0, 65535))
        ends = {0: 0x0102, 65535: 0xFFFE}
        points += "".join(f"      - {{ name: r{at}, register: 'holding:{at}' }}\n" for at in ends)
        coils.update({0: 1, 65535: 1})
        flipped = {at: 1 - value for at, value in coils.items()}
        for more in ("max_gap: 125", "max_gap: 0\n    max_bits: 7"):
            payload = json.loads(self.payload_of(
                {1: {"coil": coils, "discrete": flipped, "holding": ends}},
                DEVICE.format(name="D", unit=1, more=more) + points))
            for at, value in coils.items():
                self.assertIs(payload[f"c{at}"], bool(value), f"coil {at}, {more}")
                self.assertIs(payload[f"d{at}"], not value, f"discrete {at}, {more}")
            self.assertEqual((payload["r0"], payload["r65535"]), (0x0102, 0xFFFE))
            self.gateway_.stop()

    def test_limits_of_requests_change_no_value(self):
        registers = {at: (at * 37) & 0xFFFF for at in range(400)}
        points = "".join(f"      - {{ name: r{at}, register: 'holding:{at}', type: {kind} }}\n"
                         for at, kind in ((0, "uint16"), (123, "uint32"), (124, "uint32"),
                                          (125, "uint16"), (141, "uint16"), (158, "uint16"),
                                          (249, "uint64"), (399, "uint16")))
        for more in ("max_registers: 125\n    max_gap: 125",
                     "max_registers: 4\n    max_gap: 0", ""):
            payload = json.loads(self.payload_of(
                {1: {"holding": registers}}, DEVICE.format(name="D", unit=1, more=more) + points))

            def joined(at, count):
                return int("".join(f"{registers[at + i]:04x}" for i in range(count)), 16)
            for at, count in ((0, 1), (123, 2), (124, 2), (125, 1), (158, 1), (249, 4), (399, 1)):
                self.assertEqual(payload[f"r{at}"], joined(at, count), f"{at}, {more}")
            self.gateway_.stop()

    def test_a_value_beyond_the_last_address_is_refused_at_check(self):
        path = self.file("beyond.yaml", (HEAD + DEVICE.format(name="D", unit=1, more="") + """
      - { name: v, register: "holding:65535", type: uint32 }
""").replace("${BROKER}", "1").replace("${SLAVE}", "1"))
        checked = self.fieldway("check", "--config", path)
        self.assertEqual(checked.returncode, 2, checked.stdout)
        self.assertIn("65535", checked.stderr)

    def test_points_have_their_own_intervals(self):
        slave, broker = self.tcp_slave({1: {"holding": {0: 1, 1: 2}}}), self.broker()
        arrivals = self.subscriber(broker)
        self.gateway(HEAD + DEVICE.format(name="D", unit=1, more="""
    messages: [{ subtopic: fast, points: [a] }, { subtopic: slow, points: [b] }]
""") + """
      - { name: a, register: "holding:0", every: 100ms }
      - { name: b, register: "holding:1", every: 2s }
""", BROKER=broker.port, SLAVE=slave.port)
        arrivals.wait(3, "site/D/slow")
        topics = [message.topic for message in arrivals.messages()]
        fast, slow = topics.count("site/D/fast"), topics.count("site/D/slow")
        self.assertGreater(fast, 5 * (slow - 1))


if __name__ == "__main__":
    unittest.main()

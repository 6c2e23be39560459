"""Payloads that are not JSON: each with its content type, and rows that a stop does not lose."""
import unittest

from fieldway_test import UPLINK, SystemTest

DEVICE = UPLINK + """
inputs:
  - { name: script, plugin: exec, command: [/bin/sh, "${SCRIPT}"] }
devices:
  - id: ROOM
    uplink: broker
    input: script
    address: { key: r }
    messages:
"""

ONCE = """echo '{"key":"r","values":{"temp":21.5,"note":"a < b, c","code":1094861636}}'
cat >/dev/null
"""


class Formats(SystemTest):
    def gateway_with(self, messages, broker, script=ONCE):
        return self.gateway(DEVICE + messages, BROKER=broker.port,
                            SCRIPT=self.file("script.sh", script))

    def test_check_says_how_long_rows_are_gathered(self):
        config = self.file("gathers.yaml", """
uplinks:
  - { name: b, platform: generic, url: "mqtt://127.0.0.1:1", topics: { uplink: "s/{device}" } }
inputs:
  - { name: s, plugin: exec, command: [/bin/cat] }
devices:
  - id: A
    uplink: b
    input: s
    address: { key: a }
    points: [{ name: t }]
    messages:
      - every: 10m
        format: csv
        csv: { columns: [timestamp, t], sample: 10s }
""")
        check = self.fieldway("check", "--config", config)
        self.assertEqual(check.returncode, 0, check.stderr)
        self.assertIn("device A gathers the rows of its message for 10m: a crash may lose them",
                      check.stdout)

    def test_each_format_arrives_with_its_content_type(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway_with("""
      - { subtopic: csv, points: [temp, note], format: csv, csv: { columns: [temp, note] } }
      - { subtopic: text, points: [temp], format: text, text: { template: "T={temp} {device}" } }
      - { subtopic: xml, points: [note], format: xml, xml: { template: "<n>{note}</n>" } }
      - subtopic: bin
        points: [code, temp]
        format: binary
        binary: { fields: [{ point: code, type: uint32 }, { point: temp, type: uint8, scale: 2 }] }
      - subtopic: nested
        points: [temp]
        fields: { air.temp: temp }
""", broker)
        expected = {
            "csv": ("text/csv", "temp,note\r\n21.5,\"a < b, c\"\r\n"),
            "text": ("text/plain", "T=21.5 ROOM"),
            "bin": ("application/octet-stream", "ABCD+"),
            "xml": ("application/xml", "<n>a &lt; b, c</n>"),
        }
        for subtopic, (content_type, payload) in expected.items():
            message, = subscriber.wait(1, f"site/ROOM/{subtopic}")
            self.assertEqual(message.properties, {"content-type": content_type})
            self.assertEqual(message.payload, payload)
        nested, = subscriber.wait(1, "site/ROOM/nested")
        self.assertEqual(nested.json()["air"], {"temp": 21.5})
        self.assert_stops_in_time(gateway)

    def test_rows_that_are_still_gathered_are_sent_by_a_clean_stop(self):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        gateway = self.gateway_with("""
      - { subtopic: beat, every: 1s }
      - { subtopic: log, every: 2h, format: csv, csv: { columns: [temp], sample: 1s } }
""", broker)
        subscriber.wait(2, "site/ROOM/beat")  # a row is gathered with each of them
        self.assertFalse([m for m in subscriber.messages() if m.topic == "site/ROOM/log"])
        self.assert_stops_in_time(gateway)
        rows, = subscriber.wait(1, "site/ROOM/log")
        self.assertRegex(rows.payload, r"^temp\r\n(21\.5\r\n){2,}$")
        self.assertEqual(rows.properties, {"content-type": "text/csv"})


if __name__ == "__main__":
    unittest.main()

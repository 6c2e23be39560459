"""`fieldway decode`: what bytes mean, and the reason where they mean nothing."""
import json
import unittest

from fieldway_test import SystemTest


class Decode(SystemTest):
    def value(self, *words):
        done = self.fieldway("decode", "modbus", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["value"]

    def test_a_value_goes_through_what_a_point_has(self):
        self.assertEqual(
            self.value("--type", "float32", "--word-order", "little", "0000", "41AC"), 21.5)
        self.assertEqual(
            self.value("--type", "int16", "--scale", "0.1", "--offset=-1", "00D7"), 20.5)
        self.assertEqual(self.value("--bits", "3-5", "0028"), 5)
        self.assertEqual(self.value("--expression", "value / 2", "0007"), 3.5)

    def test_a_frame_is_shown(self):
        done = self.fieldway("decode", "rtu", "--request", "01 03 00 00 00 02", "C4", "0B")
        self.assertEqual(json.loads(done.stdout),
                         {"unit": 1, "function": 3, "address": 0, "quantity": 2})

    def test_the_kinds_and_their_options_are_told(self):
        self.assertIn("modbus, rtu, tcp, ascii", self.fieldway("decode", "--help").stdout)
        done = self.fieldway("decode", "modbus", "--help")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--word-order", done.stdout)

    def test_json_may_be_asked_for(self):
        done = self.fieldway("decode", "modbus", "--json", "00D7")
        self.assertEqual(json.loads(done.stdout), {"value": 215}, done.stderr)

    def test_bad_bytes_fail_with_the_reason(self):
        done = self.fieldway("decode", "rtu", "010300000002C40C")
        self.assertEqual(done.returncode, 1)
        self.assertIn("checksum", done.stderr)

    def test_an_unknown_kind_is_told_with_those_that_are_known(self):
        done = self.fieldway("decode", "rtv", "00")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean rtu?", done.stderr)


if __name__ == "__main__":
    unittest.main()

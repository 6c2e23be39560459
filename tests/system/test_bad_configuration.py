"""What is wrong with a configuration is told at once, with its place, and nothing runs."""
import re
import subprocess
import unittest

from fieldway_test import SystemTest
from fieldway_test.gateway import environment_in, program
from fieldway_test.waiting import PATIENCE

GOOD = """
uplinks:
  - { name: broker, platform: generic, url: "mqtt://127.0.0.1:1", topics: { uplink: "{device}" } }
inputs:
  - { name: hall, plugin: modbus, url: "tcp://127.0.0.1:1" }
devices:
  - id: A
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 10s
    points:
      - { name: a, register: "holding:0", type: uint16 }
"""

# (claim, text to replace, replacement, line, what the sentence names)
MISTAKES = (
    ("broken YAML", "address: { unit: 1 }", "address: { unit: 1", None, ""),
    ("an unknown key, with the nearest", "every: 10s", "evry: 10s", 11, "every"),
    ("a wrong type", "unit: 1", "unit: one", 10, "one"),
    ("a duration without its unit", "every: 10s", "every: 10", 11, "10"),
    ("a slash in a device id", "id: A", "id: A/B", 7, "A/B"),
    ("a plus in a device id", "id: A", "id: A+B", 7, "A+B"),
    ("a hash in a device id", "id: A", 'id: "A#B"', 7, "A#B"),
    ("a control character in a device id", "id: A", r'id: "A\tB"', 7, "control"),
    ("an uplink that is not there", "uplink: broker", "uplink: brokr", 8, "brokr"),
    ("an input that is not there", "input: hall", "input: hal", 9, "hal"),
    ("a register that is none", "holding:0", "holding:70000", 13, "70000"),
    ("a variable that is not set", "mqtt://127.0.0.1:1", "${FIELDWAY_TEST_UNSET}", 3,
     "FIELDWAY_TEST_UNSET"),
    ("what is not built yet", 'url: "mqtt://', 'url: "ws://', 3, "ws"),
    ("two devices of one id", GOOD[GOOD.index("  - id: A"):],
     GOOD[GOOD.index("  - id: A"):] * 2, 14, "A"),
)


class BadConfiguration(SystemTest):
    def test_the_good_one_is_good(self):
        path = self.file("fieldway.yaml", GOOD)
        run = self.fieldway("check", "--config", path)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_each_mistake_ends_run_and_check_with_2_and_names_its_place(self):
        for claim, text, replacement, line, names in MISTAKES:
            with self.subTest(claim):
                self.assertIn(text, GOOD)
                path = self.file("fieldway.yaml", GOOD.replace(text, replacement, 1))
                for verb in ("check", "run"):
                    run = self.fieldway(verb, "--config", path)
                    self.assertEqual(run.returncode, 2, run.stderr)
                    place = re.search(r"fieldway\.yaml:(\d+):(\d+): (\S.*)", run.stderr)
                    self.assertTrue(place, run.stderr)
                    if line is not None:
                        self.assertEqual(int(place[1]), line, run.stderr)
                    self.assertIn(names, place[3])

    def test_an_unknown_plugin_is_an_error_of_check(self):
        # `run` starts the other inputs: test_plugins.py.
        path = self.file("fieldway.yaml", GOOD.replace("plugin: modbus", "plugin: modbuss"))
        run = self.fieldway("check", "--config", path)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertRegex(run.stderr, r"fieldway\.yaml:5:\d+: there is no plugin modbuss")

    def test_all_mistakes_of_a_file_are_told_at_once(self):
        text = GOOD.replace("unit: 1", "unit: one").replace("every: 10s", "evry: 10s").replace(
            "uplink: broker", "uplink: brokr")
        run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        lines = [int(line) for line in re.findall(r"fieldway\.yaml:(\d+):\d+:", run.stderr)]
        self.assertEqual(lines, [8, 10, 11], run.stderr)

    def test_what_the_loader_and_what_a_plugin_refuses_are_told_together(self):
        text = GOOD.replace("unit: 1", "unit: one").replace("holding:0", "holding:70000")
        text += """      - { name: b, register: "input:1", type: int61 }
      - { name: c, register: "input:1", type: string }
"""
        run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        found = re.findall(r"fieldway\.yaml:(\d+):\d+: (.*)", run.stderr)
        # The plugin says nothing of line 14: what the loader refused there it has not seen.
        self.assertEqual([int(line) for line, _ in found], [10, 13, 14, 15], run.stderr)
        self.assertIn("70000", found[1][1])
        self.assertIn("length", found[3][1])

    def test_a_file_that_is_not_there_is_named(self):
        run = self.fieldway("run", "--config", self.folder + "/nothing.yaml")
        self.assertEqual(run.returncode, 2)
        self.assertIn("nothing.yaml", run.stderr)

    def test_a_verb_that_is_none_is_a_usage_error(self):
        for words, sentence in (
                (("runn",), 'there is no verb runn; did you mean run?'),
                (("check", "a.yaml"), "a configuration file is named by --config a.yaml"),
                (("version", "--jsonn"), "`version` does not take --jsonn")):
            said = self.fieldway(*words)
            self.assertEqual(said.returncode, 2)
            self.assertIn(sentence, said.stderr)

    def test_a_plugin_file_that_is_no_plugin_is_refused_with_the_reason(self):
        self.file("broken.so", "not a library")
        text = f"gateway: {{ plugin_dir: {self.folder} }}\n" + GOOD.replace("modbus", "broken")
        run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, r"fieldway\.yaml:6:\d+: .*broken")

    def test_a_secret_file_that_others_can_read_is_warned_of(self):
        secret = self.file("secret", "the-password\n", mode=0o644)
        url = 'url: "mqtt://127.0.0.1:1"'
        auth = f'auth: {{ method: password, username: me, password_file: "{secret}" }}'
        text = GOOD.replace(url, f"{url}, {auth}")
        run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stderr, r"fieldway\.yaml:3:\d+: warning: .*secret")
        self.assertNotIn("the-password", run.stdout + run.stderr)

    def test_a_secret_file_that_is_not_there_costs_its_uplink_alone(self):
        first = GOOD[GOOD.index("  - { name: broker"):GOOD.index("inputs:")]
        other = first.replace("broker", "other").replace(
            "topics", "auth: { method: password, username: me, password_file: none }, topics")
        device = GOOD[GOOD.index("  - id: A"):]
        text = GOOD.replace("inputs:", other + "inputs:") + device.replace(
            "id: A", "id: B").replace("broker", "other").replace("unit: 1", "unit: 2")
        check = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        self.assertEqual(check.returncode, 2, check.stderr)
        self.assertRegex(check.stderr, r"fieldway\.yaml:4:\d+: password_file is .*none, which is "
                                       r"not there")
        gateway = self.gateway(text)
        gateway.wait_log(r"config\.uplink.*uplink other cannot connect")
        gateway.wait_log(r"session\.refused.*cannot read .*none")
        states = {session["device"]: session["state"] for session in
                  gateway.ask("status")["sessions"]}
        self.assertEqual(states["B"], "refused")
        self.assertNotEqual(states["A"], "refused")

    def test_a_text_that_can_be_read_once_alone_is_refused(self):
        for text in ("x: 1\n", GOOD):
            run = subprocess.run([program(), "check", "--config", "/dev/stdin"],
                                 input=text, env=environment_in(self.folder, {}), text=True,
                                 capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(run.returncode, 2, run.stdout)
            self.assertIn("/dev/stdin is no regular file", run.stderr)

    def test_a_device_without_an_address_hides_nothing_else(self):
        text = GOOD.replace("    address: { unit: 1 }\n", "").replace(
            'url: "tcp://127.0.0.1:1"', 'url: "rtu:/dev/ttyS9", data_bits: 7')
        run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
        found = re.findall(r"fieldway\.yaml:(\d+):\d+: (\w+)", run.stderr)
        self.assertEqual(found, [("5", "data_bits"), ("7", "address")], run.stderr)

    def test_what_the_type_of_a_register_cannot_be_is_told_at_its_place(self):
        for more, line in (("bits: 20", r"13:\d+: bits goes up to bit 20"),
                           ("no_value: [99999]", r"13:\d+: no_value has 99999"),
                           ("writable: true, max: 70000", r"13:\d+: warning: max is 70000"),
                           ("writable: true, max: 7000, scale: 0.1", None)):
            with self.subTest(more):
                text = GOOD.replace("type: uint16", "type: uint16, " + more)
                run = self.fieldway("check", "--config", self.file("fieldway.yaml", text))
                if line is None:
                    self.assertEqual(run.stderr, "")
                else:
                    self.assertRegex(run.stderr, "fieldway.yaml:" + line)

    def test_a_point_is_written_once(self):
        path = self.file("fieldway.yaml", GOOD)
        run = self.fieldway("write", "--config", path, "A", "a=22", "a=5")
        self.assertEqual(run.returncode, 2)
        self.assertIn("a stands twice; name it once", run.stderr)

    def test_verbs_that_print_need_no_configuration(self):
        self.assertRegex(self.fieldway("version").stdout, r"\d+\.\d+\.\d+")
        plugins = self.fieldway("plugins")
        self.assertEqual(plugins.returncode, 0, plugins.stderr)
        for name in ("modbus", "exec"):
            self.assertIn(name, plugins.stdout)
        self.assertIn('"$schema"', self.fieldway("schema").stdout)


if __name__ == "__main__":
    unittest.main()

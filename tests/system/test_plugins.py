"""One bad plugin stays one bad plugin: the others run, and what is wrong is told once."""
import os
import signal
import time
import unittest

from fieldway_test import SystemTest

BUILD = os.environ["FIELDWAY_BUILD"]
TEST_PLUGINS = os.path.join(BUILD, "tests", "unit", "input", "plugins")

CONFIG = """
gateway: {{ plugin_dir: "{plugins}" }}
uplinks:
  - {{ name: broker, platform: generic, url: "mqtt://127.0.0.1:${{BROKER}}",
      topics: {{ uplink: "{{device}}" }} }}
inputs:
  - {{ name: good, plugin: exec, command: [sh, -c, {command}] }}
  - {{ name: bad, {bad} }}
devices:
  - {{ id: GOOD, uplink: broker, input: good, address: {{ key: g }}, points: [{{ name: value }}] }}
  - {{ id: BAD, uplink: broker, input: bad, points: [{{ name: value }}] }}
"""
LINE = '{\\"key\\": \\"g\\", \\"values\\": {\\"value\\": 1}}'
COMMAND = f"""'while :; do echo "{LINE}"; sleep 0.1; done'"""


def scripted(where, what):
    return f"plugin: scripted, in: {where}, do: {what}"


class Plugins(SystemTest):
    def setUp(self):
        super().setUp()
        self.plugins = os.path.join(self.folder, "plugins")
        os.mkdir(self.plugins)
        self.add(os.path.join(BUILD, "plugins", "exec.so"))
        self.add(os.path.join(TEST_PLUGINS, "good", "scripted.so"))

    def add(self, file):
        os.symlink(file, os.path.join(self.plugins, os.path.basename(file)))

    def text(self, bad):
        return CONFIG.format(plugins=self.plugins, bad=bad, command=COMMAND)

    def with_bad(self, bad, wait_ready=True, **env):
        broker = self.broker()
        subscriber = self.subscriber(broker)
        return self.gateway(self.text(bad), wait_ready, BROKER=broker.port, **env), subscriber

    def state_of(self, gateway, name):
        return next(i for i in gateway.ask("status")["inputs"] if i["name"] == name)

    def assert_bad_is_failed_and_good_runs(self, gateway, subscriber, *named):
        subscriber.wait(2, "GOOD")
        gateway.wait_log("input bad is failed")
        bad = self.state_of(gateway, "bad")
        self.assertEqual(bad["state"], "failed")
        for text in named:
            self.assertIn(text, bad["reason"])
        self.assertEqual(self.state_of(gateway, "good")["state"], "up")
        devices = {d["id"]: d for d in gateway.ask("status")["devices"]}
        self.assertEqual(devices["BAD"]["state"], "down")
        told = [line for line in gateway.log() if "input bad is failed" in line]
        self.assertEqual(len(told), 1, told)
        self.assert_stops_in_time(gateway)

    def check(self, bad):
        return self.fieldway("check", "--config", self.file("c.yaml", self.text(bad)), BROKER=1)

    def test_what_no_input_names_is_not_loaded_to_run_and_found_by_the_verb_that_lists(self):
        self.add(os.path.join(TEST_PLUGINS, "good", "steady.so"))
        gateway, subscriber = self.with_bad("plugin: scripted")
        subscriber.wait(1, "GOOD")
        with open(f"/proc/{gateway.pid}/maps", encoding="utf-8") as file:
            mapped = file.read()
        self.assertIn("/exec.so\n", mapped)
        self.assertIn("/scripted.so\n", mapped)
        self.assertNotIn("/steady.so\n", mapped)
        self.assertIn("steady", gateway.verb("plugins").stdout)

    def test_an_unknown_plugin_fails_its_input_alone_and_check(self):
        checked = self.check("plugin: mudbus")
        self.assertEqual(checked.returncode, 2)
        self.assertRegex(checked.stderr, r"c\.yaml:8:\d+: there is no plugin mudbus")
        self.assert_bad_is_failed_and_good_runs(*self.with_bad("plugin: mudbus"),
                                                "fieldway.yaml:8:", "there is no plugin mudbus")

    def test_a_plugin_of_another_abi_version_fails_its_input_alone_and_check(self):
        self.add(os.path.join(TEST_PLUGINS, "bad", "wrong-version.so"))
        self.assertEqual(self.check("plugin: wrong-version").returncode, 2)
        self.assert_bad_is_failed_and_good_runs(*self.with_bad("plugin: wrong-version"),
                                                "version 1 of the plugin interface")

    def test_garbage_in_the_folder_of_plugins_harms_nobody(self):
        whole = os.path.join(BUILD, "plugins", "exec.so")
        with open(whole, "rb") as file:
            image = file.read()
        for name, content in (("empty.so", b""), ("text.so", b"#!/bin/sh\n"),
                              ("noise.so", os.urandom(5000)), ("half.so", image[:len(image) // 2]),
                              ("head.so", image[:4096]), ("tail.so", image[:-64])):
            with open(os.path.join(self.plugins, name), "wb") as file:
                file.write(content)
        os.mkdir(os.path.join(self.plugins, "folder.so"))
        os.symlink("/nowhere", os.path.join(self.plugins, "dangling.so"))
        self.assert_bad_is_failed_and_good_runs(*self.with_bad("plugin: half"), "half", "refused")

    def test_other_mistakes_beside_an_unknown_plugin_still_end_run(self):
        text = self.text("plugin: mudbus").replace("address: { key: g }", "adress: { key: g }")
        run = self.fieldway("run", "--config", self.file("c.yaml", text), BROKER=1)
        self.assertEqual(run.returncode, 2)
        self.assertIn("mudbus", run.stderr)
        self.assertIn("adress", run.stderr)

    def test_a_plugin_that_refuses_or_throws_in_start_fails_its_input_alone(self):
        self.assert_bad_is_failed_and_good_runs(*self.with_bad(scripted("start", "refuse")),
                                                "refused in start")

    def test_a_plugin_that_throws_in_start_fails_its_input_alone(self):
        self.assert_bad_is_failed_and_good_runs(*self.with_bad(scripted("start", "throw")),
                                                "the plugin scripted could not do this, by a fault "
                                                "of its own (thrown in start); tell its maker")

    def test_a_plugin_that_hangs_in_check_is_named_and_the_others_run(self):
        self.assert_bad_is_failed_and_good_runs(
            *self.with_bad(scripted("check", "hang")), "scripted did not return from check")

    def test_a_plugin_that_hangs_in_start_is_named_and_the_others_run(self):
        gateway, subscriber = self.with_bad(scripted("start", "hang"))
        subscriber.wait(2, "GOOD")
        gateway.wait_log("scripted did not return from start of input bad")
        self.assert_bad_is_failed_and_good_runs(gateway, subscriber, "scripted did not return")

    def test_sigterm_while_a_plugin_hangs_in_start_ends_in_time(self):
        gateway, subscriber = self.with_bad(scripted("start", "hang"))
        subscriber.wait(2, "GOOD")
        self.assert_stops_in_time(gateway)
        self.assertIn("still busy with start of input bad", "\n".join(gateway.log()))

    def test_sigterm_while_a_plugin_hangs_in_check_ends_in_time(self):
        gateway, _ = self.with_bad(scripted("check", "hang"), wait_ready=False)
        marker = os.path.join(gateway.folder, "state", "plugin-checks", "scripted.bad.starting")
        deadline = time.monotonic() + 10
        while not os.path.exists(marker) and time.monotonic() < deadline:
            # sleeps because a file that another process makes tells nobody
            time.sleep(0.01)
        self.assertTrue(os.path.exists(marker), gateway.log())
        self.assert_stops_in_time(gateway)

    def test_a_plugin_that_hangs_in_stop_is_named_and_the_gateway_ends_in_time(self):
        gateway, subscriber = self.with_bad(scripted("stop", "hang"))
        subscriber.wait(2, "GOOD")
        self.assert_stops_in_time(gateway)
        self.assertIn("stop of input bad", "\n".join(gateway.log()))

    def crashes(self, where, broker, state):
        gateway = self.gateway(self.text(scripted(where, "crash")), wait_ready=False,
                               BROKER=broker.port, STATE_DIRECTORY=state)
        self.assertEqual(gateway.wait(), -signal.SIGKILL, gateway.log())

    def assert_three_crashes_disable_the_input_alone(self, where):
        broker, state = self.broker(), os.path.join(self.folder, "not-there-yet", "state")
        subscriber = self.subscriber(broker)
        for _ in range(3):
            self.crashes(where, broker, state)
        gateway = self.gateway(self.text(scripted(where, "crash")), BROKER=broker.port,
                               STATE_DIRECTORY=state)
        self.assert_bad_is_failed_and_good_runs(gateway, subscriber, "3 times in a row",
                                                "scripted", "delete " + state)

    def test_an_input_that_crashes_us_in_start_three_times_is_disabled(self):
        self.assert_three_crashes_disable_the_input_alone("start")

    def test_an_input_that_crashes_us_in_check_three_times_is_disabled(self):
        self.assert_three_crashes_disable_the_input_alone("check")

    def test_a_state_folder_that_cannot_be_written_is_told_and_prevents_nothing(self):
        gateway, subscriber = self.with_bad("plugin: mudbus", STATE_DIRECTORY="/proc/no/state")
        self.assert_bad_is_failed_and_good_runs(gateway, subscriber)
        self.assertIn("/proc/no/state cannot be written", "\n".join(gateway.log()))


if __name__ == "__main__":
    unittest.main()

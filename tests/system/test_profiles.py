"""The device library as its user has it: profiles list, show, test, and a device that uses one."""
import glob
import json
import os
import re
import unittest

from fieldway_test import SystemTest

SOURCE = os.environ["FIELDWAY_SOURCE"]
SHIPPED = os.path.join(SOURCE, "config", "profiles")
ALL = sorted(os.path.relpath(path, SHIPPED)[:-len(".yaml")]
             for path in glob.glob(os.path.join(SHIPPED, "*", "*.yaml")))

OWN = """maker: Acme
model: Meter
plugin: modbus
source: [a manual]
address: { unit: 1 }
points:
  - { name: voltage, register: "input:0", scale: 0.1, unit: V }
  - { name: power, register: "holding:4", type: int32, unit: W }
examples:
  - registers:
      "input:0": "08FE"
      "holding:4": "FFFF FF38"
    values: { voltage: 230.2, power: -200 }
"""


class Profiles(SystemTest):
    def own(self, text, name="acme/meter"):
        """A configuration whose profile_dirs has this profile."""
        path = os.path.join(self.folder, "mine", name + ".yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return self.file("fieldway.yaml", "gateway: { profile_dirs: [mine] }\n")

    def profiles(self, *words, config=None):
        return self.fieldway("profiles", *words, "--config", config or "/nonexistent.yaml")

    def wrong(self, text):
        """What `profiles test` says of it, by place."""
        config = self.own(text)
        tested = self.profiles("test", "acme/meter", config=config)
        self.assertEqual(tested.returncode, 1, tested.stdout)
        self.assertIn("acme/meter: wrong", tested.stdout)
        prefix = os.path.join(self.folder, "mine/acme/meter.yaml:")
        lines = tested.stderr.splitlines()
        self.assertTrue(lines and all(line.startswith(prefix) for line in lines), tested.stderr)
        return [line[len(prefix):] for line in lines]

    def test_every_shipped_profile_is_right(self):
        tested = self.profiles("test")
        self.assertEqual((tested.returncode, tested.stderr), (0, ""), tested.stdout)
        self.assertEqual(tested.stdout.splitlines()[-1],
                         f"{len(ALL)} of {len(ALL)} profiles are right")

    def test_thirty_models_and_more_are_shipped_each_with_points_and_values(self):
        results = json.loads(self.profiles("test", "--json").stdout)
        self.assertEqual([result["name"] for result in results], ALL)
        self.assertGreaterEqual(len(results), 30)
        for result in results:
            self.assertTrue(result["ok"] and result["points"] > 0, result)
            self.assertGreaterEqual(result["values"], result["points"], result)

    def test_each_shipped_profile_makes_a_device_that_check_passes_without_a_word(self):
        devices = "".join(
            f"  - {{ id: D{i}, uplink: b, input: i{i // 200}, address: {{ unit: {1 + i % 200} }}, "
            f"profile: {name} }}\n" for i, name in enumerate(ALL))
        inputs = "".join(f"  - {{ name: i{i}, plugin: modbus, url: \"tcp://127.0.0.{1 + i}\" }}\n"
                         for i in range(1 + len(ALL) // 200))
        config = self.file("fieldway.yaml", f"""
uplinks: [{{ name: b, platform: akenza, url: "mqtts://mqtt.akenza.io", auth: {{ method: none }} }}]
inputs:
{inputs}devices:
{devices}""")
        checked = self.fieldway("check", "--json", "--config", config)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertEqual(json.loads(checked.stdout)["devices"], len(ALL))

    def test_list_tells_them_all(self):
        listed = self.profiles("list")
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in listed.stdout.splitlines()[1:]], ALL)
        first = json.loads(self.profiles("list", "--json").stdout)[0]
        self.assertEqual(set(first), {"name", "maker", "model", "plugin", "points", "file"})

    def test_show_tells_where_it_stands_where_its_figures_come_from_and_each_point(self):
        shown = self.profiles("show", "eastron/sdm120")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for part in (os.path.join(SHIPPED, "eastron/sdm120.yaml"), "source ", "note ", "baud: 2400",
                     "voltage", "input:0x0000", "lifecycle"):
            self.assertIn(part, shown.stdout)
        as_json = json.loads(self.profiles("show", "eastron/sdm120", "--json").stdout)
        self.assertEqual(as_json["profile"]["points"][0]["name"], "voltage")

    def test_a_name_that_is_not_there_is_told_with_the_nearest(self):
        for verb in ("show", "test"):
            asked = self.profiles(verb, "eastron/sdm121")
            self.assertEqual(asked.returncode, 2)
            self.assertEqual(asked.stderr, "fieldway: there is no profile eastron/sdm121; did you "
                             'mean "eastron/sdm120"?\n')

    def test_a_good_profile_of_ones_own_is_right_and_listed(self):
        config = self.own(OWN)
        tested = self.profiles("test", "acme/meter", config=config)
        self.assertEqual((tested.returncode, tested.stderr, tested.stdout),
                         (0, "", "acme/meter: ok, 2 points, 2 values in 1 example\n"))
        self.assertIn("acme/meter", self.profiles("list", config=config).stdout)

    def test_a_profile_of_ones_own_goes_before_the_shipped_one(self):
        config = self.own(OWN, "eastron/sdm120")
        shown = self.profiles("show", "eastron/sdm120", config=config)
        self.assertIn("Acme Meter", shown.stdout)

    def test_a_value_that_is_not_what_the_example_says_is_told_with_both_and_their_places(self):
        self.assertEqual(self.wrong(OWN.replace("scale: 0.1", "scale: 0.01")), [
            "13:24: voltage is 23.02 as the profile decodes it, and 230.2 by the example: correct "
            "the point, line 7, or the example"])
        self.assertEqual(self.wrong(OWN.replace("type: int32", "type: uint32")), [
            "13:38: power is 4294967096 as the profile decodes it, and -200 by the example: "
            "correct the point, line 8, or the example"])
        swapped = OWN.replace("type: int32", "type: int32, word_order: little")
        self.assertEqual(len(self.wrong(swapped)), 1)

    def test_registers_that_the_example_does_not_have_are_told(self):
        self.assertEqual(self.wrong(OWN.replace("FFFF FF38", "FFFF")),
                         ["13:38: power cannot be decoded: the example has no holding:5"])

    def test_a_register_that_is_none_is_told_where_it_stands(self):
        self.assertEqual(self.wrong(OWN.replace('"08FE"', '"8FE"')), [
            '11:7: "8FE" is no register: write four hexadecimal digits for each',
            "13:24: voltage cannot be decoded: the example has no input:0"])

    def test_a_point_without_an_example_is_told(self):
        self.assertEqual(self.wrong(OWN.replace(", power: -200", "")), [
            "8:5: no example covers the point power; add its registers and its value to one"])

    def test_what_the_plugin_refuses_is_told_where_it_stands(self):
        said = self.wrong(OWN.replace('register: "input:0"', 'register: "inputs:0"'))
        self.assertEqual(said[0], '7:32: register "inputs:0" is not AREA:ADDRESS with the area '
                         "coil, discrete, input or holding")

    def test_a_plugin_that_is_not_there_or_decodes_nothing_is_told_where_it_stands(self):
        self.assertRegex(self.wrong(OWN.replace("plugin: modbus", "plugin: modbs"))[0],
                         '^3:9: there is no plugin modbs; did you mean "modbus"\\?$')
        other = OWN.replace("plugin: modbus", "plugin: exec")
        self.assertIn("3:9: the plugin exec cannot decode examples; its profiles cannot be tested "
                      "yet", self.wrong(other))

    def test_an_error_in_a_profile_is_told_by_check_at_the_place_in_the_profile(self):
        self.own(OWN.replace("scale: 0.1", "scal: 0.1").replace("unit: W", "unit: W, bits: 9-2"))
        config = self.file("fieldway.yaml", """
gateway: { profile_dirs: [mine] }
uplinks: [{ name: b, platform: generic, url: "mqtt://127.0.0.1", topics: { uplink: "s/{device}" } }]
inputs: [{ name: hall, plugin: modbus, url: "tcp://127.0.0.1:502" }]
devices: [{ id: A1, uplink: b, input: hall, profile: acme/meter }]
""")
        checked = self.fieldway("check", "--config", config)
        self.assertEqual(checked.returncode, 2)
        self.assertEqual([re.sub(r"^.*/(mine/.*?:\d+:\d+): .*", r"\1", line)
                          for line in checked.stderr.splitlines()],
                         ["mine/acme/meter.yaml:7:43", "mine/acme/meter.yaml:8:71"])


if __name__ == "__main__":
    unittest.main()

"""`cmake --install` gives a service."""
import glob
import json
import os
import re
import shutil
import subprocess
import unittest

from fieldway_test import SystemTest

BUILD = os.environ["FIELDWAY_BUILD"]
MOST_EXPOSURE = 2.0  # as systemd-analyze security rates it, 0 to 10


class Install(SystemTest):
    def install(self, *more):
        subprocess.run(["cmake", "--install", BUILD, *more], check=True, capture_output=True,
                       env={**os.environ, "DESTDIR": self.folder}, text=True)

    def installed(self, ending):
        found = glob.glob(os.path.join(self.folder, "**", ending), recursive=True)
        self.assertEqual(len(found), 1, f"{ending}: {found}")
        return found[0]

    def unit(self):
        """The unit in a file of its own, with the program where this test has put it."""
        with open(self.installed("systemd/system/fieldway.service"), encoding="utf-8") as file:
            text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + self.installed("bin/fieldway"),
                          file.read())
        return self.file("fieldway.service", text)

    def test_program_plugins_unit_user_and_configuration_are_there_and_fit_together(self):
        self.install()
        self.installed("fieldway/plugins/modbus.so")
        listed = subprocess.run([self.installed("bin/fieldway"), "plugins"], text=True, check=True,
                                capture_output=True, env={})
        self.assertIn("modbus", listed.stdout)
        for ending in ("sysusers.d/fieldway.conf", "tmpfiles.d/fieldway.conf"):
            self.installed(ending)
        checked = subprocess.run([self.installed("bin/fieldway"), "check", "--config",
                                  self.installed("etc/fieldway/fieldway.yaml")], text=True,
                                 capture_output=True, env={}, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_the_unit_starts_the_program_where_a_prefix_given_at_installation_has_put_it(self):
        self.install("--prefix", "/opt/plant")
        with open(self.installed("systemd/system/fieldway.service"), encoding="utf-8") as file:
            unit = file.read()
        program = re.search(r"(?m)^ExecStart=(\S+)", unit)[1]
        self.assertEqual(self.folder + program, self.installed("bin/fieldway"))
        page = re.search(r"(?m)^Documentation=file:(\S+)", unit)[1]
        self.assertTrue(os.path.isfile(self.folder + page), page)

    def test_the_device_library_is_there_and_found(self):
        self.install()
        listed = subprocess.run([self.installed("bin/fieldway"), "profiles", "list", "--json"],
                                text=True, check=True, capture_output=True, env={})
        files = {profile["name"]: profile["file"] for profile in json.loads(listed.stdout)}
        installed = self.installed("fieldway/profiles/eastron/sdm120.yaml")
        self.assertEqual(files["eastron/sdm120"], os.path.realpath(installed))

    def test_links_of_the_installed_pages_lead_somewhere(self):
        self.install()
        readme = self.installed("doc/fieldway/README.md")
        with open(readme, encoding="utf-8") as file:
            links = re.findall(r"\]\(([^)#:]+)\)", file.read())
        self.assertTrue(links)
        for link in links:
            self.assertTrue(os.path.exists(os.path.join(os.path.dirname(readme), link)), link)

    def test_a_configuration_that_is_there_is_kept(self):
        self.install()
        path = self.installed("etc/fieldway/fieldway.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# the operator's\n")
        self.install()
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "# the operator's\n")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_unit_is_sound_and_its_sandbox_tight(self):
        self.install()
        unit = self.unit()
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], text=True,
                                  capture_output=True, check=False)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))
        with open(unit, encoding="utf-8") as file:
            filters = [line for line in file if line.startswith("SystemCallFilter=")]
        self.assertIn(" adjtimex ", filters[-1].replace("=", " ").replace("\n", " "),
                      "allowed after what is denied: how well the clock is kept is asked with it")
        rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit],
                               text=True, capture_output=True, check=False)
        exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", rated.stdout)
        self.assertTrue(exposure, rated.stdout + rated.stderr)
        self.assertLess(float(exposure[1]), MOST_EXPOSURE)


if __name__ == "__main__":
    unittest.main()

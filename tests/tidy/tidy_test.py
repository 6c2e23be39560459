"""Each rule finds what it is for in a small bad tree, and nothing in a good one."""
import tempfile
import unittest
from pathlib import Path

import profile_vocabulary
from rules import check

LINK_ORDER = 'foreach(folders "base" "flow,plugin_api" "config" "input,uplink" "app")\n'
# Built of two parts, so that the tree that holds this test has no such path itself.
SOMEBODYS_PATH = "/wo" + "rk/main/x"
LONG_LINE = "// " + "x" * 98

# What breaks a rule: (rule, {path: text}, where it is found).
BAD_TREES = (
    ("layers", {"src/flow/a.cpp": '#include "config/b.h"\n'}, ("src/flow/a.cpp", 1)),
    ("layers", {"src/input/a.cpp": '#pragma once\n#include "uplink/pool.h"\n'},
     ("src/input/a.cpp", 2)),
    ("layers", {"src/sundry/a.cpp": ""}, ("src/sundry/a.cpp", 1)),
    ("layers", {"src/base/a.cpp": '#include "somewhere.h"\n'}, ("src/base/a.cpp", 1)),
    ("layers", {"plugins/exec/a.cpp": '#include "flow/reading.h"\n'}, ("plugins/exec/a.cpp", 1)),
    ("layers", {"plugins/exec/a.cpp": '#include "modbus/register_codec.h"\n'},
     ("plugins/exec/a.cpp", 1)),
    ("single-home", {"src/uplink/a.cpp": "#include <yaml-cpp/yaml.h>\n"}, ("src/uplink/a.cpp", 1)),
    ("single-home", {"src/config/a.cpp": "#include <yaml-cpp/yaml.h>\n",
                     "src/config/b.cpp": "#include <yaml-cpp/yaml.h>\n"}, ("src/config/b.cpp", 1)),
    ("named-host", {"tests/system/a.py": 'run(["mosquitto_' + 'pub", "-p", port])\n'},
     ("tests/system/a.py", 1)),
    ("size", {"src/base/a.cpp": "\n" * 401}, ("src/base/a.cpp", 401)),
    ("size", {"src/base/a.cpp": LONG_LINE + "\n"}, ("src/base/a.cpp", 1)),
    ("size", {"demo": LONG_LINE + "\n"}, ("demo", 1)),
    ("pragma-once", {"src/base/a.h": "int a();\n"}, ("src/base/a.h", 1)),
    ("tests-built", {"tests/unit/base/a_test.cpp": "", "tests/unit/base/CMakeLists.txt": ""},
     ("tests/unit/base/a_test.cpp", 1)),
    ("no-sleep", {"tests/system/test_a.py": "import time\ntime.sleep(1)\n"},
     ("tests/system/test_a.py", 2)),
    ("no-sleep", {"plugins/exec/tests/a.cpp": "std::this_thread::sleep_for(1s);\n"},
     ("plugins/exec/tests/a.cpp", 1)),
    ("examples-tested", {"config/examples/new.yaml": "devices: []\n"},
     ("config/examples/new.yaml", 1)),
    ("machine-path", {"docs/a.md": f"see {SOMEBODYS_PATH}\n"}, ("docs/a.md", 1)),
    ("machine-path", {"src/base/a.cpp": "// ../sh" + "ared/design.md\n"}, ("src/base/a.cpp", 1)),
    ("links", {"README.md": "[here](docs/nothing.md)\n"}, ("README.md", 1)),
)

GOOD_TREE = {
    "README.md": "[here](docs/a.md) [there](https://example.com)\n",
    "docs/a.md": "installs to /var/lib/fieldway\n",
    "src/base/a.h": "#pragma once\n#include <spdlog/spdlog.h>\n",
    "src/base/a.cpp": '#include "base/a.h"\n#include <spdlog/spdlog.h>\n',
    "src/config/a.cpp": '#include <vector>\n#include "flow/x.h"\n#include <yaml-cpp/yaml.h>\n',
    "plugins/exec/a.cpp": '#include "plugin_api/sdk.h"\n#include "common/x.h"\n'
                          '#include "exec/b.h"\n#include "c.h"\n',
    "plugins/exec/c.h": "#pragma once\n",
    "plugins/exec/tests/a_test.cpp": '#include "support/manual_clock.h"\n',
    "plugins/exec/CMakeLists.txt": "fieldway_unit_test(exec SOURCES tests/a_test.cpp)\n",
    "config/examples/a.yaml": "devices: []\n",
    "tests/system/test_a.py": "# sleeps because nothing tells when a foreign clock has ticked\n"
                              "time.sleep(1)\nrun('a.yaml')\n",
}


VOCABULARY = "| `power` | W | all |\n| `power_lN` | W | one |\n"
GOOD_POINTS = "points: [{name: power, unit: W}, {name: power_l2, unit: W}]\n"

# A profile that breaks the vocabulary, and a word of the finding.
BAD_PROFILES = (
    ("points: [{name: power, unit: kW}, {name: power_l1, unit: W}]\n", "by scale"),
    ("points: [{name: power}, {name: power_l1, unit: W}]\n", "by scale"),
    ("points: [{name: power, unit: W}, {name: powr_l1, unit: W}]\n", "no word"),
    ("points: [{name: power, unit: W}]\n", "take its line out"),
    (GOOD_POINTS + "# " + "x" * 120 + "\n", "columns"),
)


class Vocabulary(unittest.TestCase):
    def findings(self, profile):
        with tempfile.TemporaryDirectory() as root:
            for path, text in (("docs/vocabulary.md", VOCABULARY),
                               ("config/profiles/maker/model.yaml", profile)):
                file = Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return list(profile_vocabulary.findings(root))

    def test_a_word_a_unit_or_a_line_that_does_not_fit_is_found(self):
        for profile, said in BAD_PROFILES:
            with self.subTest(profile=profile):
                self.assertIn(said, "\n".join(self.findings(profile)))

    def test_a_good_profile_has_no_findings(self):
        self.assertEqual(self.findings(GOOD_POINTS), [])


class Tidy(unittest.TestCase):
    def findings(self, tree):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {"cmake/FieldwayLibrary.cmake": LINK_ORDER, **tree}.items():
                file = Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return check(root)

    def test_each_rule_finds_what_it_is_for_and_says_what_to_do(self):
        for rule, tree, place in BAD_TREES:
            with self.subTest(rule=rule, place=place):
                found = self.findings(tree)
                self.assertEqual([(f.rule, (f.path, f.line)) for f in found], [(rule, place)])
                self.assertIn(":", found[0].sentence, "a sentence says what to do after a colon")

    def test_a_good_tree_has_no_findings(self):
        self.assertEqual(self.findings(GOOD_TREE), [])


if __name__ == "__main__":
    unittest.main()

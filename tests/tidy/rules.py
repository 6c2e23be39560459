"""The rules of the house that a machine can check: each a function from a tree to findings.

A finding says where, what and what to do. What a rule compares with stands in a table at its
top, with the reason; a new library or a new exception is a line in a table.
"""
import re
from dataclasses import dataclass
from pathlib import Path

MOST_LINES = 400
MOST_COLUMNS = 100

SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".cache", ".ccache"}
CODE = {".h", ".cpp", ".c"}
SCRIPTS = {".py", ".sh"}
PROGRAMS = ("demo", "test", ".ci/run")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    sentence: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"


class Tree:
    """The files below a folder, by their path relative to it."""

    def __init__(self, root):
        self.root = Path(root)
        self.paths = sorted(p.relative_to(self.root).as_posix() for p in self._walk(self.root))
        self._texts = {}

    def _walk(self, folder):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                if path.name not in SKIPPED_FOLDERS:
                    yield from self._walk(path)
            elif path.is_file() and path.name != ".git":
                yield path

    def text(self, path):
        if path not in self._texts:
            try:
                self._texts[path] = (self.root / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                self._texts[path] = ""  # corpora of fuzzers: bytes, nobody's style
        return self._texts[path]

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), start=1)

    def having(self, suffixes, under=("",)):
        return [p for p in self.paths if Path(p).suffix in suffixes and p.startswith(tuple(under))]


INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes_of(tree, path):
    """(line, "<" or '"', name) of each include."""
    for number, line in tree.lines(path):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def is_test(path):
    return path.startswith("tests/") or "/tests/" in path


# --- layers -------------------------------------------------------------------

PLUGINS_MAY_SEE = ("base", "plugin_api")
THEIR_TESTS_TOO = ("support", "config")  # config: a test loads the sample that the README shows


def link_order(tree):
    """{folder: level}, from the table that the build itself obeys."""
    table = re.search(r"foreach\(folders\s+(.*?)\)", tree.text("cmake/FieldwayLibrary.cmake"), re.S)
    groups = re.findall(r'"([^"]+)"', table[1])
    return {name: level for level, group in enumerate(groups) for name in group.split(",")}


def layers_of_src(tree):
    order = link_order(tree)
    for path in tree.having(CODE, ["src/"]):
        own = path.split("/")[1]
        if own not in order:
            yield Finding(path, 1, "layers",
                          f"src/{own} is not in the link order: add it to "
                          "cmake/FieldwayLibrary.cmake and docs/architecture.md, or move the file")
            continue
        for number, kind, name in includes_of(tree, path):
            used = name.split("/")[0]
            if kind == "<" or used == own:
                continue
            if used not in order:
                yield Finding(path, number, "layers",
                              f'"{name}" is no folder of src: include our own headers as '
                              '"folder/file.h" and libraries with <>')
            elif order[used] >= order[own]:
                yield Finding(path, number, "layers",
                              f"src/{own} may not see src/{used}: a folder sees only what stands "
                              "to its left; pass a value, or join the two in src/app")


def layers_of_plugins(tree):
    for path in tree.having(CODE, ["plugins/"]):
        own = path.split("/")[1]
        allowed = {*PLUGINS_MAY_SEE, own, "common", *(THEIR_TESTS_TOO if is_test(path) else ())}
        for number, kind, name in includes_of(tree, path):
            parts = name.removeprefix("plugins/").split("/")
            beside = (tree.root / path).parent / name
            if kind == '"' and parts[0] not in allowed and not beside.exists() \
                    and not (tree.root / "plugins" / own / name).exists():
                yield Finding(path, number, "layers",
                              f'a plugin sees {", ".join(PLUGINS_MAY_SEE)}, plugins/common and its '
                              f'own folder; "{name}" is none of them: what it needs of the gateway '
                              "belongs into src/plugin_api")


# --- single homes -------------------------------------------------------------

@dataclass(frozen=True)
class Library:
    name: str
    include: str          # regular expression of the included name
    homes: tuple          # folders that may include it
    pair: bool = True     # one file pair in a home, not the whole folder


LIBRARIES = (
    Library("Paho MQTT", r"^mqtt/|^MQTT\w+\.h$", ("src/uplink/",)),
    Library("yaml-cpp", r"^yaml-cpp/", ("src/config/",)),
    Library("pugixml", r"^pugi", ("src/config/",)),
    Library("muParser", r"^muParser", ("src/mapping/",)),
    Library("CLI11", r"^CLI/", ("src/app/",), pair=False),
    Library("dlopen", r"^dlfcn\.h$", ("src/input/",)),
    Library("libmodbus", r"^modbus(/|-|\.h)", ("plugins/modbus/",)),
    Library("termios", r"^((asm|sys)/)?termios\.h$|^asm/termbits\.h$", ("plugins/common/",),
            pair=False),
    Library("spdlog", r"^spdlog/", ("src/base/",)),
    Library("libsystemd", r"^systemd/", ("src/service/",), pair=False),
    Library("zstd", r"^zstd", ("src/queue/",)),
    Library("OpenSSL", r"^openssl/", ("src/uplink/",), pair=False),
)


def single_homes(tree):
    for library in LIBRARIES:
        users = {}
        for path in tree.having(CODE, ["src/", "plugins/"]):
            if is_test(path):
                continue
            for number, kind, name in includes_of(tree, path):
                if kind == "<" and re.search(library.include, name):
                    users.setdefault(path, number)
        stems = {}
        for path, number in users.items():
            home = next((h for h in library.homes if path.startswith(h)), None)
            if home is None:
                yield Finding(path, number, "single-home",
                              f"{library.name} is included in {' and '.join(library.homes)} alone: "
                              "put what you need behind a function there")
            elif library.pair:
                stems.setdefault(home, {}).setdefault(path.rsplit(".", 1)[0], (path, number))
        for home, pairs in stems.items():
            for path, number in list(pairs.values())[1:]:
                yield Finding(path, number, "single-home",
                              f"{library.name} has its home in {next(iter(pairs))}: one file pair, "
                              "so that an upgrade has one address")


# --- sizes --------------------------------------------------------------------

def sizes(tree):
    for path in tree.paths:
        if Path(path).suffix not in CODE | SCRIPTS and path not in PROGRAMS:
            continue
        count = tree.text(path).count("\n")
        if count > MOST_LINES:
            yield Finding(path, count, "size",
                          f"{count} lines; the most is {MOST_LINES}: split it by what it decides")
        for number, line in tree.lines(path):
            if len(line) > MOST_COLUMNS and "://" not in line and not is_test_data(path):
                yield Finding(path, number, "size",
                              f"{len(line)} columns; the most is {MOST_COLUMNS}: break the line "
                              "(clang-format-14 -i does it for C++)")


def is_test_data(path):
    return "/cases/" in path or "/corpus/" in path


# --- headers ------------------------------------------------------------------

WITHOUT_PRAGMA = {"src/plugin_api/abi.h": "C: an include guard, which every C compiler knows"}


def pragma_once(tree):
    for path in tree.having({".h"}):
        if path not in WITHOUT_PRAGMA and not re.search(r"^#pragma once$", tree.text(path), re.M):
            yield Finding(path, 1, "pragma-once",
                          "a header starts with its purpose and then #pragma once: add it")


# --- tests --------------------------------------------------------------------

def tests_are_built(tree):
    for path in tree.paths:
        if not path.endswith("_test.cpp"):
            continue
        folder = Path(path).parent
        lists = [p for p in ((folder / "CMakeLists.txt"), (folder.parent / "CMakeLists.txt"))
                 if p.as_posix() in tree.paths]
        if not any(folder.name and Path(path).name in tree.text(p.as_posix()) for p in lists):
            yield Finding(path, 1, "tests-built",
                          "no CMakeLists.txt names this test, so it never runs: add it to "
                          "fieldway_unit_test() in its folder")


SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep|asyncio\.sleep)\s*\("
                    r"|^\s*sleep\s+[0-9.$]")
SLEEP_REASON = "sleeps because"


# Benchmarks measure time; this folder names what it looks for.
MAY_SLEEP = ("tests/bench/", "tests/tidy/")


def no_sleep_in_tests(tree):
    for path in tree.having(CODE | SCRIPTS):
        if not is_test(path) or path.startswith(MAY_SLEEP):
            continue
        before = ""
        for number, line in tree.lines(path):
            if SLEEPS.search(line) and SLEEP_REASON not in line and SLEEP_REASON not in before:
                yield Finding(path, number, "no-sleep",
                              "a test does not wait: hand it the time or the event; if there is no "
                              f"other way, `{SLEEP_REASON} ...` stands on the line before")
            before = line


def examples_are_tested(tree):
    tests = [tree.text(p) for p in tree.having({".py", ".cpp", ".txt"}) if is_test(p)]
    for path in tree.having({".yaml"}, ["config/examples/"]):
        name = Path(path).name
        if not any(name in text for text in tests):
            yield Finding(path, 1, "examples-tested",
                          "no test names this example, so it may rot: run it in "
                          "tests/system/test_examples.py")


# --- what the tree says -------------------------------------------------------

# Written so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(?<![\w.{}$-])/(wor[k]|far[m]|tmp/f[w]|root|home/\w+)/[\w.]"
                           r"|\.\./share[d]")


def no_path_of_the_machine(tree):
    for path in tree.paths:
        if is_test_data(path):
            continue
        for number, line in tree.lines(path):
            if match := MACHINE_PATHS.search(line):
                yield Finding(path, number, "machine-path",
                              f"`{match[0]}` exists on one machine: use a path relative to the "
                              "tree, a variable, or leave it out")


LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def links_lead_somewhere(tree):
    for path in tree.having({".md"}):
        for number, line in tree.lines(path):
            for target, _ in LINK.findall(line):
                if "://" in target or target.startswith("mailto:"):
                    continue
                if not ((tree.root / path).parent / target).exists():
                    yield Finding(path, number, "links",
                                  f"({target}) leads nowhere: mend the path or drop the link")


# The first option of a client's command line, as words or in one.
CLIENT_WITHOUT_HOST = re.compile(r'mosquitto_(?:pub|sub)(?:",\s*"|\s+)-(?!h\b)')


def clients_name_the_host(tree):
    for path in tree.having(CODE | SCRIPTS):
        if not is_test(path):
            continue
        text = tree.text(path)
        for match in CLIENT_WITHOUT_HOST.finditer(text):
            yield Finding(path, text.count("\n", 0, match.start()) + 1, "named-host",
                          "a minimal machine does not know the name localhost, which it asks for: "
                          "begin with `-h 127.0.0.1`")


RULES = (layers_of_src, layers_of_plugins, single_homes, sizes, pragma_once, tests_are_built,
         no_sleep_in_tests, examples_are_tested, no_path_of_the_machine, links_lead_somewhere,
         clients_name_the_host)


def check(root):
    tree = Tree(root)
    findings = [finding for rule in RULES for finding in rule(tree)]
    return sorted(findings, key=lambda f: (f.path, f.line, f.rule))

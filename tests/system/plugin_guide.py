#!/usr/bin/env python3
"""docs/plugin-guide.md, followed to the letter in a copy of the tree, ends with green tests.

plugin_guide.py ROOT [--keep FOLDER]: FOLDER keeps the copy, for a look and a quicker second run.
plugin_guide.py ROOT --compile BUILD: only whether its sources still compile, as those of
plugins/example in BUILD do; seconds instead of minutes.
"""
import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_COPIED = shutil.ignore_patterns("build", ".git", "__pycache__")
# "`plugins/NAME/FILE`:" ends the text before a block that is that file.
FILE_BLOCK = re.compile(r"`(plugins/[\w./]+)`:\n+```\w+\n(.*?)^```$", re.S | re.M)
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)


def follow(guide, tree):
    files = FILE_BLOCK.findall(guide)
    for path, text in files:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
    sources = [path for path, _ in files if path.endswith((".h", ".cpp"))]
    if shutil.which("clang-format-14"):
        subprocess.run(["clang-format-14", "--dry-run", "--Werror", *sources], cwd=tree, check=True)
    said = ""
    for block in SHELL_BLOCK.findall(guide):
        print(block, flush=True)
        done = subprocess.run(["sh", "-euc", block], cwd=tree, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout, flush=True)
        if done.returncode != 0:
            sys.exit(f"docs/plugin-guide.md: this does not work:\n{block}")
        said += done.stdout
    return said


def flags_of(build, source):
    """The compiler and its flags for a file of plugins/example."""
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        if entry["file"].endswith(source):
            words = shlex.split(entry["command"])
            return words[:words.index("-o")], entry["directory"]
    sys.exit(f"{build} compiles no {source}")


def compile_sources(guide, build, tree):
    sources = []
    for path, text in FILE_BLOCK.findall(guide):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
        if path.endswith(".cpp"):
            sources.append(path)
    if not sources:
        sys.exit("docs/plugin-guide.md has no source of a plugin")
    for path in sources:
        like = ("plugins/example/tests/example_input_test.cpp" if "/tests/" in path
                else "plugins/example/example_input.cpp")
        flags, directory = flags_of(build, like)
        done = subprocess.run([*flags, f"-I{tree}/plugins", "-fsyntax-only", str(tree / path)],
                              cwd=directory, check=False)
        if done.returncode != 0:
            sys.exit(f"docs/plugin-guide.md: {path} does not compile")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("root", type=Path)
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("--compile", type=Path, metavar="BUILD")
    chosen = arguments.parse_args()
    guide = (chosen.root / "docs" / "plugin-guide.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="fieldway-guide.") as folder:
        if chosen.compile:
            compile_sources(guide, chosen.compile, Path(folder))
            return
        tree = chosen.keep or Path(folder) / "fieldway"
        shutil.copytree(chosen.root, tree, ignore=NOT_COPIED, dirs_exist_ok=True, symlinks=True)
        said = follow(guide, tree)
    for promise in ("100% tests passed, 0 tests failed out of 2", "uptime"):
        if promise not in said.replace("uptime.", ""):
            sys.exit(f"docs/plugin-guide.md: '{promise}' did not come true")


if __name__ == "__main__":
    main()

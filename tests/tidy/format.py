#!/usr/bin/env python3
"""format.py ROOT: every C++ file is as clang-format-14 writes it; without the tool a loud skip."""
import shutil
import subprocess
import sys

from rules import CODE, Tree

SKIPPED = 77  # CTest's SKIP_RETURN_CODE


def main():
    tool = shutil.which("clang-format-14")
    if tool is None:
        print("SKIPPED: clang-format-14 is not installed (apt-get install clang-format-14): "
              "nothing was checked")
        return SKIPPED
    root = sys.argv[1]
    files = Tree(root).having(CODE, ["src/", "plugins/", "tests/", "cmake/"])
    run = subprocess.run([tool, "--dry-run", "-Werror", *files], cwd=root, text=True,
                         stderr=subprocess.PIPE)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if ": error:" in line})
    for path in wrong:
        print(f"{path}: format: run clang-format-14 -i {path}")
    print(f"format: {len(wrong)} of {len(files)} files differ")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""generated_docs.py ROOT FIELDWAY: docs/configuration.md says what the option tables say."""
import difflib
import subprocess
import sys
from pathlib import Path


def main():
    page = Path(sys.argv[1]) / "docs" / "configuration.md"
    command = [sys.argv[2], "schema", "--markdown"]
    wanted = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
    have = page.read_text() if page.exists() else ""
    if have == wanted:
        return 0
    sys.stdout.writelines(difflib.unified_diff(have.splitlines(True), wanted.splitlines(True),
                                               "docs/configuration.md", "what it should be"))
    print(f"{page}: stale: run `{' '.join(command)} > docs/configuration.md`")
    return 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""documented_events.py ROOT: docs/operations.md lists the events of the log, all and no other."""
import re
import sys
from pathlib import Path

WRITTEN = re.compile(r'\blog(?:_|\(\))?\.(?:write|error|warning|info|debug)\([^";]{0,60}'
                     r'"([a-z]+\.[a-z_]+)"')
LISTED = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \|", re.M)


def main():
    root = Path(sys.argv[1])
    written = {}
    for file in sorted((root / "src").rglob("*.cpp")):
        for event in WRITTEN.findall(file.read_text(encoding="utf-8")):
            written.setdefault(event, file.relative_to(root))
    page = "docs/operations.md"
    listed = set(LISTED.findall((root / page).read_text(encoding="utf-8")))
    faults = [f"{file}: the event {event} is not in the table of {page}: add what it tells"
              for event, file in written.items() if event not in listed]
    faults += [f"{page}: no code writes the event {event}: take its line out"
               for event in sorted(listed - set(written))]
    print("\n".join(faults) or f"{len(written)} events")
    return 1 if faults or not written else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""profile_vocabulary.py ROOT: points of shipped profiles have names and units of
docs/vocabulary.md, all of it is used, and lines stay short."""
import re
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

PAGE = "docs/vocabulary.md"
ROW = re.compile(r"^\| `([a-z0-9_N]+)` \| *([^|]*?) *\|", re.M)
ALLOWED_LENGTH = 120  # of a line; expressions cannot be broken


def vocabulary(text):
    """[(pattern of the name, name as written, unit)]"""
    return [(re.compile(name.replace("N", "[1-9][0-9]*")), name, unit)
            for name, unit in ROW.findall(text)]


def findings(root):
    root = Path(root)
    words = vocabulary((root / PAGE).read_text(encoding="utf-8"))
    used = set()
    names = [name for _, name, _ in words]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{PAGE}: {name} has two lines: keep one"
    for file in sorted((root / "config" / "profiles").rglob("*.yaml")):
        place = file.relative_to(root)
        text = file.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), start=1):
            if len(line) > ALLOWED_LENGTH and "expression:" not in line:
                yield f"{place}:{number}: {len(line)} columns; the most is {ALLOWED_LENGTH}"
        for point in yaml.safe_load(text).get("points") or []:
            found = next((w for w in words if w[0].fullmatch(point["name"])), None)
            if found is None:
                yield (f"{place}: the point {point['name']} is no word of {PAGE}: take one that "
                       "is, or add a line there")
                continue
            used.add(found[1])
            if (unit := point.get("unit", "")) != found[2]:
                yield (f"{place}: the unit of {point['name']} is \"{unit}\", in {PAGE} it is "
                       f"\"{found[2]}\": bring it there by scale")
    for name in names:
        if name not in used:
            yield f"{PAGE}: no profile has a point {name}: take its line out"


def main():
    found = list(findings(sys.argv[1]))
    print("\n".join(found) or "every point is in the vocabulary")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

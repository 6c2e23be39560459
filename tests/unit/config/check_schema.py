"""Judges the configuration's JSON Schema with python3-jsonschema.

usage: check_schema.py SCHEMA CASES

Every case that loads (it has an expected.json) must be valid; the cases named below must not be.
"""

import json
import pathlib
import sys

import jsonschema
import yaml

# What a schema can see. References, combinations and files only load() can judge.
INVALID = ["unknown-key", "choice-unknown", "wrong-type-list",
           "limit-above", "point-unknown-key"]


def main() -> int:
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    cases = pathlib.Path(sys.argv[2])
    bad = 0
    for expected in sorted(cases.glob("*/expected.json")):
        text = (expected.parent / "config.yaml").read_text()
        for error in validator.iter_errors(yaml.safe_load(text) or {}):
            print(f"{expected.parent.name}: {'/'.join(map(str, error.path))}: {error.message}")
            bad += 1
    for name in INVALID:
        if validator.is_valid(yaml.safe_load((cases / name / "config.yaml").read_text())):
            print(f"{name}: the schema accepts it")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

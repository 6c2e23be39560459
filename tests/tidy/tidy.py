#!/usr/bin/env python3
"""tidy.py ROOT: prints what breaks a rule of the house, a finding a line; exit 1 if any."""
import sys

from rules import check


def main():
    findings = check(sys.argv[1])
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

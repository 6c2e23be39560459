"""What the short suite and the long lane do of the same tests."""
import os
import random

LONG = os.environ.get("FIELDWAY_LONG") == "1"


def short_or_long(short, many):
    return many if LONG else short


def chosen_seed():
    """$FIELDWAY_SEED; else the short suite runs the same each time, so that only a change can break
    it, and the long lane another one each time. It is printed."""
    other = random.SystemRandom().randrange(1, 1_000_000) if LONG else 1
    seed = int(os.environ.get("FIELDWAY_SEED") or other)
    print(f"FIELDWAY_SEED={seed}", flush=True)
    return seed

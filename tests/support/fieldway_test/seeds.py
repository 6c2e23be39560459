"""What the short suite and the long lane do of the same tests."""
import os
import random

LONG = os.environ.get("FIELDWAY_LONG") == "1"


def short_or_long(short, many):
    return many if LONG else short


def fresh_seed():
    """$FIELDWAY_SEED, or another one each time; it is printed."""
    seed = int(os.environ.get("FIELDWAY_SEED") or random.SystemRandom().randrange(1, 1_000_000))
    print(f"FIELDWAY_SEED={seed}", flush=True)
    return seed

"""Stands in for a worker: it says when it takes a job and when that is done."""

import itertools
import sys
import time


def main() -> None:
    """Do one job after the other until somebody stops it."""
    for order in itertools.count(1042):
        time.sleep(1.0)
        sys.stdout.write(f"order {order}: packing\n")
        time.sleep(1.9)
        sys.stdout.write(f"order {order}: \x1b[32mready to ship\x1b[0m\n")


if __name__ == "__main__":
    main()

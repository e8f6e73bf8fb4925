"""Stands in for a build: its progress bar is one line that is drawn again and again."""

import sys
import time

FILES = 48
WIDTH = 32  # columns of the bar
STEP = 0.165  # seconds for one file


def main() -> None:
    """Draw the bar until all files are built, and end the line only then."""
    for built in range(FILES + 1):
        full = WIDTH * built // FILES
        bar = f"\x1b[34m{'█' * full}\x1b[90m{'░' * (WIDTH - full)}\x1b[0m"
        sys.stdout.write(f"\rbuilding {bar} \x1b[1m{100 * built // FILES:>3}%\x1b[0m {built}/{FILES} files")
        sys.stdout.flush()
        time.sleep(STEP)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

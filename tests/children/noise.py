"""Writes SIZE random bytes of SEED in random chunks, with short and long lines, none of them text.

``noise(seed, size)`` gives the same bytes to whoever wants to know what must have arrived.
"""

import os
import random
import sys


def noise(seed: int, size: int) -> bytes:
    """Random bytes, a newline now and then, sometimes many, sometimes none for 200 KiB."""
    source = random.Random(seed)
    parts: list[bytes] = []
    total = 0
    while total < size:
        longest = source.choice((1, 10, 100, 10_000, 200_000))
        part = source.randbytes(source.randrange(longest)).replace(b"\n", b"") + b"\n" * source.randrange(3)
        parts.append(part)
        total += len(part)
    return b"".join(parts)


def main() -> None:
    seed, size = int(sys.argv[1]), int(sys.argv[2])
    data = noise(seed, size)
    source = random.Random(-seed)
    while data:
        written = os.write(1, data[: source.choice((1, 7, 80, 4096, 65536, 300_000))])
        data = data[written:]


if __name__ == "__main__":
    main()

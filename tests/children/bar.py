"""Draws a progress bar in the way of KIND until SIGUSR1, then its last state, and exits with 0."""

import os
import signal
import sys
import time
from collections.abc import Iterator

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})


def write(text: str) -> None:
    os.write(1, text.encode())


def steps() -> Iterator[int]:
    """From 0 to 99, where it stays until the work is done."""
    step = 0
    while signal.SIGUSR1 not in signal.sigpending():
        yield step
        step = min(99, step + 1)
        time.sleep(0.003)  # the work whose progress is shown


write(f"pid {os.getpid()}\n")
match sys.argv[1]:
    case "return":
        for step in steps():
            write(f"\r[{'#' * (step // 10):<10}] {step}%")
        write("\r[##########] 100%\n")
    case "git":
        for step in steps():
            write(f"Objects: {step:3}%\r")
        write("Objects: 100%, done.\n")
    case "spinner":
        write("busy  ")
        for step in steps():
            write("\b" + "|/-\\"[step % 4])
        write("\bdone\n")
    case "npm":
        for step in steps():
            write(f"\x1b[1G\x1b[0K{'⠋⠙⠹⠸'[step % 4]} package {step}")
        write("\x1b[1G\x1b[0Kadded 100 packages\n")
    case "tqdm":
        from tqdm import tqdm  # type: ignore[import-untyped]

        with tqdm(total=100, file=sys.stdout, mininterval=0) as bar:
            for step in steps():
                bar.update(step - bar.n)
                bar.refresh()
            bar.update(100 - bar.n)
write("end\n")

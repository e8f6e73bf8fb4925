"""``python -m pyforeman`` is ``pyforeman``: the entry point of both."""

import os
import signal
import sys

TYPE_CHECKING = False  # typing takes 2 ms, and the guardian would keep it
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> "NoReturn":
    """Run the command line, and exit.

    Until ``start`` catches it, ^C does what it does to any program. Python's own handler would show a
    traceback from the middle of an import.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.argv[1:2] == ["start"] and sys.platform != "win32":
        exit_code = _start()
    else:
        from pyforeman.cli import main as run

        exit_code = run()
    from pyforeman.outcome import leave

    leave(exit_code)


def _start() -> int:
    """``start``: two processes from the beginning, and no option parser where there is no option."""
    from pyforeman.runtime.guardian import guard

    try:
        guardian = guard()
    except OSError as error:
        sys.exit(f"pyforeman: cannot start: {error.strerror}")
    from pyforeman.commands.shortcut import has_options

    words = sys.argv[2:]
    if has_options(words, os.environ):
        from pyforeman.cli import main as run

        return run(obj=guardian)
    from pyforeman.commands.launch import launch, request_of
    from pyforeman.outcome import outcome

    return outcome(lambda: launch(request_of(words), guardian))


if __name__ == "__main__":
    main()

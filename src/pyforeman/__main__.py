"""``python -m pyforeman`` is ``pyforeman``: the entry point of both."""

import os
import signal
import sys


def main() -> int:
    """Run the command line; gives the exit code.

    Until ``start`` catches it, ^C does what it does to any program. Python's own handler would show a
    traceback from the middle of an import.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    guardian = None
    if sys.argv[1:2] == ["start"] and sys.platform != "win32":
        from pyforeman.runtime.guardian import guard

        try:
            guardian = guard()
        except OSError as error:
            sys.exit(f"pyforeman: cannot start: {error.strerror}")
        from pyforeman.commands.launch import launch, request_without_options
        from pyforeman.outcome import outcome

        if request := request_without_options(sys.argv[2:], os.environ):
            return outcome(lambda: launch(request, guardian))
    from pyforeman.cli import main as run

    return run(obj=guardian)


if __name__ == "__main__":
    sys.exit(main())

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
    if sys.argv[1:2] == ["start"] and sys.platform != "win32":
        return _start()
    from pyforeman.cli import main as run

    return run()


def _start() -> int:
    """``start``: two processes from the beginning, and no option parser where there is no option."""
    from pyforeman.runtime.guardian import guard

    try:
        guardian = guard()
    except OSError as error:
        sys.exit(f"pyforeman: cannot start: {error.strerror}")
    from pyforeman.commands.launch import launch, request_without_options
    from pyforeman.outcome import leave, outcome

    if request := request_without_options(sys.argv[2:], os.environ):
        exit_code = outcome(lambda: launch(request, guardian))
    else:
        from pyforeman.cli import main as run

        exit_code = run(obj=guardian)
    leave(exit_code)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())

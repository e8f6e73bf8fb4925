from pyforeman.export.container import arguments


def test_simple_command_is_the_process_that_is_signalled() -> None:
    assert arguments("gunicorn shop:app -b :$PORT") == ("/bin/sh", "-c", "exec gunicorn shop:app -b :$PORT")


def test_compound_command_stands_as_it_is_behind_the_shell_that_passes_signals_on() -> None:
    shell, option, script, name, *words = arguments("cd jobs && exec celery -A shop")
    assert (shell, option, name) == ("/bin/sh", "-c", "sh")
    assert words == ["/bin/sh", "-c", "trap 'exit 143' TERM; cd jobs && exec celery -A shop"]
    assert "jobs" not in script

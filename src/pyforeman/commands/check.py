"""``pyforeman check``: the linter of Procfiles, for people and for CI."""

from typing import TYPE_CHECKING, Any

import click

from pyforeman.commands.options import (
    SETTINGS,
    Names,
    ProjectCommand,
    chosen_files,
    colour,
    flat,
    formation,
    project,
    settings,
)

if TYPE_CHECKING:
    from pyforeman.check.configuration import Configuration
    from pyforeman.commands.judging import Request, Texts
    from pyforeman.runtime.project import Place


@click.command(
    "check", cls=ProjectCommand, context_settings=SETTINGS, short_help="Judge the Procfile and the env files."
)
@project
@formation
@click.option(
    "--profile",
    type=click.Choice(("development", "production")),
    help="What the Procfile is for.  [default: development]",
)
@click.option("--strict/--no-strict", default=None, help="Warnings fail, too.")
@click.option("--select", type=Names(), multiple=True, help="The rules to ask: PF3, PF306, hard-coded-port.")
@click.option("--ignore", type=Names(), multiple=True, help="The rules not to ask.")
@click.option(
    "--output-format",
    type=click.Choice(("text", "json", "github", "sarif")),
    help="How findings are told.  [default: text]",
)
@colour
@click.option("--explain", metavar="RULE", help="Explain a rule instead.")
@click.option("--fix", is_flag=True, help="First mend what can be mended without judgement.")
@click.option("--diff", is_flag=True, help="Show what --fix would change instead.")
@click.option("--plan", is_flag=True, help="Show each process, and where its variables come from, instead.")
def command(words: tuple[str, ...], **options: Any) -> int:
    """Judge the Procfile, the env files, and whether the formation can run here.

    A finding is an error (start refuses it, or it cannot work), a warning or a note, and has the id of
    its rule. A comment "# pyforeman: ignore[PF306]" above an entry silences one there;
    [tool.pyforeman.check] in pyproject.toml has select, ignore, strict, profile and output-format.

    \b
    Exit code: 0 no error (with --strict: and no warning), 1 such a finding, 2 it could not be judged.
    With --diff: 1 if there is something to mend.

    \b
    Examples:
      pyforeman check
      pyforeman check web=2 worker=3 --profile production --strict
      pyforeman check --explain PF306
      pyforeman check --plan
    """
    if options["explain"] is not None:
        return _explain(options["explain"], options["color"])
    from gc import disable

    # Nothing of what is read is let go before the end: to look for such things takes time, and finds none.
    disable()
    from pyforeman.check.reports import report
    from pyforeman.commands import judging
    from pyforeman.runtime.project import locate

    place = locate(options["procfile"], options["root"])
    configured = judging.configuration(place.root)
    request = _request(place, words, options, configured)
    if options["plan"]:
        click.echo(judging.plan(request, as_json=options["output_format"] == "json"), nl=False)
        return 0
    texts = judging.read_texts(request)
    if options["diff"]:
        return _diff(texts, request)
    written: list[str] = []
    if options["fix"]:
        before, texts = texts, judging.mended(texts, request)
        written = judging.write(before, texts)
    judgement = judging.judgement(
        texts,
        request,
        strict=bool(configured.strict if options["strict"] is None else options["strict"]),
        colour=_is_coloured(options["color"]),
    )
    output_format = options["output_format"] or configured.output_format or "text"
    click.echo(report(output_format, judgement), nl=False, color=judgement.colour)
    for line in (*(f"mended {path}" for path in written), *texts.unread):
        click.echo(f"pyforeman: {line}", err=True)
    if texts.unread:
        return 2  # what could not be read could not be judged
    return 0 if judgement.passed else 1


def _request(
    place: "Place", words: tuple[str, ...], options: dict[str, Any], configured: "Configuration"
) -> "Request":
    """What is to be judged: the command line, and pyproject.toml where that is silent."""
    from pyforeman.check.selection import Selection
    from pyforeman.commands.judging import Request

    select, ignore = tuple(flat(options["select"])), tuple(flat(options["ignore"]))
    if not select:  # who asks for a rule by name wants it, whatever the file ignores
        select, ignore = configured.select or (), (*(configured.ignore or ()), *ignore)
    return Request(
        place=place,
        env_files=chosen_files(options["env_files"], options["no_env"]),
        override=options["env_override"],
        settings=settings(words, options),
        selection=Selection(select, ignore),
        profile=options["profile"] or configured.profile or "development",
    )


def _diff(texts: "Texts", request: "Request") -> int:
    from pyforeman.commands import judging

    difference = judging.diff(texts, judging.mended(texts, request))
    click.echo(difference, nl=False)
    return 1 if difference else 0


def _explain(word: str, choice: str) -> int:
    from pyforeman.check.explanation import explanation
    from pyforeman.check.rules import RULES
    from pyforeman.check.selection import named

    coloured = _is_coloured(choice)
    click.echo(explanation(named(word, RULES), colour=coloured), nl=False, color=coloured)
    return 0


def _is_coloured(choice: str) -> bool:
    import os

    from pyforeman.output.colour import wants_colour

    return wants_colour(choice, os.environ, on_terminal=os.isatty(1))

"""What a second export does to the files of the first."""

from hashlib import sha256

import pytest

from pyforeman.export.changes import Change, changes, manifest, read_manifest

ONE, TWO, THREE = (sha256(text).hexdigest() for text in (b"1", b"2", b"3"))
EMPTY = sha256(b"").hexdigest()


@pytest.mark.parametrize(
    ("wanted", "there", "written", "kind", "is_foreign"),
    [
        pytest.param(ONE, None, (), "new", False, id="nothing is there"),
        pytest.param(ONE, None, (TWO,), "new", False, id="it was removed by hand"),
        pytest.param(ONE, ONE, (ONE,), "same", False, id="nothing has changed"),
        pytest.param(ONE, ONE, (), "same", False, id="somebody else has written the same"),
        pytest.param(ONE, TWO, (TWO,), "changed", False, id="it is as it was written"),
        pytest.param(ONE, TWO, (TWO, THREE), "changed", False, id="as before the export that was killed"),
        pytest.param(ONE, THREE, (TWO, THREE), "changed", False, id="as after the export that was killed"),
        pytest.param(ONE, EMPTY, (TWO,), "changed", False, id="killed before it was written"),
        pytest.param(ONE, TWO, (THREE,), "changed", True, id="somebody has changed it"),
        pytest.param(ONE, TWO, (), "changed", True, id="somebody else has written it"),
        pytest.param(ONE, EMPTY, (), "changed", True, id="somebody else's, and empty"),
        pytest.param(ONE, "", (ONE,), "changed", True, id="no file"),
        pytest.param(None, ONE, (ONE,), "removed", False, id="it is not needed any more"),
        pytest.param(None, ONE, (ONE, TWO), "removed", False, id="it is not needed any more, and was killed"),
        pytest.param(
            None, EMPTY, (ONE,), "removed", False, id="not needed, and killed before it was written"
        ),
        pytest.param(None, TWO, (ONE,), "removed", True, id="it is not needed any more, and was changed"),
        pytest.param(None, "", (ONE,), "removed", True, id="it is not needed any more, and no file"),
        pytest.param(None, None, (ONE,), None, False, id="it is gone already"),
        pytest.param(None, ONE, (), None, False, id="somebody else's"),
    ],
)
def test_what_becomes_of_a_file(
    wanted: str | None, there: str | None, written: tuple[str, ...], kind: object, is_foreign: bool
) -> None:
    found = changes(
        {"x": wanted} if wanted is not None else {},
        {"x": there} if there is not None else {},
        {"x": frozenset(written)} if written else {},
    )
    assert [(change.kind, change.is_foreign) for change in found] == ([(kind, is_foreign)] if kind else [])


def test_files_are_written_in_their_order_and_only_then_others_are_removed() -> None:
    written = {"a": frozenset({ONE}), "b": frozenset({ONE})}
    found = changes({"z": ONE, "b": TWO, "m": ONE}, {"a": ONE, "b": ONE}, written)
    assert list(found) == [
        Change("z", "new"),
        Change("b", "changed"),
        Change("m", "new"),
        Change("a", "removed"),
    ]


def test_a_manifest_is_read_as_it_was_written() -> None:
    text = manifest({"a.env": ONE, "d/x@.service": TWO}, {})
    assert text == f"{ONE}  a.env\n{TWO}  d/x@.service\n"
    assert read_manifest(text) == {"a.env": {ONE}, "d/x@.service": {TWO}}


def test_while_files_are_written_those_before_count_too() -> None:
    before = {"a": frozenset({ONE}), "b": frozenset({TWO, THREE}), "c": frozenset({ONE})}
    assert read_manifest(manifest({"a": ONE, "b": TWO}, before)) == before


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        ONE,
        f"{ONE}  ",
        f"{ONE} x",
        f"{ONE[:-1]}  x",
        f"{ONE.upper()}  x",
        f"{'g' * 64}  x",
        f"{ONE}  /etc/passwd",
        f"{ONE}  ../x",
        f"{ONE}  a/../../x",
        f"{ONE}  a/..",
        f"{ONE}  ./x",
        f"{ONE}  a//x",
        f"{ONE}  a/",
        f"{ONE}  .",
        f"{ONE}  a x",
        f"{ONE}  a\0",
        f"{ONE}  \N{REPLACEMENT CHARACTER}",
        f" {ONE}  x",
        f"# {ONE}  x",
    ],
)
def test_what_no_export_wrote_is_left_out(line: str) -> None:
    assert read_manifest(f"{TWO}  before\n{line}\n{TWO}  ..behind\n") == {"before": {TWO}, "..behind": {TWO}}

"""The parts of the benchmarks that measure nothing: what arrived, bars, tables, charts."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.arrival import Arrived
from benchmarks.bars import in_words, judged
from benchmarks.managers import Job
from benchmarks.measures import Bar, Measure, Result
from benchmarks.pages import filled
from benchmarks.plot import Bars, Chart, Scale, charts
from benchmarks.table import compared, figure, listed
from benchmarks.writers import Writers

WRITERS = Writers(count=2, size=20, lines=600)


@pytest.fixture
def printed(tmp_path: Path) -> list[bytes]:
    """What a good manager prints: each writer's lines in order, some of one and then some of the other."""
    for name in WRITERS.names:
        (tmp_path / f"{name}.txt").write_bytes(WRITERS.text(name))
    texts = {name: WRITERS.text(name).splitlines() for name in WRITERS.names}
    return [
        b"\x1b[36m12:00:0%d %s.1 | \x1b[m%s" % (start // 300, name.encode(), text)
        for start in range(0, 600, 100)
        for name in WRITERS.names
        for text in texts[name][start : start + 100]
    ]


def problem(tmp_path: Path, lines: list[bytes], end: bytes = b"\n") -> str | None:
    out = tmp_path / "out"
    out.write_bytes(b"".join(line + end for line in lines))
    return Arrived(out, WRITERS).problem()


def test_numbered_lines() -> None:
    text = Writers(count=1, size=20, lines=10_001).text("a")
    lines = text.splitlines(keepends=True)
    assert len(lines) == 10_001
    assert {len(line) for line in lines} == {20}
    assert [lines[0], lines[9_999], lines[10_000]] == [
        b"a 0000000 xxxxxxxxx\n",
        b"a 0009999 xxxxxxxxx\n",
        b"a 0010000 xxxxxxxxx\n",
    ]


def test_all_arrived(tmp_path: Path, printed: list[bytes]) -> None:
    assert problem(tmp_path, [b"12:00:00 system | a.1 started, pid 1", *printed, b"all exited"]) is None


def test_all_arrived_on_a_terminal(tmp_path: Path, printed: list[bytes]) -> None:
    assert problem(tmp_path, printed, end=b"\r\n") is None


def test_lines_of_several_writers_that_alternate(tmp_path: Path, printed: list[bytes]) -> None:
    mixed = [line for pair in zip(printed[:100], printed[100:200], strict=True) for line in pair]
    assert problem(tmp_path, [*mixed, *printed[200:]]) is None


def test_a_lost_line(tmp_path: Path, printed: list[bytes]) -> None:
    del printed[700]
    assert problem(tmp_path, printed) == "loses < 0.1%"


def test_lost_lines(tmp_path: Path, printed: list[bytes]) -> None:
    assert problem(tmp_path, printed[:-120]) == "loses 10%"


def test_nothing_arrived(tmp_path: Path, printed: list[bytes]) -> None:
    assert problem(tmp_path, []) == "loses 100%"


def test_cut_lines(tmp_path: Path, printed: list[bytes]) -> None:
    line = printed[5]
    printed[5:6] = [line[:-4], b"12:00:00 a.1 | " + line[-4:]]
    assert problem(tmp_path, printed) == "cuts < 0.1% of the lines"


def test_a_line_behind_another_one(tmp_path: Path, printed: list[bytes]) -> None:
    printed[5:7] = [printed[5] + printed[6]]
    assert problem(tmp_path, printed) == "cuts 0.2% of the lines"


def test_a_line_that_came_twice(tmp_path: Path, printed: list[bytes]) -> None:
    assert problem(tmp_path, [*printed[:50], printed[20], *printed[50:]]) == "mixes up the order"


def test_lines_in_another_order(tmp_path: Path, printed: list[bytes]) -> None:
    printed[5], printed[6] = printed[6], printed[5]
    assert "mixes up the order" in (problem(tmp_path, printed) or "")


def test_lines_of_another_name(tmp_path: Path, printed: list[bytes]) -> None:
    printed[5] = printed[5].replace(b" a.1 ", b" b.1 ")
    assert problem(tmp_path, printed) == "names the wrong process"


@pytest.mark.parametrize(
    ("bar", "found", "reached"),
    [
        (Bar("speed", ">=", 2, "slow"), 2.0, True),
        (Bar("speed", ">=", 2.1, "slow"), 2.0, False),
        (Bar("speed", "<=", 20), 20.0, True),
        (Bar("speed", "<=", 19), 20.0, False),
        (Bar("speed", ">=", 2, "absent"), None, None),
        (Bar("other", ">=", 2), None, None),
    ],
)
def test_bars(bar: Bar, found: float | None, reached: bool | None) -> None:
    measures = {"speed": Measure("speed", "speed", "m/s", True, {"pyforeman": [10, 30, 20], "slow": [10]})}
    verdict = bar.judge(measures)
    assert (verdict.found, verdict.reached) == (found, reached)
    assert in_words(verdict, measures).startswith(
        {True: "reached", False: "MISSED", None: "not measured"}[reached]
    )


def test_a_bar_of_a_peer_that_failed_is_not_reached() -> None:
    measure = Measure("speed", "speed", "m/s", True, {"pyforeman": [10]}, {"slow": "fails"})
    assert Bar("speed", ">=", 0, "slow").judge({"speed": measure}).reached is None


def test_a_relation_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="neither"):
        Bar("speed", ">", 1)


def test_a_result_survives_json() -> None:
    measure = Measure("a.b", "title", "ms", False, {"pyforeman": [1.5]}, {"honcho": "fails"})
    result = Result({"kernel": "Linux"}, {"pyforeman": "pyforeman"}, [measure])
    assert Result.from_json(result.to_json()) == result
    assert all(verdict.reached is None for verdict in judged(result))


def test_a_result_is_brought_up_to_date() -> None:
    def result(machine: dict[str, str], **figures: float) -> Result:
        measures = [
            Measure(name, name, "ms", False, {"pyforeman": [value]}) for name, value in figures.items()
        ]
        return Result(machine, {"pyforeman": "pyforeman"}, measures)

    first = result({"kernel": "Linux", "load before": "0.1"}, old=1, both=2, last=3)
    newer = result({"kernel": "Linux", "load before": "0.9", "honcho": "2.0"}, new=5, both=4)
    assert first.updated(newer) == result(
        {"kernel": "Linux", "load before": "0.1", "honcho": "2.0"}, old=1, both=4, last=3, new=5
    )
    with pytest.raises(ValueError, match="kernel: Darwin, and was Linux"):
        first.updated(result({"kernel": "Darwin"}))


START = Measure(
    "startup.first", "first child", "ms", False, {"pyforeman": [40.0], "honcho": [60.0]}, {"nf": "fails"}
)
TITLES = {"pyforeman": "pyforeman", "honcho": "honcho", "nf": "node-foreman"}


def test_a_table_of_tools() -> None:
    table = compared("Start", [START], TITLES, page=False)
    assert table.text() == (
        "Start, ms\n"
        "=========\n"
        "                    first\n"
        "pyforeman            40.0\n"
        "honcho        60.0 (1.50)\n"
        "node-foreman            -\n"
        "  first: first child\n"
        "  node-foreman: fails\n"
    )


def test_a_table_of_measures() -> None:
    assert listed("Start", [START], TITLES).markdown() == (
        "### Start\n\n|  | pyforeman | honcho |\n| :-- | --: | --: |\n"
        "| first child, ms | 40.0 | 60.0 (1.50) |\n"
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (4_530_000, "lines/s", "4.53 M"),
        (52_100, "lines/s", "52.1 k"),
        (12.34, "ms", "12.3"),
        (5864, "ms", "5,864"),
        (0, "calls", "0"),
        (0.123, "ms", "0.12"),
    ],
)
def test_figures(value: float, unit: str, text: str) -> None:
    assert figure(value, unit) == text


def test_a_scale_is_logarithmic_where_figures_differ_by_orders_of_magnitude() -> None:
    linear, logarithmic = Scale([10, 100]), Scale([10, 1000])
    assert (linear.logarithmic, logarithmic.logarithmic) == (False, True)
    assert linear.place(50) == pytest.approx(linear.place(100) / 2)
    assert logarithmic.place(100) < logarithmic.place(1000) < 2 * logarithmic.place(100)
    assert linear.place(100) == pytest.approx(logarithmic.place(1000))


@pytest.mark.parametrize("values", [[0.0], [0.0, 5.0], [3.0], [0.4, 9000.0], [1.0, 1e7]])
def test_a_chart_is_a_picture_with_every_figure(values: list[float]) -> None:
    bars = Bars("heading <1>", [(f"tool {number}", value) for number, value in enumerate(values)])
    picture = ElementTree.fromstring(Chart("title & more", "ms", [bars]).svg())
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    rectangles = list(picture.iter("{http://www.w3.org/2000/svg}rect"))
    assert {figure(value, "ms") for value in values} <= {*texts}
    assert len(rectangles) == len(values)
    assert all(0 <= float(rectangle.attrib["width"]) <= 600 for rectangle in rectangles)


def test_processes_of_a_job() -> None:
    job = Job({"web": "serve", "worker": "work"}, {"worker": 2})
    assert (job.size, job.words) == (3, ["web=1", "worker=2"])
    assert job.one_by_one() == {"web": "serve", "worker1": "work", "worker2": "work"}
    assert Job({"web": "serve"}, {}).words == []


def test_the_page_shows_what_was_measured() -> None:
    folder = Path(__file__).parents[2] / "docs"
    result = Result.from_json(json.loads((folder / "performance" / "result.json").read_text()))
    page = (folder / "performance.md").read_text()
    assert filled(page, result) == page
    for name, chart in charts(result):
        assert (folder / "performance" / name).read_text() == chart.svg()

"""The plan while the formation runs: other counts, other files, and ports that stay where they are."""

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.formation import Instance
from pyforeman.plan.plan import Plan, differences, make_plan
from pyforeman.plan.policy import Policy
from pyforeman.plan.procfile import Procfile, parse
from pyforeman.plan.settings import Settings


def procfile(*types: str) -> Procfile:
    lines = (name if ":" in name else f"{name}: run {name}" for name in types)
    return parse("".join(f"{line}\n" for line in lines).encode(), "Procfile")


def plan(*types: str, **settings: object) -> Plan:
    return make_plan(procfile(*types), {}, Settings(**settings))  # type: ignore[arg-type]


def ports(plan: Plan) -> dict[str, int | None]:
    return {found.name: found.port for found in plan.instances()}


def scaled(plan: Plan, *words: str) -> Plan:
    return plan.scaled(plan.changes(words))


def reread(plan: Plan, *types: str, environment: dict[str, str] | None = None) -> Plan:
    return plan.reread(procfile(*types), environment or {})


class TestCounts:
    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({}, "web=1 worker=1"),
            ({"formation": ("web=2",)}, "web=2 worker=0"),
            ({"formation": ("all=3",), "exclude": ("worker",)}, "web=3 worker=0"),
            ({"release": True}, "web=1 worker=1"),
        ],
    )
    def test_the_formation_names_every_type_but_the_release(
        self, settings: dict[str, object], expected: str
    ) -> None:
        assert plan("release", "web", "worker", **settings).formation() == expected

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ((), "web=2 worker=1"),
            (("web=0",), "web=0 worker=1"),
            (("web+1", "worker-1"), "web=3 worker=0"),
            (("all=1",), "web=1 worker=1"),
            (("all+1,web-3",), "web=0 worker=2"),
        ],
    )
    def test_scaled_it_has_other_counts(self, words: tuple[str, ...], expected: str) -> None:
        running = plan("web", "worker", formation=("web=2", "worker"))
        assert scaled(running, *words).formation() == expected
        assert running.formation() == "web=2 worker=1"

    def test_scaled_to_nothing_it_has_no_instances(self) -> None:
        assert scaled(plan("web", "worker"), "all=0").instances() == ()

    def test_the_release_stays_when_all_are_scaled(self) -> None:
        names = [one.name for one in scaled(plan("release", "web", release=True), "all=2").instances()]
        assert names == ["release.1", "web.1", "web.2"]

    def test_an_excluded_type_can_be_scaled(self) -> None:
        assert ports(scaled(plan("web", "worker", exclude=("worker",)), "worker=1")) == {
            "web.1": 5000,
            "worker.1": 5100,
        }


class TestPorts:
    def test_scaling_one_type_moves_nobody_else(self) -> None:
        running = plan("web", "worker", "clock")
        before = ports(running)
        assert ports(scaled(running, "web=90", "worker=3")).items() >= before.items()

    def test_instances_beyond_the_step_get_a_block_behind_all_and_keep_it(self) -> None:
        running = scaled(plan("web", "worker", port_step=2), "web=3")
        assert ports(running) == {"web.1": 5000, "web.2": 5001, "web.3": 5004, "worker.1": 5002}
        running = scaled(running, "web=1", "worker=3")
        assert ports(running)["worker.3"] == 5006  # web's block is kept
        assert ports(scaled(running, "web=3"))["web.3"] == 5004

    def test_past_the_last_port_there_is_nothing(self) -> None:
        running = plan("web", "worker", port=65500, port_step=30)
        with pytest.raises(UsageError, match=r"worker\.7 would get port 65536, past 65535"):
            scaled(running, "worker=7").instances()
        assert ports(scaled(running, "worker=6"))["worker.6"] == 65535

    def test_without_a_step_all_share_one(self) -> None:
        running = scaled(plan("web", "worker", port_step=0), "web=2")
        assert ports(running) == {"web.1": 5000, "web.2": 5001, "worker.1": 5000}

    def test_without_ports_nobody_has_one_whatever_comes(self) -> None:
        running = reread(scaled(plan("web", no_port=True), "web=2"), "web", "mail").joined()
        assert ports(running) == {"web.1": None, "web.2": None, "mail.1": None}

    def test_another_base_in_the_files_moves_all(self) -> None:
        running = reread(plan("web", "worker"), "web", "worker", environment={"PORT": "7000"})
        assert ports(running) == {"web.1": 7000, "worker.1": 7100}

    def test_the_option_wins_over_the_files(self) -> None:
        running = reread(plan("web", port=6000), "web", environment={"PORT": "7000"})
        assert ports(running) == {"web.1": 6000}

    def test_a_base_that_is_none_is_an_error(self) -> None:
        with pytest.raises(UsageError, match="PORT: not a port"):
            reread(plan("web"), "web", environment={"PORT": "x"})


class TestReread:
    def test_what_is_new_does_not_run_before_it_joins(self) -> None:
        running = reread(plan("web", "worker"), "mail", "web", "worker")
        assert ports(running) == {"web.1": 5000, "worker.1": 5100}
        assert running.formation() == "mail=0 web=1 worker=1"
        assert ports(running.joined()) == {"mail.1": 5200, "web.1": 5000, "worker.1": 5100}

    def test_what_joins_goes_behind_and_tells_the_others(self) -> None:
        running = reread(plan("web"), "web", "mail").joined()
        environment = running.instances()[0].environment
        assert environment["PYFOREMAN_PROCESS_MAIL_PORT"] == "5100"

    def test_what_joins_stands_behind_the_blocks_too(self) -> None:
        running = plan("web", port_step=2, formation=("all=3",))
        assert ports(reread(running, "web", "mail").joined()) == {
            "web.1": 5000,
            "web.2": 5001,
            "web.3": 5002,
            "mail.1": 5004,
            "mail.2": 5005,
            "mail.3": 5006,
        }

    @pytest.mark.parametrize(
        ("formation", "expected"),
        [((), "web=1 mail=1"), (("web=2",), "web=2 mail=0"), (("all=2",), "web=2 mail=2")],
    )
    def test_what_joins_runs_as_often_as_all_others(self, formation: tuple[str, ...], expected: str) -> None:
        assert reread(plan("web", formation=formation), "web", "mail").joined().formation() == expected

    def test_what_is_excluded_does_not_join(self) -> None:
        running = reread(plan("web", "mail", exclude=("mail",)), "web")
        assert reread(running, "web", "mail").joined().formation() == "web=1 mail=0"

    def test_a_release_does_not_join(self) -> None:
        names = [one.name for one in reread(plan("web"), "release", "web").joined().instances()]
        assert names == ["web.1"]

    def test_what_is_gone_runs_no_more(self) -> None:
        running = reread(plan("web", "worker", "clock"), "web", "clock").joined()
        assert ports(running) == {"web.1": 5000, "clock.1": 5200}
        assert running.formation() == "web=1 clock=1"

    def test_what_comes_back_has_its_port_again(self) -> None:
        running = reread(plan("web", "worker", "clock", formation=("all=2",)), "web", "clock").joined()
        assert ports(reread(running, "worker", "web", "clock").joined())["worker.2"] == 5101

    def test_what_comes_back_runs_as_often_as_before(self) -> None:
        gone = reread(scaled(plan("web", "worker"), "worker=3"), "web")
        assert gone.formation() == "web=1"
        # Only reread, as by a restart of web: the workers run on, and are planned again when they are back.
        assert reread(gone, "web", "worker").formation() == "web=1 worker=3"
        assert reread(gone.joined(), "web", "worker").joined().formation() == "web=1 worker=3"

    def test_what_joined_was_removed_and_comes_back_has_its_port_again(self) -> None:
        running = reread(plan("web"), "web", "a", "b").joined()
        assert ports(running) == {"web.1": 5000, "a.1": 5100, "b.1": 5200}
        running = reread(running, "web", "b").joined()
        running = reread(running, "web", "a", "b", "c").joined()
        assert ports(running) == {"web.1": 5000, "a.1": 5100, "b.1": 5200, "c.1": 5300}

    def test_web_that_joins_late_takes_nobodys_port(self) -> None:
        assert ports(reread(plan("worker"), "web", "worker").joined()) == {"web.1": 5100, "worker.1": 5000}

    def test_what_was_scaled_keeps_its_count(self) -> None:
        running = reread(scaled(plan("web", "worker"), "web=3", "worker=0"), "web", "worker").joined()
        assert running.formation() == "web=3 worker=0"

    @pytest.mark.parametrize(
        "settings",
        [
            {"timeout": "5,worker=60"},
            {"restart": "worker=always"},
            {"formation": ("web", "worker=2")},
            {"exclude": ("worker",)},
            {"pty": "worker=no"},
        ],
    )
    def test_options_that_name_a_type_that_is_gone_are_no_error(self, settings: dict[str, object]) -> None:
        running = reread(plan("web", "worker", **settings), "web").joined()
        assert [one.name for one in running.instances()] == ["web.1"]

    def test_a_type_that_comes_back_has_its_policy_again(self) -> None:
        running = reread(plan("web", "worker", timeout="5,worker=60"), "web").joined()
        back = reread(running, "web", "worker").joined()
        assert {one.type: one.policy.grace for one in back.instances()} == {"web": 5, "worker": 60}

    def test_files_that_say_the_same_change_nothing(self) -> None:
        running = scaled(plan("web", "worker"), "web=2")
        again = reread(running, "web", "worker").joined()
        pairs = zip(running.instances(), again.instances(), strict=True)
        assert [differences(before, after) for before, after in pairs] == [{}] * 3


class TestDifferences:
    before = Instance("web", 1, "serve", 5000, {"A": "1", "PORT": "5000", "PS": "web.1"}, Policy())

    def after(self, **changes: object) -> Instance:
        return self.before._replace(**changes)  # type: ignore[arg-type]

    def test_the_same_has_none(self) -> None:
        assert differences(self.before, self.after()) == {}

    def test_of_variables_only_the_names_are_said(self) -> None:
        after = self.after(environment={"A": "secret", "B": "secret"})
        said = {"environment: A": "has changed", "environment: B": "is new"}
        assert differences(self.before, after) == said
        assert differences(after, self.before) == {**said, "environment: B": "is gone"}

    def test_the_command_and_the_port_are_said(self) -> None:
        after = self.after(command="serve -v", port=6000)
        assert differences(self.before, after) == {
            "web: the command": "is now serve -v",
            "web.1: the port": "is now 6000",
        }

    def test_the_ports_of_the_others_do_not_matter(self) -> None:
        after = self.after(environment={"A": "1", "PORT": "1", "PYFOREMAN_PROCESS_MAIL_PORT": "5100"})
        assert differences(self.before, after) == {}

    def test_another_policy_is_no_reason_to_start_anew(self) -> None:
        assert differences(self.before, self.after(policy=Policy("never"))) == {}

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random topologies: check mode predicts the run, commands reproduce it, rollback and
removal restore the host.
"""

from __future__ import annotations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from support.failing_host import INTERRUPT, fail_at_change
from support.lab_processes import wait_until
from support.private_host import private_host
from support.random_processes import VALUE, VARIABLE, list_drawn, processes_ended
from support.random_topologies import topologies
from support.shell import replay
from support.snapshot import differences, take_snapshot, without_order
from support.tasks import Raw, predicted_part, run

without_shrinking = settings(phases=(Phase.explicit, Phase.generate))


@without_shrinking
@given(raw=topologies(), backend=st.sampled_from(("nftables", "nftables", "iptables")))
def test_check_mode_run_and_commands_agree(own_process: None, raw: Raw, backend: str) -> None:
    with private_host(), processes_ended():
        empty = _take_snapshot()
        checked = run("topology", check=True, **raw, backend=backend)
        assert differences(empty, _take_snapshot()) == {}
        done = run("topology", **raw, backend=backend)
        assert predicted_part(checked) == predicted_part(done)
        built = _take_snapshot()
        again = run("topology", **raw, backend=backend)
        assert not again["changed"] and again["actions"] == []
        assert differences(built, _take_snapshot()) == {}
        assert run("topology", name="lab", state="absent")["changed"]
        assert differences(empty, _take_snapshot()) == {}
    with private_host(), processes_ended():
        replay([f"{VARIABLE}={VALUE}", *done["commands"]])
        wait_until(lambda: list_drawn() == built["processes"])
        assert differences(_without_handles(built), _without_handles(_take_snapshot())) == {}


@without_shrinking
@given(first=topologies(), second=topologies())
def test_a_topology_is_changed_to_another(own_process: None, first: Raw, second: Raw) -> None:
    with private_host(), processes_ended():
        run("topology", **first)
        checked = run("topology", check=True, purge=True, **second)
        done = run("topology", purge=True, **second)
        assert predicted_part(checked) == predicted_part(done)
        assert not run("topology", purge=True, **second)["changed"]
        changed = _without_handles(_take_snapshot())
        run("topology", name="lab", state="absent")
        run("topology", **second)
        assert (
            differences(without_order(changed), without_order(_without_handles(_take_snapshot())))
            == {}
        )


@without_shrinking
@given(first=topologies(), second=topologies(), number=st.integers(0, 80))
def test_an_interrupted_run_is_rolled_back(
    own_process: None, first: Raw, second: Raw, number: int
) -> None:
    with private_host(), processes_ended():
        run("topology", **first)
        before = _take_snapshot()
        if run("topology", check=True, purge=True, **second)["changed"]:
            message = fail_at_change(number, INTERRUPT, purge=True, **second)
            assert "could not be undone" not in message
            assert (
                differences(
                    without_order(_without_handles(before)),
                    without_order(_without_handles(_take_snapshot())),
                )
                == {}
            )
            assert run("topology", check=True, **first)["actions"] == []


def _take_snapshot() -> dict[str, object]:
    """The state of the host, and the processes that it runs."""
    return {**take_snapshot(), "processes": list_drawn()}


def _without_handles(snapshot: dict[str, object]) -> dict[str, object]:
    """Handles depend on all rules that were ever added to a table, so they are left out."""
    return {
        name: sorted(line.split(" # handle ")[0] for line in lines)
        if isinstance(lines, list)
        else lines
        for name, lines in snapshot.items()
    }

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are replaced by others of the same name; foreign links are left alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.converge import converge
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.failing_host import fail_at_change
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, parse_task, run, run_as_predicted
from support.topology_changes import CHANGES_IN_ORDER, REPLACEMENTS, topology, veth

_INTERRUPT = "kill -INT $PPID; sleep 0.05"  # This is done hundreds of times.
_RENUMBERED = re.compile(r" # handle \d+| port_(id|no) \S+| promiscuity \d")


def _in_any_order(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return the snapshot without the numbers and the order that a replaced link changes."""
    return {
        place: sorted(_RENUMBERED.sub("", line) for line in lines)
        if isinstance(lines, list)
        else lines
        for place, lines in snapshot.items()
    }


def _count_steps(raw: Raw) -> int:
    """Count the changes of a run, implied ones included."""
    host = LinuxHost()
    try:
        return len(converge(parse_task("topology", raw), host, check=True).plan.changes)
    finally:
        host.close()


@pytest.mark.parametrize("name", [*CHANGES_IN_ORDER, *REPLACEMENTS])
def test_an_interrupted_replacement_is_rolled_back(host: None, name: str) -> None:
    sh(
        "ip link add port0 type veth peer name port1 && ip link set port0 up && "
        "ip link set port1 up"
    )
    first, second = {**CHANGES_IN_ORDER, **REPLACEMENTS}[name]
    run("topology", **first)
    before = _in_any_order(take_snapshot())
    steps = _count_steps(second)
    for number in range(
        len(name) % 3, steps + 1, 3 + steps // 24
    ):  # Each case begins at another change; together they cover every kind of change.
        assert "could not be undone" not in fail_at_change(number, _INTERRUPT, **second)
        assert differences(before, _in_any_order(take_snapshot())) == {}, number
    assert not run("topology", **first)["changed"]


def test_forwarding_of_a_deleted_link_is_restored_if_its_namespace_remains(host: None) -> None:
    wire = {**veth("red", netns="blue"), "addresses": ["10.1.0.1/24"]}
    run(
        "topology",
        **topology(
            "red", "blue", veth=[wire], masquerade=[{"netns": "red", "source": "10.1.0.0/24"}]
        ),
    )
    before = _in_any_order(take_snapshot())
    second = topology("blue", veth=[veth("blue", "eth0", "far")])
    actions = run("topology", check=True, **second)["actions"]
    assert (
        actions[0] == "delete veth pair eth0 in namespace red and far in namespace blue"
        and actions[-1] == "delete namespace red"
    )
    for number in range(len(actions)):
        assert "could not be undone" not in fail_at_change(number, _INTERRUPT, **second)
        assert differences(before, _in_any_order(take_snapshot())) == {}, number


WITH_SWITCH: Raw = {
    **topology("red", linux_bridge=[{"name": "sw"}], veth=[veth("red", bridge="sw")]),
    "purge": False,
}
DRIFT = {
    "ip link set far down; ip link set far name other; ip link set other up": (
        "delete veth pair eth0 in namespace red and other"
    ),
    "ip -n red link set eth0 name other": "delete veth pair far and other in namespace red",
    "ip netns add blue; ip link set far netns blue name other": (
        "delete veth pair eth0 in namespace red and other in namespace blue"
    ),
}
"""A command that changes one end of a veth pair, and the first action of the next run."""


@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("script", DRIFT)
def test_a_veth_pair_with_an_end_renamed_by_hand_is_replaced(
    host: None, script: str, purge: bool
) -> None:
    empty = take_snapshot()
    run("topology", **WITH_SWITCH)
    built = _in_any_order(take_snapshot())
    sh(script)
    assert run_as_predicted("topology", **{**WITH_SWITCH, "purge": purge})["actions"][:2] == [
        DRIFT[script],
        "create veth pair eth0 in namespace red and far",
    ]
    sh("! ip netns del blue 2>/dev/null || sleep 0.1")
    assert differences(built, _in_any_order(take_snapshot())) == {}
    run("topology", name="lab", state="absent")
    assert differences(empty, take_snapshot()) == {}


@contextmanager
def process_in_unnamed_red() -> Iterator[None]:
    """Keep the namespace red alive by a process after its name is deleted."""
    process = subprocess.Popen(
        ["ip", "netns", "exec", "red", sys.executable, "-c", "print(flush=True); input()"],
        stdin=-1,
        stdout=-1,
    )
    try:
        assert process.stdout is not None and process.stdout.readline()
        sh("ip netns del red")
        yield
    finally:
        process.communicate(b"\n")


def test_a_veth_end_with_its_peer_in_an_unnamed_namespace_is_replaced(host: None) -> None:
    empty = take_snapshot()
    run("topology", **WITH_SWITCH)
    with process_in_unnamed_red():
        assert run_as_predicted("topology", **WITH_SWITCH)["actions"][:3] == [
            "delete veth far",
            "create namespace red",
            "create veth pair eth0 in namespace red and far",
        ]
    run("topology", name="lab", state="absent")
    assert differences(empty, take_snapshot()) == {}


def test_a_rollback_reports_a_veth_pair_that_it_cannot_restore(host: None) -> None:
    run("topology", **WITH_SWITCH)
    with process_in_unnamed_red():
        before = take_snapshot()
        message = fail_at_change(3, _INTERRUPT, **WITH_SWITCH)
        assert (
            "could not be undone: " in message
            and "its peer was in a namespace without a name, and was deleted with it" in message
        )
        assert all(
            "- " in line and " far" in line or "/far/" in line
            for line in differences(before, take_snapshot())["host"]
        )
    assert run("topology", **WITH_SWITCH)["changed"]


@pytest.mark.parametrize(
    ("first", "second", "match"),
    [
        (
            *REPLACEMENTS["two veth pairs swap their far ends"],
            (
                "an end of another veth pair .its peer: far-0. of this name; set "
                "purge: true to replace it"
            ),
        ),
        (
            *REPLACEMENTS["an end becomes a bridge"],
            "an end of a veth pair of this name, not a bridge; set purge: true to replace it",
        ),
        (
            *REPLACEMENTS["a tap becomes a tun"],
            "a tap of this name, not a tun; set purge: true to replace it",
        ),
        (
            *REPLACEMENTS["an end goes, and a physical link comes"],
            "which did not come from the host; set purge: true to replace it",
        ),
    ],
)
def test_a_replacement_without_purge_is_refused(
    host: None, first: Raw, second: Raw, match: str
) -> None:
    sh("ip link add port0 type veth peer name port1")
    run("topology", **first)
    before = take_snapshot()
    with pytest.raises(Conflict, match=match):
        run("topology", **{**second, "purge": False})
    assert differences(before, take_snapshot()) == {}


_STRANGE = (
    "ip -n red link add eth0 type veth peer name theirs; "
    "ip -n red link set eth0 alias redblue.netns"
)
FOREIGN_LINKS = {
    "a foreign bridge": (
        "ip -n red link add eth0 type bridge",
        "namespace red has a bridge of this name$",
    ),
    "a foreign veth pair": (
        "ip -n red link add eth0 type veth peer name theirs",
        "another veth pair .its peer: theirs. of this name$",
    ),
    "a foreign veth end": (f"{_STRANGE}:lab", "its peer: theirs. of this name$"),
    "of another lab": (f"{_STRANGE}:b", "its peer: theirs. of this name$"),
    "of no lab": (_STRANGE, "its peer: theirs. of this name$"),
}


@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("whose", FOREIGN_LINKS)
def test_a_foreign_link_of_the_same_name_is_not_replaced(
    host: None, whose: str, purge: bool
) -> None:
    script, match = FOREIGN_LINKS[whose]
    run("topology", **topology("red"))
    sh(script)
    before = take_snapshot()
    with pytest.raises(Conflict, match=match):
        run("topology", **{**topology("red", veth=[veth("red")]), "purge": purge})
    assert differences(before, take_snapshot()) == {}


def test_a_link_with_a_foreign_child_is_not_replaced(host: None) -> None:
    first, second = REPLACEMENTS["an end becomes a bridge"]
    run("topology", **first)
    sh("ip link add theirs link far type macvlan")
    before = take_snapshot()
    with pytest.raises(
        Conflict,
        match="theirs on the host is on top of it, would be deleted with it, and is not ours",
    ):
        run("topology", **second)
    assert differences(before, take_snapshot()) == {}

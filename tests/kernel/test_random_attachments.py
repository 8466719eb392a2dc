# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random topologies of Open vSwitch, networks of CNI and a process's namespace: check mode
predicts the run, commands reproduce it, rollback and removal restore the host.
"""

from __future__ import annotations

import os

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from support.attached import process_with_netns
from support.cni import needs_plugins
from support.failing_host import INTERRUPT, fail_at_change
from support.patience import await_equal
from support.random_attachments import (
    attached_topologies,
    equipped_host,
    snapshot_with,
    with_process,
)
from support.shell import replay
from support.snapshot import differences, without_order
from support.tasks import LAB_ABSENT, Raw, predicted_part, run

pytestmark = needs_plugins

few = settings(
    max_examples=int(os.environ.get("EXAMPLES", "3")), phases=(Phase.explicit, Phase.generate)
)


def _await_state(wanted: dict[str, object], pid: int) -> None:
    """Assert that a state is reached: what a switch deletes is gone some time later."""
    nothing: dict[str, list[str]] = {}
    assert await_equal(lambda: differences(wanted, snapshot_with(pid)), nothing) == {}


@few
@given(raw=attached_topologies(), backend=st.sampled_from(("nftables", "iptables")))
def test_check_mode_run_and_commands_agree(own_process: None, raw: Raw, backend: str) -> None:
    with process_with_netns() as process:
        pid = process.pid
        raw = with_process({**raw, "backend": backend}, pid)
        with equipped_host():
            empty = snapshot_with(pid)
            checked = run("topology", check=True, **raw)
            assert differences(empty, snapshot_with(pid)) == {}
            done = run("topology", **raw)
            assert predicted_part(checked) == predicted_part(done)
            built = snapshot_with(pid)
            again = run("topology", **raw)
            assert not again["changed"] and again["actions"] == []
            assert differences(built, snapshot_with(pid)) == {}
            removal = run("topology", check=True, **LAB_ABSENT)["commands"]
            assert run("topology", **LAB_ABSENT)["changed"]
            _await_state(empty, pid)
        with equipped_host():
            replay(done["commands"])
            _await_state(built, pid)
            if backend == "nftables":  # iptables leaves the empty chains of its tables.
                replay(removal)
                _await_state(empty, pid)


@few
@given(first=attached_topologies(), second=attached_topologies())
def test_a_topology_is_changed_to_another(own_process: None, first: Raw, second: Raw) -> None:
    with process_with_netns() as process, equipped_host():
        pid = process.pid
        second = {**with_process(second, pid), "purge": True}
        run("topology", **with_process(first, pid))
        checked = run("topology", check=True, **second)
        done = run("topology", **second)
        assert predicted_part(checked) == predicted_part(done)
        assert not run("topology", **second)["changed"]
        changed = snapshot_with(pid)
        run("topology", **LAB_ABSENT)
        run("topology", **second)
        wanted, nothing = without_order(changed), dict[str, list[str]]()
        assert (
            await_equal(lambda: differences(wanted, without_order(snapshot_with(pid))), nothing)
            == {}
        )


@few
@given(first=attached_topologies(), second=attached_topologies(), number=st.integers(0, 60))
def test_an_interrupted_run_is_rolled_back(
    own_process: None, first: Raw, second: Raw, number: int
) -> None:
    with process_with_netns() as process, equipped_host():
        pid = process.pid
        first, second = with_process(first, pid), {**with_process(second, pid), "purge": True}
        run("topology", **first)
        before = snapshot_with(pid)
        if run("topology", check=True, **second)["changed"]:
            message = fail_at_change(number, INTERRUPT, **second)
            assert "could not be undone" not in message
            _await_state(before, pid)
            assert run("topology", check=True, **first)["actions"] == []

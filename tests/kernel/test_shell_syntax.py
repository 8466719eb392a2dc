# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options with paths or shell syntax are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.options import FORWARD, MACVLAN, ROUTE, WIREGUARD
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run


def test_a_path_is_no_name(host: None, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for state in ("present", "absent"):
        with pytest.raises(Refused):
            run("netns", name=str(victim), state=state)
    assert victim.read_text() == "precious"


SHELL = [
    "$(touch {canary})",
    "`touch {canary}`",
    "; touch {canary}",
    "| touch {canary}",
    "\ntouch {canary}",
    "'",
    '"',
    "{{{{7*7}}}}",
    "--help",
    "-j ACCEPT",
]


STRINGS: list[tuple[str, Raw, str]] = [
    ("netns", {}, "name"),
    ("linux_bridge", {}, "name"),
    ("linux_bridge", {"name": "br0"}, "netns"),
    ("linux_bridge", {"name": "br0"}, "mac"),
    ("netns_route", dict(ROUTE), "destination"),
    ("netns_route", {"destination": "default"}, "gateway"),
    ("netns_route", {"destination": "default"}, "device"),
    ("netns_route", {"destination": "default", "gateway": "10.0.0.1"}, "source"),
    ("masquerade", {}, "source"),
    ("masquerade", {"source": "10.0.0.0/24"}, "out_interface"),
    ("masquerade", {"source": "10.0.0.0/24"}, "to_source"),
    ("dnat", dict(FORWARD), "destination_port"),
    ("dnat", dict(FORWARD), "to_destination"),
    ("dnat", dict(FORWARD), "in_interface"),
    ("netns_link", dict(MACVLAN), "name"),
    ("netns_link", dict(MACVLAN), "link"),
    ("netns_link", dict(MACVLAN), "mode"),
    ("netns_link", dict(WIREGUARD), "private_key"),
    ("netns_link", dict(WIREGUARD), "private_key_file"),
    ("netns_link", {"name": "tap0", "type": "tap"}, "user"),
    ("dnat", dict(FORWARD), "destination"),
    ("dnat", dict(FORWARD), "protocol"),
    ("topology", {}, "name"),
]


@pytest.mark.parametrize(("module", "raw", "option"), STRINGS)
def test_shell_syntax_is_refused(
    host: None, tmp_path: Path, module: str, raw: Raw, option: str
) -> None:
    canary = tmp_path / "canary"
    before = take_snapshot()
    for text in SHELL:
        with pytest.raises(Refused):
            run(module, **{**raw, option: text.format(canary=canary)})
    assert not canary.exists()
    assert differences(before, take_snapshot()) == {}

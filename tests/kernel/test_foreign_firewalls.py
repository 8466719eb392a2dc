# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dockerd, firewalld and ufw beside the labs: started before them and after, reloaded and
restarted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daemons import Docker, Firewalld, control_groups, system_bus
from support.flows import build_integrated_labs, find_open_doors, find_wrong_flows, flow_lab
from support.nat_lab import set_bridge_filtering
from support.private_host import IS_REAL_ROOT
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

PROGRAMS = {"docker": "dockerd", "firewalld": "firewalld", "ufw": "ufw"}

pytestmark = pytest.mark.skipif(not IS_REAL_ROOT, reason="these daemons want to be the real root")


class Ufw:
    """ufw, which has no daemon: it is enabled or disabled."""

    def __init__(self, directory: Path) -> None:
        del directory

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        output("ufw", "allow", "7000/tcp")
        output("ufw", "--force", "enable")
        yield
        output("ufw", "--force", "disable")


Daemon = Docker | Firewalld | Ufw
KINDS: dict[str, type[Daemon]] = {"docker": Docker, "firewalld": Firewalld, "ufw": Ufw}


@pytest.fixture(params=list(KINDS))
def firewall(
    lan: None, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, Daemon]]:
    """One of the firewalls, not started yet, with its own directories and bus."""
    if shutil.which(PROGRAMS[request.param]) is None:
        pytest.skip(f"{PROGRAMS[request.param]} is not installed")
    with contextlib.ExitStack() as stack:
        for place in ("/etc/firewalld/zones", "/etc/ufw", "/var/lib/ufw"):
            if os.path.isdir(place):
                copy = tmp_path / place.replace("/", "-")
                output("cp", "-a", place, str(copy))
                output("mount", "--bind", str(copy), place)
                stack.callback(output, "umount", place)
        stack.enter_context(control_groups())
        stack.enter_context(system_bus())
        yield request.param, KINDS[request.param](tmp_path)


def check_flows() -> None:
    for filtered in (0, 1):
        set_bridge_filtering(filtered)
        assert find_wrong_flows(dropping=False, filtered=bool(filtered)) == []


def rules() -> str:
    """Return all rules without counters."""
    return output("nft", "-s", "list", "ruleset")


def change_labs(backend: str, firewall: str) -> bool:
    results = build_integrated_labs(backend, firewall)
    warnings = [text for result in results for text in result["warnings"]]
    is_emptied = (backend, firewall) == ("iptables", "firewalld")
    if firewall == "docker":
        # dockerd enables forwarding, also where a lab had enabled it before.
        warnings = [text for text in warnings if "another program enabled it" not in text]
    assert [text for text in warnings if "empties all tables" not in text] == []
    assert bool(warnings) == is_emptied
    return any(result["changed"] for result in results)


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_labs_work_beside_a_firewall_that_was_started_first(
    firewall: tuple[str, Daemon], backend: str
) -> None:
    name, running = firewall
    with running.running():
        if backend == "iptables":
            output("iptables-restore", "--noflush", "/dev/null")
        if name == "firewalld":
            output("firewall-cmd", "--reload")
        before, current = take_snapshot(), rules()
        warned = run("topology", check=True, **flow_lab("lab", 15, ("red", "blue"), backend))[
            "warnings"
        ]
        assert any(f"integrate: {name} " in warning for warning in warned)
        assert change_labs(backend, name)
        check_flows()
        if name == "firewalld":
            output("firewall-cmd", "--reload")
            assert find_open_doors() == []
            # firewalld flushes iptables if rules were given to it by iptables, and leaves other
            # tables of nftables alone.
            assert change_labs(backend, name) == (backend == "iptables")
        elif name == "ufw":
            output("ufw", "reload")
            assert find_open_doors() == []
            assert change_labs(backend, name), (
                "its chain was emptied, which the next run sees and mends"
            )
        check_flows()
        run("topology", name="lab", state="absent")
        run("topology", name="other", state="absent")
        assert "redblue" not in rules().lower() and "br15" not in rules()
        if name == "firewalld":
            # It keeps the chains of a zone that had an interface until it is reloaded.
            output("firewall-cmd", "--reload")
        if backend == "nftables":
            assert sorted(rules().splitlines()) == sorted(current.splitlines())
            # A reload replaces its rules by new ones with other handles.
            assert name != "docker" or differences(before, take_snapshot()) == {}


def test_labs_work_when_a_firewall_is_started_later_and_restarted(
    firewall: tuple[str, Daemon],
) -> None:
    name, running = firewall
    assert change_labs("nftables", name), "who is not here is passed over"
    check_flows()
    with running.running():
        assert find_open_doors() == []
        assert change_labs("nftables", name)
        check_flows()
    assert find_open_doors() == []
    with running.running():
        assert find_open_doors() == []
        change_labs("nftables", name)
        check_flows()
        # Somebody else writes aliases, as SNMP and NetBox do.
        sh("ip link set br15 alias uplink; ip link set br16 alias uplink")
        run("topology", name="lab", state="absent")
    run("topology", name="other", state="absent")
    assert "redblue" not in rules().lower() and "br16" not in rules()
    zone = Path("/etc/firewalld/zones/trusted.xml")
    assert not zone.exists() or "<interface" not in zone.read_text()

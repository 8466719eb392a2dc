# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rulesets on the host: read back, changed by hand, beside foreign rules."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._firewall.iptables import (
    programs as iptables_programs,
)
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._host.programs import find
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    Refused,
)

from support import nat_lab
from support.nat_lab import EXAMPLE_RULES, apply_rules, dnat, restore_iptables, ruleset
from support.netns import in_netns
from support.patience import patience
from support.shell import output, sh


def test_two_forwards_of_one_port_are_refused(host: None) -> None:
    with pytest.raises(Refused, match="forwarded twice"):
        apply_rules("nftables", dnat((80, 82), "192.168.15.2"), dnat(81, "192.168.15.3"))


_FOREIGN = """
table inet mine {
    chain forward {
        type filter hook forward priority 0; policy accept;
        tcp dport 1 counter drop
    }
}
table ip redblue_netns {
    chain nothing {
    }
}
"""
_FOREIGN_IPTABLES = """*nat
-A PREROUTING -p tcp --dport 5 -j REDIRECT --to-ports 6
COMMIT
*filter
:DOCKER-USER - [0:0]
:FORWARD DROP [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -m recent --name known --set -j RETURN
COMMIT
"""


def _foreign(backend: str) -> list[str]:
    if backend != "nftables":
        saved = "".join(output(find(f"{name}-save") or "") for name in ("iptables", "ip6tables"))
        return [
            line
            for line in saved.splitlines()
            if line[0] in ":-" and "REDBLUE" not in line and not line.endswith("ACCEPT [0:0]")
        ]
    return [
        line.strip()
        for line in output("nft", "-a", "list", "ruleset").split("\ntable ")
        if "inet redblue_netns" not in line
    ]


def test_foreign_rules_stay_unchanged(host: None, backend: str) -> None:
    if backend == "nftables":
        subprocess.run(["nft", "-f", "-"], input=_FOREIGN, text=True, check=True)
    else:
        restore_iptables("iptables-restore", _FOREIGN_IPTABLES)
        restore_iptables("ip6tables-restore", _FOREIGN_IPTABLES)
    before = _foreign(backend)
    assert len(before) > 1
    wanted = apply_rules(backend, *EXAMPLE_RULES)
    assert _foreign(backend) == before
    apply_rules(backend, *EXAMPLE_RULES[:3])
    assert _foreign(backend) == before
    Firewall().replace_ruleset(wanted, None)
    assert Firewall().observe_ruleset(None) is None
    assert _foreign(backend) == before


def test_a_table_of_our_name_without_our_comment_is_a_conflict(host: None, backend: str) -> None:
    if backend == "nftables":
        output("nft", "add table inet redblue_netns")
    else:
        restore_iptables(
            "iptables-restore",
            "*nat\n:REDBLUE-PRE - [0:0]\n-A REDBLUE-PRE -p tcp -j RETURN\nCOMMIT\n",
        )
    with pytest.raises(Conflict, match="no mark"):
        Firewall().observe_ruleset(None)
    before = _foreign(backend), output("nft", "list", "ruleset")
    with pytest.raises(Conflict, match="no mark"):
        Firewall().replace_ruleset(None, ruleset(backend, EXAMPLE_RULES))
    assert (_foreign(backend), output("nft", "list", "ruleset")) == before


def test_the_returned_commands_have_the_same_effect(host: None, backend: str) -> None:
    first, second = ruleset(backend, EXAMPLE_RULES), ruleset(backend, EXAMPLE_RULES[2:4])
    for before, after in ((None, first), (first, second), (second, first), (first, None)):
        script = "\n".join(Firewall().render_commands(before, after))
        subprocess.run(
            ["bash", "-eu", "-c", script], check=True, env={"PATH": ":".join(programs.DIRECTORIES)}
        )
        assert Firewall().observe_ruleset(None) == after
    subprocess.run(["ip", "netns", "add", "red"], check=True)
    script = "\n".join(Firewall().render_commands(None, first, "ip netns exec red "))
    subprocess.run(
        ["bash", "-eu", "-c", script], check=True, env={"PATH": ":".join(programs.DIRECTORIES)}
    )
    assert Firewall().observe_ruleset(None) is None
    with in_netns("red"):
        assert Firewall().observe_ruleset(None) == first


def test_another_backend_replaces_the_rules(host: None) -> None:
    first, second = ruleset("nftables", EXAMPLE_RULES), ruleset("iptables", EXAMPLE_RULES)
    Firewall().replace_ruleset(None, first)
    Firewall().replace_ruleset(first, second)
    assert Firewall().observe_ruleset(None) == second
    assert Firewall().choose_backend("auto", second) == (
        "iptables",
        "it already holds rules of this collection",
    )
    subprocess.run(
        ["bash", "-eu", "-c", "\n".join(Firewall().render_commands(second, first))], check=True
    )
    assert Firewall().observe_ruleset(None) == first
    Firewall().open_backend("iptables").replace_ruleset(None, second)
    both = Firewall().observe_ruleset(None)
    assert both is not None and both.damaged and both.backend == "nftables"
    Firewall().replace_ruleset(both, first)
    assert Firewall().observe_ruleset(None) == first
    Firewall().open_backend("iptables").replace_ruleset(None, second)
    Firewall().replace_ruleset(Firewall().observe_ruleset(None), None)
    assert Firewall().observe_ruleset(None) is None


def test_a_missing_program_is_named_with_its_package(
    host: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DIRECTORIES", ())
    assert Firewall().observe_ruleset(None) is None
    for name, package in (("nftables", "nftables"), ("iptables", "iptables")):
        with pytest.raises(Failed, match=f"missing.*package {package}"):
            Firewall().replace_ruleset(None, ruleset(name, EXAMPLE_RULES))
        with pytest.raises(Refused, match=f"package {package}"):
            Firewall().choose_backend(name, None)
    with pytest.raises(Refused, match="none works here"):
        Firewall().choose_backend("auto", None)


def test_iptables_is_used_without_nft(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Firewall().choose_backend("auto", None) == ("nftables", "it works here")
    nat_lab.use_iptables_programs(tmp_path, monkeypatch, only=True)
    backend, reason = Firewall().choose_backend("auto", None)
    assert backend == "iptables" and reason.startswith(
        "it works here; nftables: the program nft is missing"
    )
    apply_rules("iptables", *EXAMPLE_RULES)


@pytest.fixture
def failing_ip6tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let ip6tables-restore fail from now on, but for its tests."""
    fake = tmp_path / "ip6tables-restore"
    fake.write_text(
        "#!/bin/sh\ncase \" $* \" in *--test*) exit 0;; esac\necho 'no room' >&2\nexit 1\n",
        encoding="ascii",
    )
    fake.chmod(0o755)
    directories = (str(tmp_path), *programs.DIRECTORIES)
    return lambda: monkeypatch.setattr(programs, "DIRECTORIES", directories)


def test_a_failure_of_ip6tables_rolls_iptables_back(
    host: None, failing_ip6tables: Callable[[], None]
) -> None:
    wanted = apply_rules("iptables", *EXAMPLE_RULES[:3])
    failing_ip6tables()
    with pytest.raises(Failed, match="no room"):
        Firewall().replace_ruleset(wanted, ruleset("iptables", EXAMPLE_RULES))
    assert Firewall().observe_ruleset(None) == wanted


@pytest.mark.parametrize("others", ["", "iptables -t mangle -A FORWARD -j RETURN"])
def test_a_failure_of_ip6tables_leaves_no_empty_chains(
    host: None, failing_ip6tables: Callable[[], None], others: str
) -> None:
    sh(others)
    before = sh("nft list ruleset")
    failing_ip6tables()
    with pytest.raises(Failed, match="no room"):
        Firewall().replace_ruleset(None, ruleset("iptables", EXAMPLE_RULES))
    assert sh("nft list ruleset") == before


def test_a_held_lock_is_not_taken_for_a_missing_rule(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nat_lab.use_iptables_legacy(tmp_path, monkeypatch)
    monkeypatch.setattr(iptables_programs, "WAIT", ["-w", "1"])
    with open("/run/xtables.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Failed, match=f"lock of iptables.*held by process {os.getpid()}"):
            Firewall().replace_ruleset(None, ruleset("iptables", EXAMPLE_RULES))
    apply_rules("legacy", *EXAMPLE_RULES)


def test_nft_needs_no_names_of_protocols(host: None) -> None:
    subprocess.run(["mount", "--bind", "/dev/null", "/etc/protocols"], check=True)
    try:
        apply_rules("nftables", *EXAMPLE_RULES, dnat(80, "192.168.15.2", protocol="sctp"))
    finally:
        subprocess.run(["umount", "/etc/protocols"], check=True)


def test_five_thousand_forwards_take_seconds(host: None, backend: str) -> None:
    real_root = Path("/proc/self/uid_map").read_text(encoding="ascii").split() == [
        "0",
        "0",
        "4294967295",
    ]
    # Without real root a transaction is limited to the socket buffer, net.core.wmem_max.
    resources = [
        dnat(port, "192.168.15.2", port + 1) for port in range(1, 5001 if real_root else 101)
    ]
    start = time.monotonic()
    apply_rules(backend, *resources)
    assert time.monotonic() - start < patience(30)

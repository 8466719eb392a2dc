# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nft of several Debian releases, which tests/bin/nft-versions unpacks, and their JSON."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    TABLES,
)
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.doctor import diagnose_host
from support.nat_lab import EXAMPLE_RULES, ruleset
from support.policy_tables import is_whole, load
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, predicted_part, run

UNPACKED = Path(os.environ.get("NFT_VERSIONS", "/nonexistent"))
SCALARS = """\
#!{python}
import json, subprocess, sys
done = subprocess.run(["/usr/sbin/nft", *sys.argv[1:]], capture_output=True, text=True)
def single(value, key=""):
    if isinstance(value, dict):
        return {{name: single(item, name) for name, item in value.items()}}
    if isinstance(value, list):
        if key in ("flags", "right", "dev") and len(value) == 1:
            return single(value[0])
        return [single(item) for item in value]
    return value
try:
    print(json.dumps(single(json.loads(done.stdout))))
except ValueError:
    print(done.stdout, end="")
print(done.stderr, end="", file=sys.stderr)
sys.exit(done.returncode)
"""
"""nft 1.1.4 lists a single flag as itself; others list it as a list of one."""


@pytest.fixture(params=["installed", "scalars", "trixie", "sid"])
def version(
    host: None, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An nft that is new enough is the first that is found."""
    use_version(request.param, tmp_path, monkeypatch)
    yield request.param


def use_version(release: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if release == "installed":
        return
    program = UNPACKED / release / "nft"
    if release == "scalars":
        program = directory / "nft"
        program.write_text(SCALARS.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
    elif not program.exists():
        pytest.skip("NFT_VERSIONS names no directory that tests/bin/nft-versions has filled")
    monkeypatch.setattr(programs, "DIRECTORIES", (str(program.parent), *programs.DIRECTORIES))


def test_a_lab_is_built_and_removed_with_any_version(version: str) -> None:
    before = take_snapshot()
    lab = {**LAB, "backend": "nftables", "host_access": ["53", "icmp"], "integrate": ["forward"]}
    lab["veth"] = [{**LAB["veth"][0]}, LAB["veth"][1]]
    lab["veth"][0]["peer"] = {**LAB["veth"][0]["peer"], "spoofchk": True}
    sh("iptables -P FORWARD ACCEPT; nft add table inet mine")
    sh("nft add chain inet mine f '{ type filter hook forward priority 0; policy drop; }'")
    foreseen = run("topology", check=True, **lab)
    done = run("topology", **lab)
    assert predicted_part(foreseen) == predicted_part(done) and done["changed"]
    assert not run("topology", **lab)["changed"]
    assert diagnose_host(lab) == []
    run("topology", **LAB_ABSENT)
    sh("nft delete table inet mine")
    assert "redblue" not in sh("nft list ruleset") and before.keys() == take_snapshot().keys()


def test_rules_are_read_back_with_any_version(version: str) -> None:
    wanted = ruleset("nftables", EXAMPLE_RULES)
    firewall = Firewall()
    assert firewall.choose_backend("auto", None).backend == "nftables"
    firewall.replace_ruleset(None, wanted)
    assert Firewall().observe_ruleset(None) == wanted
    firewall.replace_ruleset(wanted, None)
    assert Firewall().observe_ruleset(None) is None


def list_single_networks() -> list[str]:
    """A network of each length, in both families."""
    texts = [("255.255.255.255", 32), ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128)]
    return [
        str(ipaddress.ip_network(f"{address}/{length}", strict=False))
        for address, most in texts
        for length in range(most + 1)
    ]


def test_policies_are_read_back_with_any_version(version: str) -> None:
    before = take_snapshot()
    rules = [
        {"to": [{"network": text}], "protocol": "tcp", "ports": ["80", "90-99"]}
        for text in list_single_networks()
    ]
    several = {"to": [{"network": "192.0.2.0/24"}, {"network": "198.51.100.7"}]}
    limit = {"rate": "10/minute", "connections": 4}
    limited = {"to": [{"host": True}], "limit": limit, "log": True}
    named = {"from": [{"address_set": "friends"}, {"netns": "blue"}], "action": "drop"}
    lab = {
        **LAB,
        "purge": True,
        "address_sets": [{"name": "friends", "addresses": ["192.0.2.7", "2001:db8::/32"]}],
        "policy": [
            {"name": "out", "netns": ["red"], "egress": [*rules, several, limited]},
            {"name": "in", "netns": ["red"], "ingress": [named], "audit": True},
        ],
    }
    foreseen = run("topology", check=True, **lab)
    done = run("topology", **lab)
    assert predicted_part(foreseen) == predicted_part(done) and done["changed"]
    sh("rm /run/redblue-netns/policies-*")  # So the tables are listed.
    again = run("topology", **lab)
    assert not again["changed"], again["actions"]
    lab["policy"][0]["egress"].pop(40)
    assert run("topology", **lab)["changed"] and not run("topology", **lab)["changed"]
    run("topology", **LAB_ABSENT)
    assert "redblue" not in sh("nft list ruleset") and before.keys() == take_snapshot().keys()


def test_tables_of_policies_are_recognized_in_the_text_of_any_version(version: str) -> None:
    for table in TABLES:
        load(table)
        assert is_whole(table), table.words


def test_a_version_that_is_too_old_is_named_and_not_used(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of Debian 11 crashes on maps to addresses with ports."""
    use_version("bullseye", tmp_path, monkeypatch)
    before = take_snapshot()
    message = (
        r"backend: 'nftables': nftables v0\.9\.8 .* does not take the rules of this collection"
    )
    for check in (True, False):
        with pytest.raises(Refused, match=message):
            run("topology", check, **LAB, backend="nftables")
    assert differences(before, take_snapshot()) == {}
    chosen = Firewall().choose_backend("auto", None)
    assert chosen.backend == "iptables" and "nftables v0.9.8" in chosen.reason
    assert run("topology", **LAB)["changed"] and not run("topology", **LAB)["changed"]
    assert "REDBLUE-PRE" in sh("iptables-save")
    run("topology", **LAB_ABSENT)

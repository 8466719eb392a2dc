# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cnitool, which is the tool of libcni, beside netns_cni: each reads what the other attached."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.cni import (
    ABSENT,
    ADDRESSES,
    BRIDGE,
    FIREWALL,
    PLUGINS,
    POD,
    RESULTS,
    TUNING,
    call_plugins,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.info import gather_info
from support.pings import reaches
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

CNITOOL = os.environ.get("CNITOOL", "/nonexistent")
pytestmark = [
    needs_plugins,
    pytest.mark.skipif(
        not os.path.exists(CNITOOL), reason="CNITOOL names no program; tests/bin/cnitool builds it"
    ),
]
PLAIN: Raw = {"netns": "blue", "network": network(BRIDGE, FIREWALL, TUNING)}
"""Without the plugin portmap, of which version 1.1 fails CHECK where there is ip6tables."""


class CniTool:
    """cnitool with the network of a pod."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.use(POD)

    def use(self, task: Raw) -> None:
        """Write the network of a task into its file."""
        config = json.dumps(task["network"])
        (self._directory / "10-dbnet.conflist").write_text(config, encoding="utf-8")

    def run(self, command: str, container_id: str = "", netns: str = "blue") -> str | None:
        """Run a command; return its complaint, None if it has none.

        :param container_id: another one than that which cnitool makes.
        """
        variables = {
            "CNI_PATH": PLUGINS,
            "NETCONFPATH": str(self._directory),
            "CAP_ARGS": json.dumps(POD["capabilities"]),
            "CNI_CONTAINERID": container_id,
        }
        done = subprocess.run(
            [CNITOOL, command, "dbnet", f"/run/netns/{netns}"],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr if done.returncode else None


@pytest.fixture
def cnitool(host: None, tmp_path: Path) -> CniTool:
    """A host with blue and red, on which the plugins have left what they always leave."""
    for name in ("blue", "red"):
        run("netns", name=name)
    call_plugins("ADD", POD)
    call_plugins("DEL", POD)
    return CniTool(tmp_path)


def read_entries() -> list[Any]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.iterdir())]


def test_cnitool_checks_and_detaches_what_netns_cni_attached(cnitool: CniTool) -> None:
    cnitool.use(PLAIN)
    before = take_snapshot()
    run("netns_cni", **PLAIN)
    assert cnitool.run("check", "redblue-blue") is None
    sh("ip -n blue addr flush dev eth0")
    assert "eth0" in (cnitool.run("check", "redblue-blue") or "")
    run("netns_cni", **PLAIN)
    assert cnitool.run("check", "redblue-blue") is None
    assert cnitool.run("del", "redblue-blue") is None
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    assert not run("netns_cni", **ABSENT)["changed"]


def test_cnitool_detaches_what_it_finds_in_the_cache(cnitool: CniTool) -> None:
    """Container IDs, namespaces and mapped ports are then those of the cache alone."""
    before = take_snapshot()
    run("netns_cni", **POD)
    run("netns_cni", **{**POD, "netns": "red", "capabilities": {}})
    assert len(reserved_addresses()) == 4
    assert cnitool.run("gc") is None
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_netns_cni_writes_what_libcni_writes(cnitool: CniTool) -> None:
    sh(f"rm -r {ADDRESSES}/*")
    assert cnitool.run("add", "0123abcd") is None
    (theirs,) = read_entries()
    assert cnitool.run("del", "0123abcd") is None
    sh(f"rm -r {ADDRESSES}/*")
    run("netns_cni", **POD)
    (ours,) = read_entries()
    assert {"redblue.netns"} == ours.keys() - theirs.keys() and theirs.keys() <= ours.keys()
    for key in ("kind", "ifName", "networkName", "netns", "capabilityArgs"):
        assert ours[key] == theirs[key], key
    for entry in (ours, theirs):
        entry["config"] = json.loads(base64.b64decode(entry["config"]))
        entry["result"].setdefault("dns", {})
        for interface in entry["result"]["interfaces"]:
            assert interface.pop("mac")
            if not interface.get("sandbox"):
                interface["name"] = interface["name"][:4]
    assert ours["config"] == theirs["config"] and ours["result"] == theirs["result"]


def test_netns_cni_leaves_alone_what_cnitool_attached(cnitool: CniTool) -> None:
    cnitool.use(PLAIN)
    before = take_snapshot()
    assert cnitool.run("add") is None
    (entry,) = read_entries()
    (shown,) = gather_info(gather_subset=["attachments"])["attachments"]
    assert (shown["container_id"], shown["ours"]) == (entry["containerId"], False)
    with pytest.raises(Conflict, match="eth0.*already"):
        run("netns_cni", **PLAIN)
    assert not run("netns_cni", **ABSENT)["changed"]
    run_as_predicted("netns_cni", **{**PLAIN, "netns": "red"})
    addresses = [str(each["result"]["ips"][0]["address"])[:-3] for each in read_entries()]
    assert all(reaches(name, address) for name in ("red", "blue") for address in addresses)
    assert cnitool.run("check") is None
    run_as_predicted("netns_cni", netns="red", state="absent")
    assert cnitool.run("check") is None and reaches("blue", "10.22.0.1")
    assert cnitool.run("del") is None
    assert differences(before, take_snapshot()) == {} and list_files() == {}

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of owners decides what belongs to a topology. Marks do not."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.module_process import run_process
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("host")

DIRECTORY = Path("/run/redblue-netns")

OVERWRITE = (
    "ip link set v-net-0 alias uplink; ip link set veth-red-br alias ''; "
    "ip -n red link set veth-red alias 'customer 42'; ip -n red link set lo alias redblue.netns:b"
)
"""Programs such as NetBox and SNMP agents write aliases."""


def read_record() -> Any:
    (path,) = DIRECTORY.glob("owners-*")
    return json.loads(path.read_text(encoding="utf-8"))


def write_record(record: Any) -> None:
    (path,) = DIRECTORY.glob("owners-*")
    path.write_text(json.dumps(record), encoding="utf-8")


def test_only_root_can_read_the_record() -> None:
    os.umask(0)
    run("topology", **LAB)
    (path,) = DIRECTORY.glob("owners-*")
    modes = [stat.S_IMODE(os.stat(name).st_mode) for name in (DIRECTORY, path)]
    os.umask(0o022)
    assert modes == [0o700, 0o600]
    assert not list(DIRECTORY.glob("*.new"))


def test_check_mode_writes_no_record() -> None:
    run("topology", check=True, **LAB)
    assert not list(DIRECTORY.glob("owners-*"))
    run("topology", **LAB)
    (path,) = DIRECTORY.glob("owners-*")
    before = (path.stat().st_ino, path.read_bytes())
    run("topology", check=True, **LAB_ABSENT)
    assert (path.stat().st_ino, path.read_bytes()) == before
    run("topology", **LAB)
    assert path.stat().st_ino == before[0]


def test_overwritten_marks_are_restored() -> None:
    run("topology", **LAB)
    built = take_snapshot()
    sh(OVERWRITE)
    assert sorted(run_as_predicted("topology", **LAB)["actions"]) == [
        "lo in namespace red: restore its mark (its alias is 'redblue.netns:b')",
        "v-net-0: restore its mark (its alias is 'uplink')",
        "veth-red in namespace red: restore its mark (its alias is 'customer 42')",
        "veth-red-br: restore its mark (its alias is '')",
    ]
    assert differences(built, take_snapshot()) == {}


def test_a_failed_run_does_not_restore_marks() -> None:
    run("topology", **LAB)
    sh(OVERWRITE)
    before = take_snapshot()
    for number in range(5):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **LAB)
        assert differences(before, take_snapshot()) == {}, number


@pytest.mark.parametrize("purge", [True, False])
def test_links_with_overwritten_marks_are_removed(purge: bool) -> None:
    before = take_snapshot()
    run("topology", **LAB)
    sh(OVERWRITE)
    last = {"name": "lab", "purge": True} if purge else LAB_ABSENT
    done = run_as_predicted("topology", **last)
    assert "bridge v-net-0 on the host" in done["purged"] and done["left_alone"] == []
    assert differences(before, take_snapshot()) == {}


def test_single_modules_know_what_they_made() -> None:
    before = take_snapshot()
    run("netns", name="red")
    run("linux_bridge", name="br0")
    run("veth", name="eth0", netns="red", peer={"name": "v0", "bridge": "br0"})
    sh("ip link set br0 alias uplink; ip -n red link set lo alias ''; ip link set v0 alias x")
    assert run_as_predicted("linux_bridge", name="br0")["actions"] == [
        "br0: restore its mark (its alias is 'uplink')"
    ]
    run_as_predicted("veth", name="eth0", netns="red", peer={"name": "v0", "bridge": "br0"})
    sh("ip link set br0 alias uplink; ip -n red link set eth0 alias x")
    run_as_predicted("netns", name="red", state="absent")
    run_as_predicted("linux_bridge", name="br0", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_renamed_links_are_known() -> None:
    before = take_snapshot()
    run("topology", **LAB)
    sh("ip link set v-net-0 down; ip link set v-net-0 name other alias uplink")
    done = run_as_predicted("topology", **LAB_ABSENT)
    assert "delete bridge other" in done["actions"]
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("mark", ["redblue.netns:lab", ""])
def test_what_others_made_under_the_same_names_is_not_removed(mark: str) -> None:
    run("topology", **LAB)
    sh(
        "ip link del veth-red-br; ip netns del red; ip link del v-net-0; ip netns add red;"
        "ip -n red link set lo up;"
        f"ip -n red link set lo alias '{mark}'; ip link add veth-red-br type veth peer name theirs;"
        "ip link add v-net-0 type bridge"
    )
    stands = {name: take_snapshot()[name] for name in ("red", "host")}
    done = run_as_predicted("topology", **LAB_ABSENT)
    told = [item["what"] for item in done["left_alone"]]
    assert told == (["namespace red"] if mark else [])
    after = take_snapshot()
    assert "namespace red" not in done["purged"]
    sh("ip link show v-net-0; ip link show theirs; ip -n red link show lo")
    assert after["red"] == stands["red"]


def test_a_bridge_that_others_made_with_the_same_index_is_not_removed() -> None:
    run("topology", name="lab", veth=[{"name": "va", "peer": {"name": "vb"}}])
    index = next(link[3] for link in read_record()["links"][""] if link[1] == "va")
    sh(f"ip link del va; ip link add va index {index} type bridge")
    assert not run("topology", **LAB_ABSENT)["changed"]
    sh("ip link show va")


def test_a_lost_record_is_found_out_again() -> None:
    before = take_snapshot()
    run("topology", **LAB)
    run("topology", name="other", netns=[{"name": "green"}])
    built = take_snapshot()
    sh("rm -r /run/redblue-netns/*")
    assert not run("topology", check=True, **LAB)["changed"]
    assert not run("topology", **LAB)["changed"]
    assert read_record()["namespaces"]["green"][0] == "other"
    assert differences(built, take_snapshot()) == {}
    sh("rm -r /run/redblue-netns/*")
    run_as_predicted("topology", **LAB_ABSENT)
    run_as_predicted("topology", name="other", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_without_a_record_no_mark_in_a_namespace_of_others_is_believed() -> None:
    run("topology", **LAB)
    sh(
        "ip netns add theirs; ip -n theirs link set lo alias redblue.netns:lab;"
        "ip -n theirs link add x type bridge; ip -n theirs link set x alias redblue.netns:lab;"
        # The namespace of another topology claims to be one of lab.
        "rm -r /run/redblue-netns/*"
    )
    done = run_as_predicted("topology", **LAB_ABSENT)
    assert [item["what"] for item in done["left_alone"]] == ["namespace theirs"]
    sh("ip -n theirs link show x")


def test_without_a_record_a_topology_cannot_be_made_to_remove_what_belongs_to_another() -> None:
    run("topology", **LAB)
    sh("ip -n red link set lo alias redblue.netns:other; rm -r /run/redblue-netns/*")
    before = take_snapshot()
    done = run("topology", name="other", state="absent")
    assert not done["changed"] and differences(before, take_snapshot()) == {}
    assert [item["what"] for item in done["left_alone"]] == ["namespace red"]


def test_the_record_of_an_earlier_boot_is_not_used() -> None:
    before = take_snapshot()
    run("topology", name="lab", netns=[{"name": "red"}], linux_bridge=[{"name": "br0"}])
    record = read_record()
    index = next(link[3] for link in record["links"][""] if link[1] == "br0")
    run("topology", **LAB_ABSENT)
    sh(f"ip link add br0 index {index} type bridge; ip netns add red")
    stands = take_snapshot()
    write_record({**record, "host": ["00000000-0000-0000-0000-000000000000", *record["host"][1:]]})
    assert not run("topology", **LAB_ABSENT)["changed"]
    assert differences(stands, take_snapshot()) == {}
    sh("ip link del br0; ip netns del red")
    run_as_predicted("topology", name="lab", netns=[{"name": "red"}])
    run_as_predicted("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("text", ["", "{}", "[]", "\0", '{"links": {"": [["lab"]]}}'])
def test_a_damaged_record_is_named(text: str) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    (path,) = DIRECTORY.glob("owners-*")
    if text.startswith('{"links"'):
        text = json.dumps({"host": read_record()["host"], "namespaces": {}, **json.loads(text)})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Failed, match=f"{path}.* is damaged; remove it"):
        run("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}
    path.unlink()
    assert not run("topology", **LAB)["changed"]


def test_nothing_is_made_whose_owner_cannot_be_recorded() -> None:
    run("netns", name="red")
    before = take_snapshot()
    sh("mount -o remount,ro /run/redblue-netns")
    try:
        with pytest.raises(Failed, match="/run/redblue-netns.*[Rr]ead-only"):
            run("topology", **LAB)
    finally:
        sh("mount -o remount,rw /run/redblue-netns")
    assert differences(before, take_snapshot()) == {}


def test_a_task_in_a_namespace_has_a_record_of_its_own() -> None:
    before = take_snapshot()
    run("topology", **LAB)
    built = take_snapshot()
    run_process("linux_bridge", {"name": "v-net-0"}, within="red")
    assert len(list(DIRECTORY.glob("owners-*"))) == 2
    sh("ip -n red link del v-net-0")
    assert differences(built, take_snapshot()) == {}
    run_as_predicted("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


def test_results_name_the_owner_on_record() -> None:
    run("topology", **LAB)
    sh(f"{OVERWRITE}; ip netns add theirs; ip -n theirs link set lo alias redblue.netns:lab")
    links = gather_info()["links"]
    owners = {(netns, link["name"]): link.get("owner") for netns in links for link in links[netns]}
    assert owners["host", "v-net-0"] == owners["red", "veth-red"] == "lab"
    assert owners["theirs", "lo"] is None
    done = run("topology", name="lbb", state="absent")
    assert "topologies found: lab" in done["warnings"][0]

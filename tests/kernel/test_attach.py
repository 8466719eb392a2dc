# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces of processes get a name, and links like any other. They stay those of the process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, NetnsError
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.namespaces import (
    list_namespaces,
)

from support.attached import (
    attach_web,
    await_no_link,
    describe_inside,
    end,
    lab_with,
    list_names,
    list_netns_mounts,
    process_with_netns,
)
from support.doctor import diagnose_host
from support.failing_host import fail_at_change
from support.faults import stable_snapshot
from support.info import gather_info
from support.patience import await_equal
from support.pings import reaches
from support.playbooks import LOCALHOST, play
from support.private_host import private_host
from support.shell import output, replay, sh
from support.snapshot import differences
from support.tasks import LAB, LAB_ABSENT, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("host")


def identity(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino


def test_the_name_leads_to_the_namespace_of_the_process(pid: int) -> None:
    before, inside = stable_snapshot(), describe_inside(pid)
    done = run_as_predicted("netns", **attach_web(pid))
    assert done["actions"] == [f"give the namespace of process {pid} the name web"]
    assert done["commands"] == [f"ip netns attach web {pid}"]
    assert identity("/run/netns/web") == identity(f"/proc/{pid}/ns/net")
    assert describe_inside(pid) == inside
    removed = run_as_predicted("netns", name="web", state="absent")
    assert removed["actions"] == [f"remove the name web of the namespace of process {pid}"]
    assert describe_inside(pid) == inside
    assert not differences(before, stable_snapshot())


def test_a_member_of_a_lab(pid: int) -> None:
    before, inside = stable_snapshot(), describe_inside(pid)
    lab = lab_with({"pid": pid})
    run_as_predicted("topology", **lab)
    for network in ("192.168.15.", "fd00:15::"):
        sh(f"ip netns exec web ping -c1 -W5 {network}1")
        sh(f"ip netns exec red ping -c1 -W5 {network}3")
    done = run_as_predicted("topology", **LAB_ABSENT)
    assert f"remove the name web of the namespace of process {pid}" in done["actions"]
    assert describe_inside(pid) == inside
    assert not differences(before, stable_snapshot())


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_rules_in_the_namespace_of_a_process_go_with_the_lab(pid: int, backend: str) -> None:
    inside = describe_inside(pid)
    rules = [{"netns": "web", "source": source} for source in ("192.168.15.0/24", "fd00:15::/64")]
    forward = {"netns": "web", "destination_port": 80, "to_destination": "192.168.15.1:80"}
    lab = lab_with({"pid": pid}, backend=backend)
    lab["masquerade"], lab["dnat"] = [*lab["masquerade"], *rules], [*lab["dnat"], forward]
    run_as_predicted("topology", **lab)
    assert differences(inside, describe_inside(pid)) != {}
    run_as_predicted("topology", **LAB_ABSENT)
    nothing: dict[str, list[str]] = {}
    assert await_equal(lambda: differences(inside, describe_inside(pid)), nothing) == {}


def test_a_member_of_a_lab_of_the_role(pid: int) -> None:
    members = ["red", {"name": "web", "attach": {"pid": pid}, "mtu": 1400}]
    lab = bridge_lab(members, network="192.168.15.0/24", gateway="192.168.15.5")
    run_as_predicted("topology", **lab)
    assert reaches("red", "192.168.15.2") and "mtu 1400" in str(describe_inside(pid))
    run_as_predicted("topology", **LAB_ABSENT)


def test_commands_build_the_same() -> None:
    built = []
    for by_hand in (True, False):
        with private_host(), process_with_netns() as process:
            lab = lab_with({"pid": process.pid})
            result = run("topology", check=by_hand, **lab)
            if by_hand:
                replay(result["commands"])
            built.append((stable_snapshot(), describe_inside(process.pid)))
    assert not differences(built[0][0], built[1][0])
    assert built[0][1] == built[1][1]


def test_a_process_that_has_ended() -> None:
    before = stable_snapshot()
    with process_with_netns() as process:
        lab = lab_with({"pid": process.pid})
        run("topology", **lab)
        end(process)
        assert "web" in list_names()
        done = run_as_predicted("topology", **lab)
        assert any("has ended: the name web" in text for text in done["warnings"])
        assert any("remove the name web" in text for text in done["actions"])
        assert list_names() == ["blue", "red"]
        assert list_netns_mounts() == ["/run/netns/blue", "/run/netns/red"]
        await_no_link("veth-web-br")
        again = run("topology", **lab)
        assert any("was removed" in text for text in again["warnings"]) and not again["changed"]
        run_as_predicted("topology", **LAB_ABSENT)
        with pytest.raises(NetnsError, match=r"attach.pid: \d+: there is no such process"):
            run("topology", **lab)
    assert not differences(before, stable_snapshot())


def test_what_is_not_ours_stays_in_the_namespace(pid: int) -> None:
    sh(
        f"nsenter -t {pid} -n sh -ec 'ip link set eth0 up; ip link set eth1 up; "
        "ip addr add 10.1.0.1/24 dev eth0; ip route add 10.2.0.0/16 via 10.1.0.9; "
        "ip link set eth0 alias redblue.netns:lab; ip link set lo alias redblue.netns:lab; "
        "nft add table inet theirs'"
    )
    inside = describe_inside(pid)
    lab = lab_with({"pid": pid})
    run_as_predicted("topology", **lab)
    run_as_predicted(
        "topology", **{**lab, "netns": lab["netns"][:2], "veth": lab["veth"][:2], "netns_route": []}
    )
    assert describe_inside(pid) == inside and list_names() == ["blue", "red"]
    run("topology", **lab)
    (record,) = Path("/run/redblue-netns").glob("owners-*")
    record.unlink()
    run("topology", **LAB_ABSENT)
    assert "10.1.0.1/24" in str(describe_inside(pid)) and "theirs" in str(describe_inside(pid))


def test_another_topology_keeps_its_links(pid: int) -> None:
    run("topology", **lab_with({"pid": pid}))
    run("topology", name="other", veth=[{"name": "o0", "netns": "web", "peer": {"name": "o1"}}])
    with pytest.raises(NetnsError, match="o0 .of topology other"):
        run("topology", **LAB_ABSENT)
    run("topology", name="other", state="absent")
    run("topology", **LAB_ABSENT)
    assert list_names() == []


def test_members_of_a_lab_in_a_topology_of_their_own(pid: int) -> None:
    run("topology", **LAB)
    lab = lab_with({"pid": pid})
    members = {
        "name": "members",
        "netns": lab["netns"][2:],
        "veth": lab["veth"][2:],
        "netns_route": lab["netns_route"][3:],
        "purge": True,
    }
    built = stable_snapshot()
    run_as_predicted("topology", **members)
    assert reaches("red", "192.168.15.3") and reaches("web", "fd00:15::1")
    assert not run("topology", **{**LAB, "purge": True})["changed"]
    run_as_predicted("topology", name="members", state="absent")
    assert not differences(built, stable_snapshot())


def test_its_files_go_with_the_name(pid: int) -> None:
    before, lab = stable_snapshot(), lab_with({"pid": pid}, hosts=True)
    lab["netns"][2]["nameservers"] = ["192.0.2.53"]
    run_as_predicted("topology", **lab)
    assert sorted(os.listdir("/etc/netns/web")) == ["hosts", "resolv.conf"]
    assert "192.168.15.3" in Path("/etc/netns/red/hosts").read_text(encoding="utf-8")
    run_as_predicted("topology", **LAB_ABSENT)
    assert not differences(before, stable_snapshot())


def test_a_process_cannot_be_persistent(pid: int) -> None:
    lab = lab_with({"pid": pid}, persist=True)
    with pytest.raises(NetnsError, match=r"netns.2..attach.pid: .* cannot be persistent"):
        run("topology", check=True, **lab)


def test_the_doctor_finds_what_has_ended() -> None:
    with process_with_netns() as process:
        lab = lab_with({"pid": process.pid})
        run("topology", **lab)
        assert "netns_ended" not in {finding.check for finding in diagnose_host(lab)}
        output("ip", "netns", "delete", "web")
        assert "netns_missing" in {finding.check for finding in diagnose_host(lab)}
        run("topology", **lab)
        end(process)
        for declared in (lab, None):
            (found,) = [each for each in diagnose_host(declared) if each.check == "netns_ended"]
            assert f"process {process.pid} has ended" in found.message
        run("topology", **lab)
        (found,) = [each for each in diagnose_host(lab) if each.check == "netns_ended"]
        assert "has ended" in found.message or "not there any more" in found.message


def test_plugins_find_it_by_its_name(pid: int, tmp_path: Path) -> None:
    run("topology", **lab_with({"pid": pid}))
    entries = {entry.name: entry for entry in list_namespaces(gather_info())}
    assert entries["web"].addresses == ["192.168.15.3/24", "fd00:15::3/64"]
    assert entries["web"].bridges == ["v-net-0"]
    inside = {
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "become_method": "redblue.netns.netns",
        "vars": {"ansible_netns": "web"},
        "tasks": [{"name": "look", "ansible.builtin.command": "readlink /proc/self/ns/net"}],
    }
    results = play(tmp_path, LOCALHOST, [inside])
    assert results["here"]["look"]["stdout"] == os.readlink(f"/proc/{pid}/ns/net")


def test_a_diagram_names_the_process(pid: int) -> None:
    run("topology", **lab_with({"pid": pid}))
    for style in ("text", "mermaid", "svg", "dot", "markdown"):
        assert f"of process {pid}" in picture(gather_info(), format=style), style


def test_what_netns_info_returns_feeds_back(pid: int) -> None:
    run("topology", **lab_with({"pid": pid}))
    (item,) = [each for each in gather_info()["topology"]["netns"] if each["name"] == "web"]
    assert item["attach"] == {"pid": pid}
    assert not run("topology", **{**gather_info()["topology"], "purge": True})["changed"]


def test_a_run_that_fails_is_undone(pid: int) -> None:
    before, inside = stable_snapshot(), describe_inside(pid)
    lab = lab_with({"pid": pid})
    with pytest.raises(Failed, match="undone"):
        run(
            "topology", **{**lab, "probes": [{"netns": "web", "to": "192.168.15.77", "timeout": 1}]}
        )
    assert describe_inside(pid) == inside
    assert not differences(before, stable_snapshot())


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_run_is_undone_wherever_it_fails(pid: int, state: str) -> None:
    lab = lab_with({"pid": pid}, rollback_on=["error"])
    if state == "absent":
        run("topology", **lab)
        lab = LAB_ABSENT
    before, inside = stable_snapshot(), describe_inside(pid)
    identities = sorted(map(identity, list_netns_mounts()))
    for number in range(0, len(run("topology", check=True, **lab)["actions"]), 3):
        message = fail_at_change(number, "exit 1", **lab)
        assert "could not be undone" not in message
        assert describe_inside(pid) == inside
        assert not differences(before, stable_snapshot())
        assert sorted(map(identity, list_netns_mounts())) == identities
    assert run_as_predicted("topology", **lab)


def test_twenty_rounds_leave_nothing() -> None:
    before = stable_snapshot()
    for _round in range(20):
        with process_with_netns() as process:
            lab = lab_with({"pid": process.pid})
            assert run("topology", **lab)["changed"]
            end(process)
            run("topology", **lab)
            run("topology", **LAB_ABSENT)
    assert list_names() == list_netns_mounts() == []
    await_no_link("veth-web-br")
    assert not differences(before, stable_snapshot())

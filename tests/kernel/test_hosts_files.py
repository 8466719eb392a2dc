# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option hosts: each member of a topology knows the names and addresses of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.doctor import diagnose_host
from support.failing_host import fail_at_change
from support.info import gather_info
from support.shell import replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run, run_as_predicted, with_green

ETC = Path("/etc/netns")
RED, BLUE = ETC / "red/hosts", ETC / "blue/hosts"
TEXT = """\
# redblue.netns:lab
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
192.168.15.2 blue
fd00:15::2 blue
192.168.15.1 red
fd00:15::1 red
"""


def lab(**options: Any) -> Raw:
    return {**LAB, "hosts": True, **options}


def look_up(netns: str, name: str) -> str:
    """The addresses of a name, as programs in a namespace look it up."""
    return sh(f"ip netns exec {netns} getent ahosts {name} | awk '/STREAM/ {{print $1}}'")


def test_members_know_each_other_by_name_and_by_address(host: None) -> None:
    done = run_as_predicted("topology", **lab())
    assert f"add {RED}" in done["actions"] and f"add {BLUE}" in done["actions"]
    assert RED.read_text(encoding="utf-8") == BLUE.read_text(encoding="utf-8") == TEXT
    assert {*look_up("red", "blue").split()} == {"192.168.15.2", "fd00:15::2"}
    assert {*look_up("blue", "red").split()} == {"192.168.15.1", "fd00:15::1"}
    assert sh("ip netns exec red getent hosts fd00:15::2").split() == ["fd00:15::2", "blue"]
    sh("ip netns exec red ping -c 1 -W 30 -4 blue; ip netns exec red ping -c 1 -W 30 -6 blue")


def test_a_new_member_is_made_known_to_all(host: None) -> None:
    run("topology", **lab())
    run_as_predicted("topology", **with_green(lab()))
    assert look_up("red", "green").split() == ["192.168.15.3"]
    run_as_predicted("topology", **lab(purge=True))
    assert RED.read_text(encoding="utf-8") == TEXT and not (ETC / "green").exists()


def test_the_files_go_with_the_topology(host: None) -> None:
    before = take_snapshot()
    run("topology", **lab())
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {} and not RED.parent.exists()


def test_the_files_go_although_their_namespaces_are_gone(host: None) -> None:
    run("topology", **lab())
    sh("ip netns delete red; ip netns delete blue")
    done = run("topology", name="lab", state="absent")
    assert f"remove {RED}" in done["actions"] and not any(ETC.iterdir())


def test_without_the_option_the_files_are_purged(host: None) -> None:
    run("topology", **lab())
    done = run("topology", **LAB)
    left = [each["what"] for each in done["left_alone"]]
    assert "hosts file of namespace red" in left and RED.exists()
    done = run_as_predicted("topology", **LAB, purge=True)
    assert "hosts file of namespace red" in done["purged"] and not any(ETC.iterdir())


def test_a_single_module_removes_the_file_with_its_namespace(host: None) -> None:
    run("topology", **lab())
    run("netns", name="red", state="absent")
    assert not RED.parent.exists() and BLUE.exists()


@pytest.mark.parametrize(
    "script",
    [
        "echo '192.0.2.66 red' >> F",
        "sed -i s/fd00:15::2/fd00:15::66/ F",
        "echo '# a comment' >> F",
        "sed -i '/^::1/d' F",
        "printf '\\xff\\r\\n' >> F",
        "rm F",
    ],
)
def test_a_file_that_was_changed_is_written_again(host: None, script: str) -> None:
    run("topology", **lab())
    sh(script.replace("F", str(RED)))
    assert "differs" in {f.check for f in diagnose_host(lab())} or not RED.exists()
    done = run_as_predicted("topology", **lab())
    assert len(done["actions"]) == 1 and RED.read_text(encoding="utf-8") == TEXT


def test_a_file_of_others_is_replaced_only_by_force_and_restored(host: None) -> None:
    run("topology", **LAB)
    text = "192.0.2.66 elsewhere\n"
    sh(f"mkdir -p {RED.parent}; printf '{text}' > {RED}")
    with pytest.raises(Conflict, match="hosts: True: .*red/hosts was not written by this coll"):
        run("topology", **lab())
    assert RED.read_text(encoding="utf-8") == text
    wanted = lab(force=True, linux_bridge=[*LAB["linux_bridge"], {"name": "br9"}])
    fail_at_change(0, "ip link add br9 type bridge", **wanted)
    assert RED.read_text(encoding="utf-8") == text
    sh("ip link delete br9")
    run_as_predicted("topology", **lab(force=True))
    assert RED.read_text(encoding="utf-8") == TEXT


def test_a_file_of_others_with_the_same_names_stays(host: None) -> None:
    run("topology", **LAB)
    text = "127.0.0.1 localhost\n" + "".join(f"{line}\n" for line in TEXT.splitlines()[3:])
    for path in (RED, BLUE):
        sh(f"mkdir -p {path.parent}; printf '%s' '{text}' > {path}")
    assert not run("topology", **lab())["changed"]
    run("topology", name="lab", state="absent")
    assert RED.read_text(encoding="utf-8") == text


def test_a_file_of_another_topology_is_not_taken(host: None) -> None:
    run("topology", **lab())
    with pytest.raises(Conflict, match="has the names of topology lab"):
        run("topology", name="other", netns=[{"name": "red"}], hosts=True)


def test_the_commands_write_the_same_files(host: None) -> None:
    replay(run("topology", check=True, **lab())["commands"])
    assert RED.read_text(encoding="utf-8") == BLUE.read_text(encoding="utf-8") == TEXT
    run("topology", **lab())
    commands = run("topology", check=True, name="lab", state="absent")["commands"]
    # /etc/netns itself is a mount of the private host.
    replay([command.removesuffix(" /etc/netns") for command in commands])
    assert not any(ETC.iterdir())


def test_netns_info_returns_what_changes_nothing(host: None) -> None:
    run("topology", **lab())
    topology = gather_info()["topology"]
    assert topology["hosts"] is True
    assert not run("topology", **topology)["changed"]
    run("topology", **LAB, purge=True)
    assert gather_info()["topology"]["hosts"] is False


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (["red", "Red"], "gives namespaces Red and red the same host name"),
        (["localhost"], "namespace localhost cannot have its name as a host"),
        (["10.0.0.1"], "namespace 10.0.0.1 cannot have"),
        (["red."], "namespace red. cannot have"),
        (["a..b"], "namespace a..b cannot have"),
        (["a-"], "namespace a- cannot have"),
        (["a" * 64], "at most 63"),
    ],
)
def test_a_name_that_no_host_can_have_is_refused(host: None, names: list[str], rule: str) -> None:
    with pytest.raises(Refused, match=rule):
        run("topology", name="lab", netns=[{"name": name} for name in names], hosts=True)

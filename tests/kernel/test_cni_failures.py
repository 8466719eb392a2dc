# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of CNI that fail, tasks that are killed, and many attachments at once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.cni import (
    ABSENT,
    ADDRESSES,
    BRIDGE,
    FIREWALL,
    IPAM,
    PLUGINS,
    POD,
    PORTMAP,
    TUNING,
    call_plugins,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.cni_scripts import in_process, write_plugin
from support.module_process import run_process
from support.pings import reaches
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = needs_plugins


@pytest.fixture
def blue(host: None) -> None:
    """A host with the namespace blue."""
    run("netns", name="blue")


def test_an_error_of_a_plugin_arrives_whole(blue: None) -> None:
    before = take_snapshot()
    full = {"type": "host-local", "subnet": "10.22.0.0/30", "rangeEnd": "10.22.0.2"}
    task: Raw = {"netns": "blue", "network": network({**BRIDGE, "ipam": full})}
    run("netns_cni", **task)
    run("netns", name="red")
    files = list_files()
    with pytest.raises(Failed, match="plugin bridge failed .ADD.") as raised:
        run("netns_cni", **{**task, "netns": "red"})
    error = raised.value.details["plugin_error"]
    assert (error["plugin"], error["command"], error["code"]) == ("bridge", "ADD", 999)
    assert "no IP addresses available" in error["msg"] + error["details"]
    assert list_files() == files
    run("netns", name="red", state="absent")
    run("netns_cni", **ABSENT)
    sh("ip link del cni0; sysctl -qw net.ipv4.ip_forward=0")
    left = {key for key in differences(before, take_snapshot()) if "sysctls" not in key}
    assert left <= {"host"} and "eth0" not in output("ip", "link")


@pytest.mark.parametrize(
    "script, message",
    [
        (
            'echo \'{"code": 11, "msg": "later", "details": "busy"}\'; exit 1',
            r"later: busy \(code 11\)",
        ),
        ("echo of course >&2; exit 3", "ended with status 3: of course"),
        ("kill -9 $$", "was killed by signal 9"),
        ("echo nonsense; exit 0", "is no JSON object"),
        ("echo '[]'; exit 0", "is no JSON object"),
        ('echo \'{"cniVersion": "9.9.9"}\'; exit 0', "cniVersion '9.9.9'"),
        ('echo \'{"cniVersion": "1.0.0", "ips": [{"address": "1"}]}\'; exit 0', "'1' in the place"),
        ('echo \'{"cniVersion": "1.0.0", "a": NaN}\'; exit 0', "is no JSON object"),
        ("yes | head -c 3000000; exit 0", "wrote more than 1048576 bytes"),
    ],
)
def test_what_a_plugin_says_is_checked(
    blue: None, tmp_path: Path, script: str, message: str
) -> None:
    options = write_plugin(tmp_path, f'if [ "$CNI_COMMAND" = ADD ]; then {script}; fi')
    task = {**options, "network": network(BRIDGE, {"type": "script"})}
    with pytest.raises(Failed, match=message):
        run("netns_cni", **task)
    assert list_files() == {} and "eth0" not in output("ip", "-n", "blue", "link")


def test_what_cannot_be_undone_is_in_nobodys_way(blue: None) -> None:
    """The plugin dhcp needs a daemon, also to release what it never got."""
    task: Raw = {"netns": "blue", "network": network({**BRIDGE, "ipam": {"type": "dhcp"}})}
    with pytest.raises(Failed, match="ADD.*dhcp.sock.*could not be undone.*DEL.*dhcp.sock"):
        run("netns_cni", **task)
    run_as_predicted("netns_cni", **ABSENT)
    assert list_files() == {} and not run("netns_cni", **ABSENT)["changed"]
    with pytest.raises(Failed, match=r"dhcp\.sock"):
        run("netns_cni", **task)
    sh("ip link del cni0")  # Left without a port, it has a MAC address that its plugin refuses.
    run_as_predicted("netns_cni", netns="blue", network=network(BRIDGE))
    assert reaches("blue", "10.22.0.1") and len(reserved_addresses()) == 2


def test_a_missing_plugin_is_named_with_its_package(blue: None) -> None:
    task: Raw = {"netns": "blue", "network": network(BRIDGE, {"type": "strange"})}
    with pytest.raises(Refused, match="no plugin strange in .*install the package"):
        run("netns_cni", **task)
    checked = run("netns_cni", check=True, **task)
    assert any("assume plugin strange" in action for action in checked["actions"])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"network": network(BRIDGE, cniVersion="1.1.0")}, "cniVersion.*1.1.0.*support.*1.0.0"),
        ({"network": network(BRIDGE), "capabilities": {"bandwidth": {}}}, "bandwidth.*capability"),
        ({"network": network()}, r"network.plugins: \[\]"),
        ({"network": {**network(BRIDGE), "name": "a/b"}}, "network.name"),
        ({"network": network({"type": "../sh"})}, r"plugins\[0\].type"),
        ({"network": network({**BRIDGE, "ipam": {"type": "../sh"}})}, "ipam.type"),
        ({"network": network({**BRIDGE, "mtu": float("nan")})}, r"plugins\[0\].mtu.*JSON"),
        ({"network": network({**BRIDGE, "prevResult": {}})}, "prevResult.*reserved"),
        ({"network": {"name": "x", "plugins": [BRIDGE]}}, "network.cniVersion"),
        ({"network": network(BRIDGE), "args": {"A": "b;c"}}, "args.A"),
        ({"network": network(BRIDGE), "plugin_path": ["bin"]}, r"plugin_path\[0\]"),
    ],
)
def test_invalid_options_are_refused(blue: None, options: Raw, message: str) -> None:
    with pytest.raises(Refused, match=message):
        run("netns_cni", netns="blue", **options)
    assert list_files() == {}


def test_the_newest_version_is_used_that_all_plugins_support(blue: None, tmp_path: Path) -> None:
    options = write_plugin(tmp_path, "")
    both = network(BRIDGE, {"type": "script"}, cniVersions=["0.4.0", "1.1.0"])
    run_as_predicted("netns_cni", **options, network=both)
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert '"cniVersion": "1.0.0"' in calls and "STATUS" not in calls
    alone = network({"type": "script"}, cniVersions=["1.1.0"], disableCheck=True)
    with pytest.raises(Failed):  # It attaches nothing, so the interface is missing afterwards.
        run("netns_cni", **options, network=alone)
    assert "STATUS " in (tmp_path / "calls").read_text(encoding="utf-8")


def test_secrets_are_not_shown(blue: None, tmp_path: Path) -> None:
    options = write_plugin(tmp_path, "")
    task = {**options, "network": network(BRIDGE, {"type": "script", "password": "hunter2"})}
    done = run_as_predicted("netns_cni", **task)
    assert "hunter2" not in json.dumps(done) and "hidden" in json.dumps(done["diff"])
    assert '"password": "hunter2"' in (tmp_path / "calls").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["ADD", "DEL", "CHECK"])
@pytest.mark.parametrize("place", range(5))
def test_a_killed_task_leaves_nothing_behind(
    blue: None, tmp_path: Path, command: str, place: int
) -> None:
    """Whatever plugin is at work, it goes on when the task is killed, and the next one waits."""
    # What assigns the addresses is run by the plugin bridge.
    task_id = "$PPID" if place else "$(cut -d' ' -f4 /proc/$PPID/stat)"
    script = (
        f'if [ "$CNI_COMMAND" = {command} ] && [ -e {tmp_path}/kill ]; then\n'
        f"rm {tmp_path}/kill; kill -9 {task_id}; sleep 0.3; echo ended >>{tmp_path}/calls\nfi"
    )
    plugins = [BRIDGE, PORTMAP, FIREWALL, TUNING]
    plugins.insert(max(place, 1), {"type": "script"})
    if place == 0:  # In place of host-local, before the interface exists.
        write_plugin(tmp_path, f"{script}\nexec {PLUGINS}/host-local <<<$request", "address")
        plugins[0] = {**BRIDGE, "ipam": {**IPAM, "type": "address"}}
    options = write_plugin(tmp_path, script if place else "")
    task = {**POD, **options, "network": network(*plugins)}
    call_plugins("ADD", POD)
    call_plugins("DEL", POD)
    before = take_snapshot()
    if command == "DEL":
        run("netns_cni", **task)
    (tmp_path / "kill").touch()
    killed = ABSENT if command == "DEL" else task
    assert in_process(lambda: run("netns_cni", **killed)) == 9
    run("netns_cni", **task)
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    later = calls[calls.index("ended") :]
    assert len(later) > 1 and reaches("blue", "10.22.0.1")
    assert len(reserved_addresses()) == 2
    run_as_predicted("netns_cni", **ABSENT)
    assert list_files() == {} and differences(before, take_snapshot()) == {}


def test_garbage_is_collected_after_a_killed_task(blue: None, tmp_path: Path) -> None:
    options = write_plugin(
        tmp_path,
        f'if [ "$CNI_COMMAND" = ADD ] && [ -e {tmp_path}/kill ]; then\n'
        f"rm {tmp_path}/kill; kill -9 $PPID\nfi\n"
        f'if [ "$CNI_COMMAND" = ADD ]; then ip -n blue link add eth0 type veth peer name x; fi\n'
        f'if [ "$CNI_COMMAND" = DEL ]; then ip -n blue link del eth0 || true; fi',
    )
    task = {**options, "network": network({"type": "script"}, cniVersion="1.1.0")}
    other = {**task, "netns": "red"}
    run("netns", name="red")
    (tmp_path / "kill").touch()
    assert in_process(lambda: run("netns_cni", **task)) == 9
    run("netns_cni", **task)
    garbage = [
        json.loads(line.partition(" ")[2])
        for line in (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
        if line.startswith("GC ")
    ]
    assert [request["cni.dev/valid-attachments"] for request in garbage] == [[]]
    assert other["netns"] == "red"


def test_fifty_attachments_at_once_have_fifty_addresses(host: None) -> None:
    names = [f"pod{number}" for number in range(50)]
    for name in names:
        run("netns", name=name)
    task: Raw = {"network": network({**BRIDGE, "ipMasq": False})}

    def start(name: str, **options: Any) -> int:
        pid = os.fork()
        if not pid:
            try:
                run("netns_cni", netns=name, **options)
            except BaseException:
                os._exit(1)
            os._exit(0)
        return pid

    processes = [start(name, **task) for name in names]
    assert {os.waitpid(pid, 0)[1] for pid in processes} == {0}
    addresses = {output("ip", "-n", name, "-4", "-br", "addr", "show", "eth0") for name in names}
    assert len(addresses) == 50 and len(reserved_addresses()) == 100
    assert reaches("pod0", "10.22.0.1") and reaches("pod49", "fd00:22::1")
    processes = [start(name, state="absent") for name in names]
    assert {os.waitpid(pid, 0)[1] for pid in processes} == {0}
    assert reserved_addresses() == [] and list_files() == {} and ADDRESSES.exists()
    assert "veth" not in output("ip", "-br", "link")


@pytest.mark.parametrize(
    ("protocol", "refused"), [({}, True), ({"protocol": "TCP"}, True), ({"protocol": "udp"}, False)]
)
def test_the_port_of_the_ssh_connection_is_not_mapped(
    blue: None, protocol: Raw, refused: bool
) -> None:
    sh("ip link add up0 type veth peer name up1 && ip addr add 192.0.2.1/24 dev up0")
    task = {**POD, "capabilities": {"portMappings": [{"hostPort": 22, "containerPort": 80}]}}
    task["capabilities"]["portMappings"][0].update(protocol)
    result, _log = run_process("netns_cni", task, check=True, ssh="192.0.2.1")
    assert result.get("failed", False) is refused
    assert not refused or "22: is the port of the SSH connection" in result["msg"]

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What NetworkManager, networkd and DHCP clients set on a host with a lab is no change to undo."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.patience import await_equal
from support.persistence import PERSISTENT_LAB
from support.pings import reaches
from support.shell import ip, output, sh
from support.tasks import LAB, LAB_ABSENT, run, run_as_predicted

UNPACKED = Path(os.environ.get("NETWORK_MANAGER", "/nonexistent"))
IPV4_ONLY: dict[str, Any] = {
    "name": "four",
    "netns": [{"name": "four"}],
    "linux_bridge": [{"name": "br4", "addresses": ["10.4.0.1/24"]}],
    "veth": [
        {
            "name": "eth0",
            "netns": "four",
            "addresses": ["10.4.0.2/24"],
            "peer": {"name": "four0", "bridge": "br4"},
        },
        {"name": "up0", "addresses": ["10.5.0.1/24"], "peer": {"name": "up1", "netns": "four"}},
    ],
}
BUS = """\
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
"""
ON_THE_HOST = ("br4", "four0", "up0")


def mode(link: str) -> str:
    """The link's addrgenmode, as ip(8) shows it."""
    (shown,) = json.loads(output("ip", "-j", "-d", "link", "show", "dev", link))
    return str(shown["inet6_addr_gen_mode"])


def release(links: tuple[str, ...]) -> None:
    """Do what NetworkManager does when it ends."""
    ip("\n".join(f"link set dev {link} addrgenmode eui64" for link in links))


def macs() -> dict[str, str]:
    shown = json.loads(output("ip", "-j", "link"))
    return {link["ifname"]: link["address"] for link in shown}


def test_what_network_manager_sets_when_it_ends_is_no_change(host: None) -> None:
    run("topology", **IPV4_ONLY)
    assert {mode(link) for link in ON_THE_HOST} == {"none"}
    release(ON_THE_HOST)
    assert run("topology", check=True, **IPV4_ONLY)["actions"] == []
    assert not run("topology", **IPV4_ONLY)["changed"]
    run("topology", name="four", state="absent")
    assert set(macs()) == {"lo"}


def test_what_the_task_says_is_restored(host: None) -> None:
    task = {**IPV4_ONLY, "linux_bridge": [{**IPV4_ONLY["linux_bridge"][0], "link_local": False}]}
    run("topology", **task)
    release(ON_THE_HOST)
    assert run("topology", **task)["actions"] == ["br4: set link_local off"]


def test_a_link_that_needs_no_link_local_address_any_more_gets_none(host: None) -> None:
    (bridge,) = IPV4_ONLY["linux_bridge"]
    both = {**IPV4_ONLY, "linux_bridge": [{**bridge, "addresses": ["10.4.0.1/24", "fd04::1/64"]}]}
    run("topology", **both)
    assert mode("br4") == "eui64"
    run("topology", **IPV4_ONLY)
    assert mode("br4") == "none"
    release(ON_THE_HOST)
    assert "set link_local" not in "".join(run("topology", **both)["actions"])


def test_a_link_local_address_that_a_lab_needs_is_restored(host: None) -> None:
    run("topology", **LAB)
    sh("ip link set dev v-net-0 addrgenmode none")
    assert run("topology", **LAB)["actions"] == ["v-net-0: set link_local on"]


def test_a_host_that_gets_another_name_keeps_the_addresses_of_its_links(host: None) -> None:
    name = socket.gethostname()
    run("topology", **LAB)
    before = macs()
    try:
        socket.sethostname("dhcp-42")
        assert not run("topology", **LAB)["changed"]
        # A link that is made again has the address that others know, and so have their neighbours.
        sh("ip link del dev veth-red-br")
        run("topology", **LAB)
        assert macs() == before
        run("topology", **LAB_ABSENT)
        run("topology", **LAB)
        assert macs() != before
    finally:
        socket.sethostname(name)


@contextlib.contextmanager
def bus(directory: Path) -> Iterator[None]:
    """Run a system bus on which every service may have its name."""
    os.makedirs("/run/dbus", exist_ok=True)
    configuration = directory / "bus.conf"
    configuration.write_text(BUS, encoding="ascii")
    program = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"]
    with subprocess.Popen(program) as running:
        await_equal(lambda: os.path.exists("/run/dbus/system_bus_socket"), True)
        try:
            yield
        finally:
            running.terminate()


@contextlib.contextmanager
def network_manager(directory: Path) -> Iterator[Path]:
    """Run NetworkManager with a bus of its own; what it writes goes with it."""
    sh("mount -t tmpfs tmpfs /var/lib; mkdir /run/NetworkManager")
    log = directory / "log"
    with bus(directory), log.open("wb") as file:
        program = [str(UNPACKED / "NetworkManager"), "--debug"]
        with subprocess.Popen(program, stdout=file, stderr=file) as running:
            try:
                yield log
            finally:
                running.terminate()
    sh("umount /var/lib; rm -r /run/NetworkManager")


def test_network_manager_itself_may_start_and_end(host: None, tmp_path: Path) -> None:
    if not (UNPACKED / "NetworkManager").exists() or shutil.which("dbus-daemon") is None:
        pytest.skip("NetworkManager or dbus-daemon is missing")
    name = socket.gethostname()
    run("topology", **IPV4_ONLY)
    run("topology", **LAB)
    with network_manager(tmp_path) as log:
        devices = [f"({link}): new " for link in macs()]
        seen = await_equal(lambda: all(text in log.read_text() for text in devices), True)
    assert seen, log.read_text(encoding="utf-8", errors="replace")
    assert {mode(link) for link in ON_THE_HOST} == {"eui64"}
    socket.sethostname(name)
    for task in (IPV4_ONLY, LAB):
        assert not run("topology", **task)["changed"]
    assert reaches("red", "192.168.15.2")


def test_a_bus_that_has_ended_reloads_no_network_manager(controller_facts: dict[str, Any]) -> None:
    bus = Path("/run/dbus/system_bus_socket")
    bus.parent.mkdir(exist_ok=True)
    bus.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as ended:
        ended.bind(str(bus))
    try:
        task = {**PERSISTENT_LAB, "_controller": controller_facts}
        assert run_as_predicted("topology", **task)["changed"]
    finally:
        bus.unlink()

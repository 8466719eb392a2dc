# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: each kernel test has a private host, which ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from support import lab_processes, name_servers, nat_lab
from support.attached import process_with_netns
from support.daemons import Docker, control_groups
from support.docker import make_image
from support.machines import TRAPS, Machine, fleet
from support.nat_lab import (
    set_bridge_filtering,
)
from support.netns import in_netns, write_sysctl
from support.ovs import open_vswitch
from support.persistence import booted_host
from support.pings import BLUE_TO_RED, FAR, OUTSIDE, RED_TO_BLUE, reaches
from support.podman import configure_podman
from support.policy_names import internet
from support.private_host import private_host, unshare_host
from support.probes import (
    FAMILIES,
    NEAR_ROUTER_FAR,
    reasons,
)
from support.services import Listeners
from support.shell import ip, output, sh
from support.tasks import LAB, run

# The same examples are drawn every time, so that a failure comes from the change under test.
# EXAMPLES=1000 searches for others.
settings.register_profile(
    "drawn",
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    derandomize="EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("drawn")


@pytest.fixture(scope="session")
def own_process() -> None:
    """Detach the test process from the machine, once for each pytest process."""
    if not os.path.isdir("/run/tree"):
        pytest.exit(
            "kernel tests run in a private host: tests/bin/private-host pytest tests/kernel",
            returncode=4,
        )
    unshare_host()
    # A background process of a shell without job control ignores this signal, and some tests send
    # it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def host(own_process: None) -> Iterator[None]:
    """A new host: loopback, and nothing else."""
    with private_host():
        yield


@pytest.fixture
def pid(host: None) -> Iterator[int]:
    """A process with a namespace of its own, in which it has links."""
    setup = "ip link set lo up; ip link add eth0 type veth peer name eth1"
    with process_with_netns(setup) as process:
        yield process.pid


@pytest.fixture
def lab(host: None) -> Iterator[None]:
    """A host with red and blue on a bridge."""
    run("topology", **LAB)
    yield


@pytest.fixture
def vswitch(host: None) -> Iterator[None]:
    """A host with a running Open vSwitch, which has no bridges."""
    with open_vswitch():
        yield


@pytest.fixture
def near_router_far(host: None) -> Iterator[None]:
    """The namespaces near and far, and a router between them."""
    sh(NEAR_ROUTER_FAR)
    yield


@pytest.fixture
def lan(host: None) -> Iterator[None]:
    """A host on the LAN with routes to the labs' networks."""
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    subprocess.run(["ip", "netns", "add", "lan"], check=True)
    with in_netns("lan"):
        write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    ip(
        "link add eth0 type veth peer name eth0 netns lan\nlink set eth0 up\n"
        "addr add 192.0.2.2/24 dev eth0\naddr add fd00:2::2/64 dev eth0 nodad"
    )
    ip(
        (
            "link set lo up\nlink set eth0 up\naddr add 192.0.2.99/24 dev eth0\n"
            "addr add fd00:2::99/64 dev eth0 nodad"
        ),
        "-n",
        "lan",
    )
    ip("route add 10.0.0.0/8 via 192.0.2.2\nroute add fd00::/16 via fd00:2::2", "-n", "lan")
    yield


@pytest.fixture
def routed(lan: None) -> None:
    """The lab, and a LAN behind a router."""
    sh(f"ip route add default via {FAR}")
    run("topology", **LAB)
    set_bridge_filtering(1)
    assert all(reaches(*pair) for pair in (RED_TO_BLUE, BLUE_TO_RED, OUTSIDE))


@pytest.fixture
def port(host: None) -> None:
    """eth0 of the host, whose peer never answers."""
    ip("link add eth0 type veth peer name switch\nlink set eth0 up\nlink set switch up")


@pytest.fixture
def uplinks(host: None) -> None:
    """eth1 of this host leads to the namespace lan, and eth0 has the default route."""
    ip(
        "netns add lan\nlink add eth1 address 02:00:00:00:00:01 type veth peer name wire "
        "netns lan\nlink add eth0 type veth peer name far"
    )
    ip(
        (
            "link set wire up\naddr add 10.3.0.9/24 dev wire\n"
            "addr add 192.0.2.9/24 dev wire\naddr add fd00:2::9/64 dev wire nodad"
        ),
        "-n",
        "lan",
    )
    ip(
        "link set eth1 mtu 1450 txqueuelen 77 up\nlink set far up\nlink set eth0 up\n"
        "addr add 198.51.100.2/24 dev eth0\nroute add default via 198.51.100.1"
    )
    ip(
        "addr add 192.0.2.1/24 dev eth1\naddr add 192.0.2.2/24 dev eth1\n"
        "addr add fd00:2::1/64 dev eth1 nodad"
    )
    subprocess.run(["ip", "link", "set", "dev", "eth1", "alias", 'to "lan"; $(id) %'], check=True)


@pytest.fixture(params=list(nat_lab.BACKENDS))
def backend(
    own_process: None,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    if request.param == "legacy":
        nat_lab.use_iptables_legacy(tmp_path, monkeypatch)
    return str(request.param)


@pytest.fixture
def services(own_process: None) -> Iterator[Listeners]:
    with private_host():
        nat_lab.build_nat_lab()
        made = Listeners()
        yield made
        made.close()


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def neighbours(lab: None) -> None:
    """Red and blue have resolved each other, so that a short timeout is not spent on it."""
    assert reasons(
        *({"netns": "red", "to": "blue", "family": family, "timeout": 60} for family in FAMILIES)
    ) == ["ok", "ok"]


@pytest.fixture(scope="module")
def machine_with_traps(own_process: None) -> Iterator[Machine]:
    """A machine with entries in /run/netns that are no namespaces."""
    with fleet("web") as (machine,):
        machine.run(TRAPS)
        yield machine


@pytest.fixture
def controller_facts(host: None, tmp_path: Path) -> Iterator[dict[str, Any]]:
    with booted_host(tmp_path) as facts:
        yield facts


@pytest.fixture(scope="module")
def engine_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where dockerd keeps its images: not on an overlay, on which it cannot put another one."""
    directory = tmp_path_factory.mktemp("docker")
    output("mount", "-t", "tmpfs", "none", str(directory))
    yield directory
    output("umount", "-l", str(directory))


@pytest.fixture
def docker(own_process: None, engine_directory: Path, lan: None) -> Iterator[None]:
    """A host with a dockerd, the image box, and a host on the LAN."""
    configure_podman()
    with control_groups(), Docker(engine_directory).running("/run/docker.sock"):
        archive = engine_directory / "box.tar"
        if not archive.exists():
            make_image(archive)
            output("docker", "import", str(archive), "box")
        yield
        running = output("docker", "ps", "-aq").split()
        if running:
            output("docker", "rm", "-f", *running)


@pytest.fixture
def no_logs(host: None) -> None:
    """No files of earlier tests of processes."""
    for path in (lab_processes.LOG, lab_processes.GO, lab_processes.LINK):
        path.unlink(missing_ok=True)


@pytest.fixture
def red_and_blue(no_logs: None) -> Iterator[None]:
    """A host on which nothing of a lab is left at the end."""
    yield
    run("topology", name="lab", state="absent")
    lab_processes.assert_nothing_is_left()


@pytest.fixture
def no_server_is_left(host: None) -> Iterator[None]:
    """A host on which no name server of a lab is left at the end."""
    yield
    run("topology", name="lab", state="absent")
    assert not name_servers.list_servers()


@pytest.fixture
def web(host: None) -> Iterator[Listeners]:
    """An internet with DNS servers and web servers."""
    with internet() as listeners:
        yield listeners


@pytest.fixture(params=["bridge", "switch"])
def switch(request: pytest.FixtureRequest, lan: None) -> bool:
    """Where the bridge of policies is: on the host, or in a namespace."""
    return bool(request.param == "switch")

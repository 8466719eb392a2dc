# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes with a network namespace of their own, as containers have one, and labs around them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.faults import stable_snapshot, without_unstable_numbers
from support.netns import in_netns
from support.patience import patience
from support.snapshot import describe_own_netns, differences
from support.tasks import LAB, run


def describe_inside(pid: int) -> dict[str, object]:
    """What is in the namespace of a process, read by other programs."""
    with in_netns(f"../../proc/{pid}/ns/net"):
        return without_unstable_numbers(describe_own_netns("inside"))


@contextlib.contextmanager
def process_with_netns(setup: str = "ip link set lo up") -> Iterator[subprocess.Popen[bytes]]:
    """A process in a namespace of its own, which is set up before the context begins."""
    script = f"{setup} && echo ready && exec sleep 3600"
    command = ["unshare", "--net", "sh", "-ec", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, with all of it."""
    process.kill()
    process.wait(timeout=patience(30))


def attach_web(pid: int) -> dict[str, Any]:
    """The options of module netns that give the namespace of a process the name web."""
    return {"name": "web", "attach": {"pid": pid}}


def lab_with(attach: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The lab of the guides, with a third member: the namespace of a container or process."""
    end_of_web = {
        "name": "veth-web",
        "netns": "web",
        "addresses": ["192.168.15.3/24", "fd00:15::3/64"],
        "peer": {"name": "veth-web-br", "bridge": "v-net-0"},
    }
    routes = [
        {"netns": "web", "destination": "10.9.0.0/16", "gateway": "192.168.15.5"},
        {"netns": "web", "destination": "fd00:9::/64", "gateway": "fd00:15::5"},
    ]
    return {
        **LAB,
        "netns": [*LAB["netns"], {"name": "web", "attach": attach}],
        "veth": [*LAB["veth"], end_of_web],
        "netns_route": [*LAB["netns_route"], *routes],
        "purge": True,
        **more,
    }


def list_names() -> list[str]:
    """The names of namespaces."""
    return sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else []


def list_netns_mounts() -> list[str]:
    """What is mounted under /run/netns."""
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        targets = [line.split(" ")[4] for line in lines]
    return sorted(target for target in targets if target.startswith("/run/netns/"))


def assert_refused(attach: dict[str, Any], message: str, check: bool) -> None:
    """Assert that neither module netns nor a topology attaches this, and that nothing changes."""
    before = stable_snapshot()
    for module, options in (
        ("netns", {"name": "web", "attach": attach}),
        ("topology", lab_with(attach)),
    ):
        with pytest.raises(NetnsError) as raised:
            run(module, check=check, **options)
        assert message in str(raised.value)
    assert not differences(before, stable_snapshot())


def await_no_link(name: str) -> None:
    """Wait until a link of the host is gone, which ends some time after its namespace."""
    deadline = time.monotonic() + patience(30)
    while os.path.exists(f"/sys/class/net/{name}"):
        assert time.monotonic() < deadline, f"{name} stays"
        time.sleep(0.02)

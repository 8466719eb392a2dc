# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks of CNI, its plugins, and what these leave on a host."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.shell import sh
from support.tasks import LAB, Raw, run

PLUGINS = "/usr/lib/cni"
RESULTS, ADDRESSES = Path("/var/lib/cni/results"), Path("/var/lib/cni/networks")
_HAS_PLUGINS, _REASON = os.path.exists(f"{PLUGINS}/bridge"), "needs containernetworking-plugins"
needs_plugins = pytest.mark.skipif(not _HAS_PLUGINS, reason=_REASON)

IPAM: Raw = {
    "type": "host-local",
    "ranges": [[{"subnet": "10.22.0.0/24"}], [{"subnet": "fd00:22::/64"}]],
    "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
}
BRIDGE: Raw = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "ipam": IPAM}
PORTMAP: Raw = {"type": "portmap", "capabilities": {"portMappings": True}}
FIREWALL: Raw = {"type": "firewall"}
TUNING: Raw = {"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}, "mtu": 1400}
ABSENT: Raw = {"netns": "blue", "state": "absent"}
MAPPINGS: Raw = {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}


def require_plugins() -> None:
    """Skip the test where no plugins are installed."""
    if not _HAS_PLUGINS:
        pytest.skip(_REASON)


def add_uplink() -> None:
    """Add the namespace blue, and an uplink of the host with less MTU to the namespace lan."""
    run("netns", name="blue")
    sh("""ip netns add lan
        ip link add uplink mtu 1400 up type veth peer name switch netns lan
        ip -n lan link set switch mtu 1400 up""")


def network(*plugins: Raw, **options: Any) -> Raw:
    """Return a network configuration."""
    return {"cniVersion": "1.0.0", "name": "dbnet", "plugins": list(plugins), **options}


POD: Raw = {
    "netns": "blue",
    "network": network(BRIDGE, PORTMAP, FIREWALL, TUNING),
    "capabilities": MAPPINGS,
}
"""A namespace as a pod of Kubernetes is attached."""

WITH_POD: Raw = {**LAB, "netns": [*LAB["netns"], {"name": "pod"}]}
"""A topology with a namespace to attach."""

LO: Raw = {"netns": "blue", "ifname": "lo", "network": network({"type": "loopback"})}
TASKS: dict[str, Raw] = {
    "bridge": {"netns": "blue", "network": network(BRIDGE)},
    "pod": POD,
    "ptp": {"netns": "blue", "network": network({"type": "ptp", "ipMasq": True, "ipam": IPAM})},
    "macvlan": {
        "netns": "blue",
        "network": network({"type": "macvlan", "master": "uplink", "ipam": IPAM}),
    },
    "static": {
        "netns": "blue",
        "network": network(
            {
                "type": "bridge",
                "bridge": "cni0",
                "capabilities": {"ips": True},
                "ipam": {"type": "static"},
            }
        ),
        "capabilities": {"ips": ["10.22.0.77/24", "fd00:22::77/64"]},
    },
    "loopback": LO,
}


def list_files() -> dict[str, str]:
    """Return what the cache and host-local have on file."""
    return {
        str(path): path.read_text(encoding="utf-8")
        for top in (RESULTS, ADDRESSES)
        for path in top.rglob("*")
        if path.is_file() and not path.name.startswith(("last_reserved", "lock"))
    }


def reserved_addresses() -> list[str]:
    """Return the addresses that host-local has given away."""
    return sorted(
        path.name
        for path in ADDRESSES.rglob("*")
        if path.is_file() and not path.name.startswith(("last_reserved", "lock"))
    )


def call_plugins(command: str, task: Raw, container_id: str = "other") -> None:
    """Run the plugins of a task as another runtime does, and write what libcni writes."""
    conflist, ifname = task["network"], task.get("ifname", "eth0")
    variables = (
        f"CNI_COMMAND={command} CNI_CONTAINERID={container_id} CNI_IFNAME={ifname} "
        f"CNI_NETNS=/run/netns/{task['netns']} CNI_PATH={PLUGINS}"
    )
    args = ";".join(f"{name}={value}" for name, value in task.get("args", {}).items())
    variables += f" CNI_ARGS='{args}'"
    file = RESULTS / f"{conflist['name']}-{container_id}-{ifname}"
    result = json.loads(file.read_text(encoding="utf-8"))["result"] if file.exists() else None
    plugins = conflist["plugins"] if command == "ADD" else reversed(conflist["plugins"])
    for plugin in plugins:
        request = {**plugin, "name": conflist["name"], "cniVersion": conflist["cniVersion"]}
        request.pop("capabilities", None)
        if plugin.get("capabilities"):
            request["runtimeConfig"] = task.get("capabilities", {})
        if result is not None:
            request["prevResult"] = result
        printed = sh(f"{variables} {PLUGINS}/{plugin['type']} <<'E'\n{json.dumps(request)}\nE\n")
        result = json.loads(printed) if command == "ADD" else result
    if command == "DEL":
        file.unlink()
        return
    RESULTS.mkdir(mode=0o700, exist_ok=True)
    entry = {"kind": "cniCacheV1", "containerId": container_id, "ifName": ifname}
    entry.update(networkName=conflist["name"], netns=f"/run/netns/{task['netns']}", result=result)
    config = sh(f"base64 -w0 <<'E'\n{json.dumps(conflist)}\nE\n")
    file.write_text(json.dumps({**entry, "config": config}), encoding="utf-8")
    file.chmod(0o600)

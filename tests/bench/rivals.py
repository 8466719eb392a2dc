# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The farm of scale.py, built by others: commands, the best shell, Ansible tasks, the CNI plugins.

Run by itself it is the runtime that calls the CNI plugins bridge and portmap, as libcni does:
`rivals.py COUNT`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

CNI = "/usr/lib/cni"
_BRIDGE = (
    "ip link add farm0 type bridge",
    "ip addr add 10.244.0.1/16 dev farm0",
    "ip link set farm0 up",
    "sysctl -qw net.ipv4.ip_forward=1",
)


def write_address(number: int) -> str:
    """The address of the namespace of that number."""
    high, low = divmod(number, 256)
    return f"10.244.{1 + high}.{low}"


def write_by_hand(count: int) -> str:
    """One command at a time, as the page types them."""
    lines = [*_BRIDGE, "iptables -t nat -A POSTROUTING -s 10.244.0.0/16 ! -o farm0 -j MASQUERADE"]
    for number in range(1, count + 1):
        lines += [
            f"ip netns add n{number}",
            f"ip link add leg{number} type veth peer name farm{number}",
            f"ip link set leg{number} netns n{number}",
            f"ip link set farm{number} master farm0",
            f"ip -n n{number} addr add {write_address(number)}/16 dev leg{number}",
            f"ip -n n{number} link set lo up",
            f"ip -n n{number} link set leg{number} up",
            f"ip link set farm{number} up",
            f"ip -n n{number} route add default via 10.244.0.1",
            (
                f"iptables -t nat -A PREROUTING -p tcp --dport {9000 + number} -m addrtype "
                f"--dst-type LOCAL -j DNAT --to-destination {write_address(number)}:80"
            ),
        ]
    return "\n".join(lines)


def write_best_shell(count: int) -> str:
    """As few processes as a shell needs: one ip for each namespace, one for the host, one nft."""
    numbers = range(1, count + 1)
    host = [
        (
            f"link add eth0 netns n{number} type veth peer name farm{number}\n"
            f"link set farm{number} master farm0 up"
        )
        for number in numbers
    ]
    inside = (
        "link set lo up\naddr add {}/16 dev eth0\nlink set eth0 up\n"
        "route add default via 10.244.0.1"
    )
    lines = [
        *(f"ip netns add n{number}" for number in numbers),
        *_BRIDGE,
        "ip -batch - <<'EOF'",
        *host,
        "EOF",
    ]
    for number in numbers:
        lines += [f"ip -n n{number} -batch - <<'EOF'", inside.format(write_address(number)), "EOF"]
    elements = ", ".join(f"{9000 + number} : {write_address(number)} . 80" for number in numbers)
    lines += [
        "nft -f - <<'EOF'",
        "table ip farm {",
        f"map to {{ type inet_service : ipv4_addr . inet_service; elements = {{ {elements} }} }}",
        (
            "chain pre { type nat hook prerouting priority -100; "
            "fib daddr type local dnat ip to tcp dport map @to; }"
        ),
        (
            "chain post { type nat hook postrouting priority 100; "
            'ip saddr 10.244.0.0/16 oifname != "farm0" masquerade; }'
        ),
        "}",
        "EOF",
    ]
    return "\n".join(lines)


def write_tasks(count: int) -> list[dict[str, Any]]:
    """The typed commands as tasks."""
    return [
        {"name": f"Step {number}", "ansible.builtin.command": line, "changed_when": True}
        for number, line in enumerate(write_by_hand(count).splitlines())
    ]


def _call_plugins(plugin: str, number: int, configuration: dict[str, Any]) -> dict[str, Any]:
    message = {
        "CNI_COMMAND": "ADD",
        "CNI_CONTAINERID": f"n{number}",
        "CNI_NETNS": f"/run/netns/n{number}",
        "CNI_IFNAME": "eth0",
        "CNI_PATH": CNI,
    }
    done = subprocess.run(
        [f"{CNI}/{plugin}"],
        input=json.dumps(configuration),
        env={**os.environ, **message},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{plugin}: {done.stdout}{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def run_cni(count: int) -> None:
    """Each namespace is plugged into the bridge, and its port is mapped."""
    with tempfile.TemporaryDirectory() as state:
        ipam = {"type": "host-local", "subnet": "10.244.0.0/16", "dataDir": state}
        common = {"cniVersion": "0.4.0", "name": "farm"}
        for number in range(1, count + 1):
            subprocess.run(["ip", "netns", "add", f"n{number}"], check=True)
            bridge = {
                **common,
                "type": "bridge",
                "bridge": "farm0",
                "isDefaultGateway": True,
                "ipMasq": True,
                "ipam": ipam,
            }
            result = _call_plugins("bridge", number, bridge)
            mapping = {"hostPort": 9000 + number, "containerPort": 80, "protocol": "tcp"}
            _call_plugins(
                "portmap",
                number,
                {
                    **common,
                    "type": "portmap",
                    "prevResult": result,
                    "runtimeConfig": {"portMappings": [mapping]},
                },
            )


if __name__ == "__main__":
    run_cni(int(sys.argv[1]))

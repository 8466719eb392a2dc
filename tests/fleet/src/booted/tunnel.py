# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tunnel of the guide on a machine: its other end, and what leaves the machine without it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from booted.machine import Machine, wait_for
from support import uplink
from support.wireguard import CLIENT_KEY, CLIENT_PUBLIC_KEY, PROVIDER_KEY

COMMAND = "/usr/local/bin/redblue-netns"
UPLINK = "to-site"
"""The interface of the host that leads to the endpoint of the tunnel."""
_PROGRAM = "/opt/uplink.py"
_INSTALL = f"""
mkdir -p /etc/wireguard
(umask 077; echo {CLIENT_KEY} >/etc/wireguard/vpn.key; echo {PROVIDER_KEY} >/etc/wireguard/site.key)
cat >{_PROGRAM} <<'END'
{Path(uplink.__file__).read_text(encoding="utf-8")}
END
"""
_DROP = f"udp dport {uplink.PORT} drop"
_SILENCE = f"table inet away {{ chain in {{ type filter hook input priority 0; {_DROP}; }}; }}"
_NFT = "ip netns exec provider nft"
BREAKAGES = {
    f"{_NFT} {shlex.quote(_SILENCE)}": f"{_NFT} flush ruleset",
    "ip -n vpn link set wg0 down": f"{COMMAND} apply vpn",
    "ip -n vpn link delete wg0": f"{COMMAND} apply vpn",
}
"""How the tunnel fails, and what mends it. While the other end is silent, handshakes leave."""
_SEND = """
for where in "nsenter -t $(systemctl show --value -p MainPID fetch) -n -m" "ip netns exec vpn"; do
    if $where env RES_OPTIONS='timeout:1 attempts:1' getent ahosts n1.example.org; then exit 1; fi
    for address in 10.13.0.1 192.0.2.1 fd00:13::1 fd00:2::1; do
        if $where ping -c 1 -W 1 -q $address; then exit 1; fi
    done
done >&2
"""
"""What the service and a command in the namespace send, which nothing may answer."""
_ADDRESSES = ("10.13.0.1", "fd00:13::1")


def has_wireguard(machine: Machine) -> bool:
    """Whether the kernel of the machine has it."""
    made = machine.attempt("ip link add probe type wireguard && ip link delete probe")
    return made.returncode == 0


def install_tunnel(machine: Machine) -> None:
    """Write the keys, and the program that counts."""
    machine.run(_INSTALL)


def other_end() -> dict[str, list[dict[str, Any]]]:
    """The other end, in the namespace provider, which has the address of the endpoint."""
    peer = {"public_key": CLIENT_PUBLIC_KEY, "allowed_ips": ["10.13.0.2/32", "fd00:13::2/128"]}
    link = {
        "name": "wg0",
        "netns": "provider",
        "link_netns": "provider",
        "type": "wireguard",
        "private_key_file": "/etc/wireguard/site.key",
        "listen_port": uplink.PORT,
        "addresses": ["10.13.0.1/24", "fd00:13::1/64"],
        "peers": [peer],
    }
    return {"netns_link": [link]}


def count_packets(machine: Machine, script: str) -> dict[str, int]:
    """What leaves the machine while a script runs there, which must succeed."""
    command = shlex.join(["bash", "-euc", script])
    counts: dict[str, int] = json.loads(
        machine.run(f"python3 {_PROGRAM} {UPLINK} {command}").splitlines()[-1]
    )
    return counts


def assert_kill_switch(machine: Machine) -> None:
    """Assert that nothing of the namespace leaves the machine in whatever way the tunnel fails."""
    reach = "; ".join(map(_ping, _ADDRESSES))
    # A test before may have taken the other end down, which loses its IPv6 address.
    machine.run(f"{COMMAND} apply site")
    wait_for(lambda: machine.attempt(reach).returncode == 0, "the tunnel is up")
    counts = count_packets(machine, f"{reach}; ping -c 1 {uplink.ENDPOINT}")
    # This counts what does leave.
    assert counts["tunnel"] and counts["in the clear"] == 1
    for breakage, mend in BREAKAGES.items():
        machine.run(breakage)
        counts = count_packets(machine, _SEND)
        assert "in the clear" not in counts, (breakage, counts)
        assert "tunnel" not in counts or "nft" in breakage, (breakage, counts)
        machine.run(mend)
        wait_for(lambda: machine.attempt(reach).returncode == 0, "the tunnel is back")


def _ping(address: str) -> str:
    return f"ip netns exec vpn ping -c 1 -W 5 -q {address}"

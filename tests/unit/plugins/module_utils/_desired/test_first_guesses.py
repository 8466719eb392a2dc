# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What newcomers from other programs write first works, or is answered with the right form."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.probes import parse_probe_list
from ansible_collections.redblue.netns.plugins.module_utils._params.all_refusals import (
    find_refusals,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

VETH = {"name": "veth-red", "netns": "red"}
PEER = {"name": "veth-red-br"}
ROUTE = {"netns": "red", "destination": "default", "gateway": "192.168.15.5"}
DNAT = {"destination_port": "8080", "to_destination": "192.168.15.2:80"}
BLUE = "192.168.15.2"
PROBE = "netns_probe_info"

GUESSES: list[tuple[str, dict[str, Any], list[str]]] = [
    # ip(8)
    ("netns", {"name": "red"}, []),
    ("veth", {**VETH, "peer": "veth-red-br"}, ["write {name: veth-red-br}"]),
    ("veth", {**VETH, "peer": "name=veth-red-br,bridge=v-net-0"}, []),
    ("veth", {**VETH, "peer": PEER, "master": "v-net-0"}, ["did you mean 'bridge'"]),
    ("veth", {**VETH, "peer": PEER, "address": "10.0.0.1/24"}, ["did you mean 'addresses'"]),
    ("veth", {**VETH, "peer": PEER, "addresses": "10.0.0.1/24"}, []),
    ("veth", {**VETH, "peer": PEER, "addresses": "10.0.0.1"}, ["such as 10.0.0.1/24"]),
    ("veth", {**VETH, "peer": PEER, "state": "up"}, ["write up: true"]),
    ("veth", {**VETH, "peer_name": "x", "peer_netns": "y"}, ["'peer'", "'peer'"]),
    ("netns_link", {"name": "red0", "type": "veth"}, ["a veth pair is set with the module veth"]),
    ("netns_link", {"name": "br0", "type": "bridge"}, ["a bridge is set with linux_bridge"]),
    ("netns_link", {"name": "v10", "type": "vlan", "parent": "eth0", "vid": 10},
        ["did you mean 'link'", "did you mean 'id'"]),
    ("netns_route", {"netns": "red", "dest": "default", "via": "10.0.0.1"},
        ["did you mean 'destination'", "did you mean 'gateway'"]),
    ("netns_route", {**ROUTE, "dev": "veth-red"}, ["did you mean 'device'"]),
    ("netns_route", {**ROUTE, "gateway": "fe80::1%eth0"}, ["gateway: fe80::1 and device: eth0"]),
    ("netns_route", {**ROUTE, "gateway": "192.168.15.5/24"}, ["192.168.15.5, without a prefix"]),
    ("netns_route", {**ROUTE, "destination": "0.0.0.0/0"}, []),
    ("netns_route", {**ROUTE, "destination": "0.0.0.0"}, ["write default or 0.0.0.0/0"]),
    ("netns_route", {**ROUTE, "destination": "192.168.15.0"}, ["write 192.168.15.0/24"]),
    ("netns_route", {**ROUTE, "destination": "192.168.15.7/24"}, ["192.168.15.0/24?"]),
    # Docker
    ("dnat", {**DNAT, "destination_port": "8080:80"},
        ["destination_port: 8080 and to_destination: ADDRESS:80"]),
    ("dnat", {**DNAT, "destination_port": "192.0.2.1:8080:80/tcp"},
        ["to_destination: ADDRESS:80 and destination: 192.0.2.1 and protocol: tcp"]),
    ("dnat", {**DNAT, "destination_port": 8080}, []),
    ("dnat", {"publish": "8080:80", "to_destination": BLUE}, ["did you mean 'destination_port'"]),
    ("dnat", {**DNAT, "to_destination": "blue:80"}, ["write the address of blue"]),
    ("dnat", {**DNAT, "to_destination": "[fd00::2]:80"}, []),
    ("dnat", {"dport": 80, "to": f"{BLUE}:80"}, ["'destination_port'", "'to_destination'"]),
    ("dnat", {**DNAT, "protocol": "TCP"}, ["did you mean 'tcp'"]),
    ("dnat", {**DNAT, "protocol": "tcp/udp"}, ["write one for each"]),
    ("netns", {"name": "red", "image": "debian"}, ["it shares the files of the host"]),
    ("netns", {"name": "red", "dns": "192.0.2.1"}, ["did you mean 'nameservers'"]),
    ("netns", {"name": "red", "sysctls": "net.ipv4.ip_forward=1"}, []),
    # containerlab
    ("topology", {"name": "lab", "netns": ["red", "blue"]},
        ["write {name: red}", "write {name: red}"]),
    ("topology", {"name": "lab", "nodes": {"red": None}}, ["did you mean 'netns'"]),
    ("topology", {"name": "lab", "links": []}, ["did you mean 'veth'"]),
    ("topology", {"name": "lab", "netns": {"name": "red"}}, ["write it as an item of one"]),
    ("topology", {"name": "lab", "integrate": "docker"}, []),
    # netplan
    ("veth", {**VETH, "peer": PEER, "gateway4": "192.168.15.5"}, ["netns_route"]),
    ("veth", {**VETH, "peer": PEER, "addresses": "dhcp"}, ["addresses are static"]),
    ("linux_bridge", {"name": "br0", "interfaces": ["eth0"]}, ["did you mean 'ports'"]),
    ("linux_bridge", {"name": "br0", "macaddress": "02:00:00:00:00:01"}, ["did you mean 'mac'"]),
    ("linux_bridge", {"name": "br0", "addresses": "10.0.0.1/255.255.255.0"}, ["10.0.0.1/24"]),
    # community.general.ip_netns, ansible.builtin.iptables
    ("netns", {"name": "red", "state": "present"}, []),
    ("netns", {"namespace": "red"}, ["did you mean 'name'"]),
    ("masquerade", {"source": "192.168.15.0/24"}, []),
    ("masquerade", {"source": "192.168.15.0"}, ["write 192.168.15.0/24"]),
    ("masquerade", {"source": "10.0.0.0/8", "out": "eth0"}, ["did you mean 'out_interface'"]),
    # ping, curl
    (PROBE, {"probes": [{"netns": "red", "to": "blue"}]}, []),
    (PROBE, {"probes": [{"netns": "red", "to": "blue:80"}]}, ["to: blue and port: 80"]),
    (PROBE, {"probes": [{"netns": "red", "to": "[fd00::2]:80"}]},
        ["to: fd00::2 and port: 80"]),
    (PROBE, {"probes": [{"netns": "red", "to": f"http://{BLUE}/"}]}, ["protocol: http"]),
    (PROBE, {"probes": [{"netns": "red", "target": BLUE}]}, ["did you mean 'to'"]),
    ("netns_info", {"gather_subset": "routes"}, []),
]  # fmt: skip


MORE_GUESSES: list[tuple[str, dict[str, Any], list[str]]] = [
    # ip(8), bridge(8), tc(8)
    ("veth", {**VETH, "name": "veth-red@if7", "peer": PEER}, ["; write veth-red"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["10.0.0.1/24 brd +"]}, ["10.0.0.1/24 alone"]),
    ("veth", {**VETH, "peer": PEER, "addresses": "10.0.0.1 255.0.0.0"}, ["10.0.0.1/8 alone"]),
    ("veth", {**VETH, "peer": PEER, "mtu": "9k"}, ["write 9000"]),
    ("veth", {**VETH, "netns": "/var/run/netns/red", "peer": PEER}, ["; write red"]),
    ("veth", {**VETH, "peer": ["veth-red-br"]}, ["write {name: NAME}"]),
    ("veth", {**VETH, "peer": {**PEER, "bridge": "br0", "vlan": "10,20-29"}},
        ["write vlans: 10,20-29"]),
    ("veth", {**VETH, "peer": PEER, "impairment": {"latency": "1ms"}}, ["did you mean 'delay'"]),
    ("linux_bridge", {"name": "br0", "vlan_filtering": 1, "stp": 0}, []),
    ("linux_bridge", {"name": "br0", "forward_delay": "15s"}, ["write 15"]),
    ("netns_route", {**ROUTE, "table": "main"}, ["write 254"]),
    ("netns_route", {**ROUTE, "destination": "any"}, ["write default"]),
    ("netns_route", {**ROUTE, "destination": "default via 10.0.0.1"},
        ["destination: default and gateway: 10.0.0.1"]),
    ("netns_route", {**ROUTE, "gateway": ["10.0.0.1", "10.0.0.2"]}, ["write nexthops"]),
    # Docker
    ("dnat", {**DNAT, "destination_port": "80,443"}, ["write one forward for each"]),
    ("dnat", {**DNAT, "destination_port": ["80", "443"]}, ["each further one needs a task"]),
    ("dnat", {**DNAT, "protocol": "all"}, ["write one for each"]),
    ("topology", {"name": "lab", "services": {}}, ["did you mean 'netns'"]),
    ("topology", {"name": "lab", "networks": []}, ["did you mean 'linux_bridge'"]),
    ("topology", {"name": "lab", "state": "started"}, ["did you mean 'present'"]),
    ("linux_bridge", {"name": "br0", "subnet": "10.0.0.0/24"}, ["did you mean 'addresses'"]),
    # netplan, containerlab
    ("veth", {**VETH, "peer": PEER, "addresses": [{"ip": "10.0.0.1", "prefix": 24}]},
        ["write 10.0.0.1/24"]),
    ("topology", {"name": "lab", "confirm_timeout": "30s"}, ["write 30"]),
    # ip_netns, iptables
    ("netns", {"name": ["red", "blue"]}, ["each further one needs a task"]),
    ("netns", {"name": "red", "persist": True}, ["an option of topology"]),
    ("netns", {"name": "red", "sysctls": ["net.ipv4.ip_forward=1"]},
        ["write {net.ipv4.ip_forward: 1}"]),
    ("masquerade", {"source": "10.0.0.0/8", "chain": "POSTROUTING", "table": "nat"},
        ["leave it out", "leave it out"]),
    # ping
    (PROBE, {"probes": [{"from": "red", "to": "blue"}]}, ["did you mean 'netns'"]),
    (PROBE, {"probes": [{"source": "red", "to": "blue"}]}, ["write netns: red"]),
    (PROBE, {"probes": [{"netns": "red", "to": "blue", "expect": "success"}]},
        ["did you mean 'reachable'"]),
    (PROBE, {"probes": [{"netns": "red", "to": "blue", "expect": False}]}, ["write unreachable"]),
    ("netns_info", {"gather_subset": "addresses"}, ["did you mean 'links'"]),
]  # fmt: skip

STRANGER_GUESSES: list[tuple[str, dict[str, Any], list[str]]] = [
    # containerlab, Compose
    ("topology", {"name": "lab", "topology": {"nodes": {}}}, ["netns, veth, linux_bridge and"]),
    ("topology", {"name": "lab", "netns": {"red": {}, "blue": None}},
        ["an item for each, such as - name: red"]),
    ("topology", {"name": "lab", "veth": [{"endpoints": ["red:eth0", "blue:eth0"]}]},
        ["write name, netns and peer: {name: eth0, netns: blue}", "name", "peer"]),
    ("topology", {"name": "lab", "services": {"web": {}}}, ["did you mean 'netns'"]),
    ("dnat", {**DNAT, "destination_port": "80/tcp"}, ["destination_port: 80 and protocol: tcp"]),
    # netplan
    ("veth", {**VETH, "peer": PEER, "nameservers": {"addresses": ["1.1.1.1"]}},
        ["nameservers is an option of netns"]),
    ("veth", {**VETH, "peer": PEER, "mtu": "9k"}, ["write 9000"]),
    # ip(8)
    ("netns_route", {**ROUTE, "destination": "0/0"}, ["write default"]),
    ("netns_route", {**ROUTE, "destination": "10/8"}, ["write 10.0.0.0/8"]),
    ("netns_route", {**ROUTE, "destination": "172.16/12"}, ["write 172.16.0.0/12"]),
    ("netns_link", {"name": "wg0", "type": "wg"}, ["did you mean 'wireguard'"]),
    ("veth", {**VETH, "peer": PEER, "mac": "0200.0000.0001"}, ["like 02:00:00:00:00:01"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["10.0.0.1 peer 10.0.0.2/32"]},
        ["write 10.0.0.1/32, and with netns_route a route to 10.0.0.2 by its device"]),
    # IPv6
    ("veth", {**VETH, "peer": PEER, "addresses": ["fd00::1 peer fd00::2/128"]},
        ["write fd00::1/128, and"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["[fd00::1]/64"]}, ["without brackets"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["::ffff:10.0.0.1/96"]}, ["write 10.0.0.1"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["fd00::1%eth0/64"]}, ["without %eth0"]),
    # Jinja
    ("veth", {**VETH, "peer": PEER, "addresses": "['10.0.0.1/24', 'fd00::1/64']"},
        ["a list as Python prints it"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["None"]}, ["default(omit)"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ""}, ["default(omit)"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["10.0.0.1/24\n"]}, ["write 10.0.0.1/24"]),
    ("veth", {**VETH, "peer": PEER, "addresses": ["{{ ip }}/24"]}, ["was not evaluated"]),
]  # fmt: skip


ALL_GUESSES = GUESSES + MORE_GUESSES + STRANGER_GUESSES


def answer(module: str, raw: dict[str, Any]) -> list[str]:
    spec = MODULES[module]

    def attempt(rest: dict[str, Any]) -> None:
        params = validate(rest, spec)
        if module in PARSERS:
            PARSERS[module][1](params)
        elif module == PROBE:
            parse_probe_list(params["probes"])

    return [str(refusal) for refusal in find_refusals(raw, attempt)]


@pytest.mark.parametrize(("module", "raw", "forms"), ALL_GUESSES, ids=lambda value: str(value)[:60])
def test_a_first_guess_works_or_is_answered_with_the_right_form(
    module: str, raw: dict[str, Any], forms: list[str]
) -> None:
    messages = answer(module, raw)
    assert len(messages) == len(forms), messages
    for message, form in zip(messages, forms):
        assert form in message and len(message) <= 600


def test_there_are_more_than_90_guesses() -> None:
    assert len(ALL_GUESSES) > 90

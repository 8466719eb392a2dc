# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fault at any call of any kind of change: the host is as before, or the next run converges.

After a kill, a task that changes nothing restores what others had. INJECTIONS=2000 tries so many
faults instead of a few.
"""

from __future__ import annotations

import os

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.injection_hosts import Scenario
from support.injections import Fault, examine, inject
from support.random_attachments import network_for
from support.tasks import LAB, LAB_ABSENT, Raw

_OTHERS = """
ip link add eth0 address 02:00:00:00:01:00 type veth peer name far0 address 02:00:00:00:01:01
ip link add eth1 address 02:00:00:00:01:02 type veth peer name far1 address 02:00:00:00:01:03
for name in eth0 far0 eth1 far1; do ip link set dev $name up; done
ip addr add 192.0.2.2/24 dev eth0; ip addr add fd00:2::2/64 dev eth0 nodad
ip addr add 198.51.100.2/24 dev eth1 label eth1:a; ip addr add fd00:7::2/64 dev eth1 nodad
ip route add default via 192.0.2.1; ip route add 10.79.0.0/16 via inet6 fe80::7 dev eth1
ip link add user address 02:00:00:00:01:04 type bridge
ip addr add 10.3.0.1/24 dev user; ip link set user up
ip link add other address 02:00:00:00:01:05 type bridge; ip link set far1 master user
ip route add 10.80.0.0/16 via 10.3.0.7 metric 7 mtu 1300
sysctl -qw net.ipv4.conf.eth1.rp_filter=2 net.ipv6.conf.eth1.forwarding=1
nft 'table inet theirs { chain c { type filter hook input priority 5; }; }'
for tool in iptables ip6tables; do for chain in "filter INPUT" "filter FORWARD" "nat OUTPUT" \
    "nat PREROUTING" "nat POSTROUTING" "raw PREROUTING" "mangle FORWARD"; do
    $tool -t ${chain% *} -A ${chain#* } -p tcp --dport 5 -j RETURN; done; done
"""
_NFT: Raw = {"backend": "nftables"}  # Where nft fails, auto would choose the other one.
_LAB: Raw = {**LAB, **_NFT}
_WITH_IPTABLES: Raw = {**LAB, "backend": "iptables"}
_RED: Raw = {
    "name": "red",
    "nameservers": ["192.0.2.53"],
    "sysctls": {"net.ipv4.conf.all.rp_filter": "2"},
}


def _changed(lab: Raw) -> Raw:
    bridge = {"name": "v-net-0", "addresses": ["192.168.15.6/24", "fd00:15::6/64"], "mtu": 1400}
    route = {"netns": "blue", "destination": "10.9.0.0/16", "gateway": "192.168.15.1"}
    return {
        **lab,
        "purge": True,
        "netns": [_RED, {"name": "blue"}, {"name": "green"}],
        "linux_bridge": [bridge],
        "veth": [{**lab["veth"][0], "mtu": 1400}, lab["veth"][1]],
        "netns_route": [route],
        "dnat": [],
    }


_OWN_BRIDGE: Raw = {"name": "ob", "addresses": ["10.5.0.1/24"]}
_THEIR_ROUTE = "; ip link add dummy0 type veth peer name dummy1"
_WAN: Raw = {"name": "wan", "device": "eth1", "netns": "red", "type": "physical", "force": True}
_PHYSICAL: Raw = {
    **_NFT,
    "name": "lab",
    "purge": True,
    "netns": [{"name": "red"}],
    "linux_bridge": LAB["linux_bridge"],
    "masquerade": LAB["masquerade"],
}
_VETH: Raw = {
    "name": "own0",
    "addresses": ["10.6.0.1/24", "fd00:6::1/64"],
    "peer": {"name": "own1", "netns": "red", "addresses": ["10.6.0.2/24"]},
}
_TAP: Raw = {"name": "tap0", "netns": "red", "type": "tap", "addresses": ["10.7.0.1/24"]}
_CLOSED: Raw = {"topology": "lab", "name": "closed", "ingress": []}
_USER: Raw = {"name": "user", "addresses": ["10.3.0.2/24", "fd00:3::1/64"], "mtu": 1400}


_FRIENDS: Raw = {"name": "friends", "addresses": ["192.0.2.0/24", "fd00:2::/64"]}
_DATABASE: Raw = {
    "name": "database",
    "netns": ["blue"],
    "ingress": [{"from": [{"address_set": "friends"}], "protocol": "tcp", "ports": ["80"]}],
}
_POLICIES: Raw = {**_LAB, "policy": [_DATABASE], "address_sets": [_FRIENDS], "purge": True}
_OTHER_POLICIES: Raw = {
    **_POLICIES,
    "policy": [
        {**_DATABASE, "refuse": "drop"},
        {"name": "quiet", "netns": ["red"], "egress": [{"to": [{"netns": "blue"}]}]},
    ],
    "address_sets": [{**_FRIENDS, "addresses": ["192.0.2.0/25"]}],
}
_PERSISTENT: Raw = {**_LAB, "persist": True}
_ONE: Raw = {"name": "one", "netns": "red", "command": ["sleep", "100001"]}
_TWO: Raw = {"name": "two", "command": ["sleep", "100002"], "environment": {"WORD": "hello"}}
_PROCESSES: Raw = {**_PHYSICAL, "processes": [_ONE, _TWO]}
_OTHER_PROCESSES: Raw = {
    **_PHYSICAL,
    "processes": [{**_ONE, "command": _TWO["command"]}, {**_TWO, "name": "three"}],
}


_SWITCH: Raw = {
    "name": "v-net-0",
    "addresses": ["192.168.15.5/24", "fd00:15::5/64"],
    "datapath_type": "netdev",
}
_EQUIPPED: Raw = {
    **{name: value for name, value in _LAB.items() if name != "linux_bridge"},
    "ovs_bridge": [_SWITCH],
    "cni": [{"netns": "red", "ifname": "eth1", "network": network_for("pods", 10)}],
    "purge": True,
}
_OTHERWISE_EQUIPPED: Raw = {
    **_EQUIPPED,
    "ovs_bridge": [{**_SWITCH, "fail_mode": "secure", "mtu": 1400}],
    "cni": [{"netns": "blue", "network": network_for("tuned", 11)}],
}


def _topology(raw: Raw) -> tuple[str, Raw]:
    return ("topology", raw)


_RED_ALONE = ("netns", {"name": "red"})
SCENARIOS: dict[str, Scenario] = {
    "a lab": Scenario(_OTHERS, (), _topology(_LAB)),
    "a lab with iptables": Scenario(_OTHERS, (), _topology(_WITH_IPTABLES)),
    "changes of a lab": Scenario(_OTHERS, (_topology(_LAB),), _topology(_changed(_LAB))),
    "changes of a lab with iptables": Scenario(
        _OTHERS, (_topology(_WITH_IPTABLES),), _topology(_changed(_WITH_IPTABLES))
    ),
    "another backend": Scenario(_OTHERS, (_topology(_LAB),), _topology(_WITH_IPTABLES)),
    "the end of a lab": Scenario(_OTHERS, (_topology(_LAB),), _topology(LAB_ABSENT)),
    "the end of a lab with iptables": Scenario(
        _OTHERS, (_topology(_WITH_IPTABLES),), _topology(LAB_ABSENT)
    ),
    "a namespace": Scenario("", (), ("netns", _RED)),
    "the end of a namespace": Scenario(
        _OTHERS, (("netns", _RED), ("veth", _VETH)), ("netns", {**_RED_ALONE[1], "state": "absent"})
    ),
    "a veth pair": Scenario(_OTHERS, (_RED_ALONE,), ("veth", _VETH)),
    "the end of a veth pair": Scenario(
        _OTHERS, (_RED_ALONE, ("veth", _VETH)), ("veth", {**_VETH, "state": "absent"})
    ),
    "addresses of a user's bridge": Scenario(_OTHERS, (), ("linux_bridge", _USER)),
    "a stolen port": Scenario(
        _OTHERS, (), ("linux_bridge", {"name": "other", "ports": ["far1"], "steal": True})
    ),
    "released ports": Scenario(_OTHERS, (), ("linux_bridge", {"name": "user", "ports": []})),
    "a physical link": Scenario(
        _OTHERS, (), _topology({**_PHYSICAL, "netns_link": [{**_WAN, "mtu": 1400}]})
    ),
    "a physical link returned": Scenario(
        _OTHERS, (_topology({**_PHYSICAL, "netns_link": [_WAN]}),), _topology(_PHYSICAL)
    ),
    "a tap": Scenario("", (_RED_ALONE,), ("netns_link", _TAP)),
    "a route": Scenario(
        _OTHERS, (), ("netns_route", {"destination": "10.8.0.0/16", "gateway": "192.0.2.7"})
    ),
    "masquerading": Scenario(_OTHERS, (), ("masquerade", {"source": "10.3.0.0/24", **_NFT})),
    "masquerading of IPv6": Scenario(
        _OTHERS, (), ("masquerade", {"source": "fd00:9::/64", **_NFT})
    ),
    "the end of masquerading of IPv6": Scenario(
        _OTHERS,
        (("masquerade", {"source": "fd00:9::/64", **_NFT}),),
        ("masquerade", {"source": "fd00:9::/64", "state": "absent", **_NFT}),
    ),
    "a single policy": Scenario(_OTHERS, (_topology(_LAB),), ("netns_policy", _CLOSED)),
    "the end of a single policy": Scenario(
        _OTHERS,
        (_topology(_LAB), ("netns_policy", _CLOSED)),
        ("netns_policy", {"topology": "lab", "name": "closed", "state": "absent"}),
    ),
    "a forwarded port": Scenario(
        _OTHERS, (), ("dnat", {"destination_port": 81, "to_destination": "10.3.0.9:80", **_NFT})
    ),
    "policies": Scenario(_OTHERS, (_topology(_LAB),), _topology(_POLICIES)),
    "changes of policies": Scenario(_OTHERS, (_topology(_POLICIES),), _topology(_OTHER_POLICIES)),
    "processes": Scenario("", (_topology(_PHYSICAL),), _topology(_PROCESSES)),
    "changes of processes": Scenario("", (_topology(_PROCESSES),), _topology(_OTHER_PROCESSES)),
    "the end of processes": Scenario("", (_topology(_PROCESSES),), _topology(LAB_ABSENT)),
    "a switch and an attachment": Scenario("", (), _topology(_EQUIPPED), is_equipped=True),
    "changes of a switch and of attachments": Scenario(
        "", (_topology(_EQUIPPED),), _topology(_OTHERWISE_EQUIPPED), is_equipped=True
    ),
    "the end of a switch and of an attachment": Scenario(
        "", (_topology(_EQUIPPED),), _topology(LAB_ABSENT), is_equipped=True
    ),
    "a persistent lab": Scenario(
        _OTHERS, (_topology(_LAB),), _topology(_PERSISTENT), is_booted=True
    ),
    "the end of a persistent lab": Scenario(
        _OTHERS, (_topology(_PERSISTENT),), _topology(LAB_ABSENT), is_booted=True
    ),
}
_COUNT = int(os.environ.get("INJECTIONS", "0"))
_MAX_SHOWN = 700
_FEW = 2
"""Faults a scenario, if no number is given."""


def _choose(faults: list[Fault], count: int) -> list[Fault]:
    """So many faults: as many of each kind and call as there are, at most the same number of each.

    Those of a call are spread over all of its numbers.
    """
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.kind, fault.target), []).append(fault)
    chosen: list[Fault] = []
    remaining = sorted(groups.values(), key=len)
    if count < len(remaining):
        remaining = remaining[:: len(remaining) // count][:count]
    for number, group in enumerate(remaining):
        share = min(len(group), -(-(count - len(chosen)) // (len(remaining) - number)))
        chosen += [group[(2 * part + 1) * len(group) // (2 * share)] for part in range(share)]
    return chosen


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_fault_at_any_call_is_undone_or_the_next_run_converges(
    own_process: None, name: str
) -> None:
    scenario = SCENARIOS[name]
    reference = examine(scenario)
    chosen = _choose(reference.faults, -(-_COUNT // len(SCENARIOS)) or _FEW)
    outcomes: list[str] = []
    wrong: list[str] = []
    for fault in chosen:
        try:
            outcomes.append(inject(scenario, reference, fault))
        except (AssertionError, NetnsError) as error:
            wrong.append(f"{fault}: {error}"[:_MAX_SHOWN])
            print("\n", wrong[-1])
    print(
        f"\n{name}: {len(chosen)} of {len(reference.faults)} faults: "
        f"{outcomes.count('')} killed, "
        f"{sum(outcome.startswith('Failed') for outcome in outcomes)} failed, "
        f"{len(wrong)} wrong"
    )
    assert not wrong, "\n".join(wrong)

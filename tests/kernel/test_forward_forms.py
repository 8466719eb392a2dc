# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms in which others forward a port: each is seen, or said to be uncertain.

The port beside it is free in all of them.
"""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.foreign.read import (
    read_foreign_forwards,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.listing import Listing
from ansible_collections.redblue.netns.plugins.module_utils._model.foreign_forwards import (
    ForeignForward,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import Dnat
from ansible_collections.redblue.netns.plugins.module_utils._plan.foreign_forwards import find_taker

from support.shell import ip

Forwards = tuple[ForeignForward, ...]
LINKS = [Link(None, "eth0", addresses=("192.0.2.2/24", "fd00:2::2/64"))]
SEEN, UNCERTAIN, FREE = "seen", "uncertain", "free"
TO = "dnat to 10.0.0.9"
NFT_RULES = [
    # What the rule is, with PORT and NEXT; the verdict.
    ("tcp dport PORT dnat to 10.0.0.9:80", SEEN),
    ("tcp dport PORT redirect to :3128", SEEN),
    ("tcp dport PORT counter log meta mark set 1 " + TO, SEEN),
    ("tcp dport PORT " + TO + "-10.0.0.20", SEEN),
    ("tcp dport PORT dnat to numgen inc mod 2 map { 0 : 10.0.0.9, 1 : 10.0.0.10 }", SEEN),
    ("tcp dport { 5, PORT, 9-11 } " + TO, SEEN),
    ("tcp dport != { 0-BEFORE, NEXT-65535 } " + TO, SEEN),
    ("tcp dport > BEFORE tcp dport < NEXT " + TO, SEEN),
    ("tcp dport >= PORT tcp dport <= PORT " + TO, SEEN),
    ("dnat to tcp dport map { PORT : 10.0.0.9 }", SEEN),
    ("dnat ip addr . port to tcp dport map { PORT : 10.0.0.9 . 80 }", SEEN),
    ("dnat ip to ip daddr . tcp dport map { 192.0.2.2 . PORT : 10.0.0.9 . 80 }", SEEN),
    ("tcp dport vmap { PORT : goto web, 5 : accept }", SEEN),
    ("ip daddr . meta l4proto . th dport vmap { 192.0.2.2 . tcp . PORT : jump web }", SEEN),
    ('iifname . tcp dport vmap { "eth0" . PORT : goto web }', SEEN),
    ("tcp dport . ip saddr { PORT . 198.51.100.9 } " + TO, SEEN),
    ("meta l4proto { tcp, udp } th dport PORT " + TO, SEEN),
    ("meta l4proto tcp @th,16,16 PORT " + TO, SEEN),
    ("fib daddr type local tcp dport PORT " + TO, SEEN),
    ("fib daddr type { local, broadcast } tcp dport PORT " + TO, SEEN),
    ("iif eth0 tcp dport PORT " + TO, SEEN),
    ('iifname != "lo" tcp dport PORT ' + TO, SEEN),
    ('iifname "eth*" tcp dport PORT ' + TO, SEEN),
    ("ip daddr 192.0.2.0/28 tcp dport PORT " + TO, SEEN),
    ("ip daddr != 127.0.0.0/8 tcp dport PORT " + TO, SEEN),
    ("ip saddr != 198.51.100.0/24 tcp dport PORT " + TO, SEEN),
    ("ct state new tcp dport PORT " + TO, SEEN),
    ("ct mark 5 tcp dport PORT " + TO, UNCERTAIN),
    ("tcp dport PORT limit rate 5/second " + TO, UNCERTAIN),
    ("iifgroup 0 tcp dport PORT " + TO, UNCERTAIN),
    ("tcp sport 53 tcp dport PORT " + TO, UNCERTAIN),
    ("fib daddr type != local tcp dport PORT " + TO, FREE),
    ("tcp dport PORT accept; tcp dport PORT " + TO, FREE),
    ("ip daddr 203.0.113.9 " + TO, FREE),
    ("udp dport PORT " + TO, FREE),
]
FILTER_RULES = [
    ("meta l4proto tcp th dport PORT tproxy to :3128", SEEN),
    ("tcp dport PORT tproxy ip to 127.0.0.1:3128 meta mark set 1 accept", SEEN),
    ("ip daddr 192.0.2.2 tcp dport PORT ip daddr set 10.0.0.9", SEEN),
    ("tcp dport PORT tcp dport set 80", SEEN),
    ("tcp dport PORT drop", FREE),
    ("tcp dport PORT meta mark set 1", FREE),
]
IPTABLES_RULES = [
    ("-p tcp -m tcp --dport PORT -j WEB", SEEN),
    ("-p tcp -m tcp --dport PORT -g WEB", SEEN),
    ("-p 6 -m tcp --dport PORT -j REDIRECT --to-ports 3128", SEEN),
    ("-p tcp -m multiport --dports 5,PORT,9:11 -j WEB", SEEN),
    ("-p tcp -m multiport ! --dports 1:BEFORE,NEXT:65535 -j WEB", SEEN),
    ("-p tcp -m multiport --ports PORT -j WEB", SEEN),
    ("-p tcp -m conntrack --ctorigdstport PORT -j WEB", SEEN),
    ("-i eth+ -p tcp -m tcp --dport PORT -j WEB", SEEN),
    ("-d 192.0.2.2/32 ! -i lo -p tcp -m tcp --dport PORT -j WEB", SEEN),
    ("-m iprange --dst-range 192.0.2.1-192.0.2.5 -p tcp -m tcp --dport PORT -j WEB", SEEN),
    ("-m addrtype --dst-type LOCAL -p tcp -m tcp --dport PORT -j WEB", SEEN),
    ("-m mark --mark 0x1 -p tcp -m tcp --dport PORT -j WEB", UNCERTAIN),
    ("-m mac --mac-source 02:00:00:00:00:01 -p tcp -m tcp --dport PORT -j WEB", UNCERTAIN),
    ("-m addrtype ! --dst-type LOCAL -p tcp -m tcp --dport PORT -j WEB", FREE),
    ("-d 203.0.113.16/28 -j NETMAP --to 10.0.1.0/28", FREE),
]
TPROXY = "-p tcp -m tcp --dport PORT -j TPROXY --on-port 3128 --tproxy-mark 0x1/0x1"
FIRST = 7000


def _fill(rules: list[tuple[str, str]], first: int) -> list[str]:
    """Each rule with a port of its own: every second one from the first."""
    return [
        text.replace("PORT", str(port))
        .replace("NEXT", str(port + 1))
        .replace("BEFORE", str(port - 1))
        for port, (text, _verdict) in zip(range(first, 65536, 2), rules)
    ]


def _find(forwards: Forwards, port: int, to: str = "192.168.15.2") -> str:
    wanted = Dnat(None, "tcp", (port, port), to, (80, 80))
    taker = find_taker(forwards, wanted, LINKS)
    if taker is None:
        return FREE
    assert "the chain " in taker.where
    return SEEN if taker.certain else UNCERTAIN


def _find_all(rules: list[tuple[str, str]], first: int = FIRST) -> dict[str, tuple[str, str]]:
    """What is found of the port of each rule, and of the port after it."""
    forwards = read_foreign_forwards(Listing())
    return {
        text: (_find(forwards, port), _find(forwards, port + 1))
        for port, (text, _verdict) in zip(range(first, 65536, 2), rules)
    }


def _expect(rules: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {text: (verdict, FREE) for text, verdict in rules}


@pytest.fixture
def uplink(host: None) -> None:
    ip("link add eth0 type bridge\nlink set eth0 up\naddr add 192.0.2.2/24 dev eth0")


def _restore(program: str, text: str) -> None:
    done = subprocess.run(program.split(), input=text, text=True, capture_output=True, check=False)
    if done.returncode and "legacy" in program:
        pytest.skip("iptables-legacy does not work here")
    assert not done.returncode, done.stderr


def test_rules_of_nftables(uplink: None) -> None:
    translating = "\n".join(_fill(NFT_RULES, FIRST))
    filtering = "\n".join(_fill(FILTER_RULES, 8000))
    _restore(
        "nft -f -",
        f"table ip nat1 {{\nchain web {{ meta l4proto tcp {TO}:80; }}\n"
        f"chain pre {{ type nat hook prerouting priority dstnat;\n{translating}\n}}\n}}\n"
        f"table inet before {{\nchain pre {{ type filter hook prerouting priority -300;\n"
        f"{filtering}\n}}\n}}\n",
    )
    assert _find_all(NFT_RULES) == _expect(NFT_RULES)
    assert _find_all(FILTER_RULES, 8000) == _expect(FILTER_RULES)


@pytest.mark.parametrize("program", ["iptables", "iptables-legacy"])
def test_rules_of_iptables(uplink: None, program: str) -> None:
    rules = "".join(f"-A PREROUTING {rule}\n" for rule in _fill(IPTABLES_RULES, FIRST))
    tproxy = _fill([(TPROXY, SEEN)], 9000)[0]
    _restore(
        f"{program}-restore",
        f"*nat\n:WEB - [0:0]\n:DEEP - [0:0]\n{rules}-A WEB -j DEEP\n"
        "-A DEEP -p tcp -j DNAT --to-destination 10.0.0.9\nCOMMIT\n"
        f"*mangle\n-A PREROUTING {tproxy}\nCOMMIT\n",
    )
    assert _find_all(IPTABLES_RULES) == _expect(IPTABLES_RULES)
    assert _find_all([(TPROXY, SEEN)], 9000) == _expect([(TPROXY, SEEN)])


def test_rules_for_ipv6(uplink: None) -> None:
    _restore(
        "nft -f -",
        "table inet nat1 {\nchain pre { type nat hook prerouting priority dstnat;\n"
        "ip6 daddr fd00:2::2 tcp dport 7000 dnat ip6 to fd00:9::9\ntcp dport 7001 redirect\n"
        "meta nfproto ipv4 tcp dport 7002 dnat ip to 10.0.0.9\n}\n}\n",
    )
    forwards = read_foreign_forwards(Listing())
    found = [
        (_find(forwards, port), _find(forwards, port, "fd00:15::2")) for port in (7000, 7001, 7002)
    ]
    assert found == [(FREE, SEEN), (SEEN, SEEN), (SEEN, FREE)]


def test_another_mac_address_is_no_other_destination(uplink: None) -> None:
    _restore(
        "nft -f -",
        "table bridge switch {\nchain pre { type filter hook prerouting priority -300;\n"
        "tcp dport 7000 ether daddr set 02:00:00:00:00:01\n"
        "tcp dport 7001 ip daddr set 10.0.0.9\n}\n}\n",
    )
    forwards = read_foreign_forwards(Listing())
    assert [_find(forwards, port) for port in (7000, 7001)] == [FREE, SEEN]

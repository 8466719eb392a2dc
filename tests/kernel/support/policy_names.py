# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab with policies by DNS name, and an internet with DNS servers and names beside it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from support.lab_processes import wait_until
from support.name_servers import look_up, serving
from support.services import Listeners
from support.shell import sh
from support.tasks import LAB, Raw

NAMES = {
    "www.example.org": "80",
    "evil.www.example.org": "81",
    "other.example.org": "82",
    "sub.example.net": "83",
    "example.net": "84",
}
"""The last number of the addresses of each name."""
INSIDE = {"blue.example.net": ("192.168.15.2", "fd00:15::2"), "host.example.net": ("192.168.15.5",)}
"""Names for which somebody outside answers with addresses in the lab."""
FAMILIES = {"A": "203.0.113.{}", "AAAA": "2001:db8:53::{}"}
DNS, OTHER_DNS = "53", "54"
PORT = 80
BY_NAME: Raw = {
    "name": "out",
    "netns": ["red"],
    "egress": [{"to": [{"dns": "www.example.org"}, {"dns": "*.example.net"}]}],
}
LET_THROUGH = {"www.example.org", "sub.example.net"}
"""What BY_NAME lets a member reach."""
_OUTSIDE = """
ip netns add outside
ip link add up0 type veth peer name eth0 netns outside
ip address add 203.0.113.1/24 dev up0
ip address add 2001:db8:53::1/64 dev up0 nodad
ip link set up0 up
ip -n outside link set lo up
ip -n outside link set eth0 up
"""


def policy_lab(*policies: Raw, **more: Any) -> Raw:
    """The lab of the guides with a DNS server that asks that of the internet."""
    routes = [
        {"netns": name, "destination": "default", "gateway": gate}
        for name in ("red", "blue")
        for gate in ("192.168.15.5", "fd00:15::5")
    ]
    return {
        **LAB,
        "dnat": [],
        "netns_route": routes,
        "dns": {"upstream": [FAMILIES["A"].format(DNS)]},
        "policy": list(policies),
        "purge": True,
        **more,
    }


@contextlib.contextmanager
def internet() -> Iterator[Listeners]:
    """Two DNS servers that know the names, and a web server at each of their addresses."""
    with serving("127.0.0.1", netns=None):
        pass  # The kernel makes a key for the first listener with TCP Fast Open.
    sh(_OUTSIDE)
    for text in FAMILIES.values():
        length = "64 dev eth0 nodad" if ":" in text else "24 dev eth0"
        for number in (DNS, OTHER_DNS, *NAMES.values()):
            sh(f"ip -n outside address add {text.format(number)}/{length}")
    records = [
        f"--host-record={name},{','.join(text.format(number) for text in FAMILIES.values())}"
        for name, number in NAMES.items()
    ]
    records += [f"--host-record={name},{','.join(each)}" for name, each in INSIDE.items()]
    listeners = Listeners()
    with contextlib.ExitStack() as servers:
        for text in FAMILIES.values():
            for number in (DNS, OTHER_DNS):
                servers.enter_context(serving(text.format(number), *records))
            for number in NAMES.values():
                listeners.listen(text.format(number), "outside", text.format(number), PORT)
        try:
            yield listeners
        finally:
            listeners.close()


def wait_for_answer(netns: str, name: str, kind: str, address: str) -> None:
    """Look a name up until the answer has this address."""
    wait_until(lambda: address in look_up(netns, f"{name}.", kind))


def look_up_all(netns: str) -> None:
    """Look all names up; each is answered, whether a policy names it or not."""
    for kind, text in FAMILIES.items():
        for name, number in NAMES.items():
            wait_for_answer(netns, name, kind, text.format(number))


def list_learned(kind: str = "dns") -> set[str]:
    """The addresses in the sets of names, or with ``used`` the pairs of those in use."""
    found: set[str] = set()
    objects = json.loads(sh("nft -j list table inet redblue_netns_policy"))["nftables"]
    for item in objects:
        nft_set = item.get("set", {})
        if nft_set.get("name", "").startswith(f"{kind}-"):
            for element in nft_set.get("elem", ()):
                value = element["elem"]["val"]
                found.add(value if isinstance(value, str) else " ".join(value["concat"]))
    return found


def list_reached(listeners: Listeners, netns: str) -> set[str]:
    """The names whose web server a member reaches; both families tell the same."""
    reached = []
    for text in FAMILIES.values():
        found = set()
        for name, number in NAMES.items():
            address = text.format(number)
            if listeners.connect(netns, address, PORT):
                found.add(name)
        reached.append(found)
    assert reached[0] == reached[1]
    return reached[0]

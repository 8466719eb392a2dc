# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link types that some kernels lack: tested with packets, or refused for the missing type."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host import kernel_features
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    Refused,
)

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.kernel_link_types import UNSUPPORTED, has_type, need_type
from support.links import RED_AND_BLUE, link_in_each, show_link
from support.netns import write_sysctl
from support.pings import ping, reaches
from support.private_host import private_host
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

MAKE: dict[str, dict[str, Any]] = {
    "dummy": {},
    "ifb": {},
    "ipvlan": {"link": "eth0"},
    "macvlan": {"link": "eth0"},
    "tap": {},
    "tun": {},
    "vlan": {"link": "eth0", "id": 5},
    "vrf": {"table": 5},
    "vxlan": {"id": 5},
    "wireguard": {},
}


@pytest.fixture(autouse=True)
def port(host: None) -> None:
    """eth0 of the host, whose peer never answers."""
    ip("link add eth0 type veth peer name switch\nlink set eth0 up\nlink set switch up")


@pytest.mark.parametrize("kind", list(MAKE))
def test_a_link_of_each_type_is_added_or_refused(kind: str) -> None:
    raw = {"name": "leg", "type": kind, **MAKE[kind]}
    if kind == "vrf" and has_type(kind):
        # The kernel adds a policy rule with the first of them, which stays.
        ip("link add first type vrf table 9\nlink del first")
    if kind == "wireguard":
        write_sysctl("net/ipv4/conf/all/send_redirects", 0)  # as the kernel does
    before = take_snapshot()
    if has_type(kind):
        run_as_predicted("netns_link", **raw)
        assert show_link(None, "leg")
        run_as_predicted("netns_link", name="leg", type=kind, state="absent")
    else:
        for check in (True, False):
            with pytest.raises(Refused, match=f"type: '{kind}': {UNSUPPORTED}"):
                run("netns_link", check=check, **raw)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("kind", ["dummy", "vlan", "wireguard"])
def test_a_missing_type_that_is_found_by_the_kernel_is_rolled_back(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if has_type(kind):
        return  # added above
    monkeypatch.setattr(kernel_features, "_CONFIG", "/nonexistent")
    before = take_snapshot()
    with pytest.raises(
        Failed,
        match=(
            f"create {kind} leg.*: this kernel has no links of type {kind} .module .*. "
            f"undone: create namespace red"
        ),
    ):
        run(
            "topology",
            name="lab",
            netns=[{"name": "red"}],
            netns_link=[{"name": "leg", "netns": "red", "type": kind, **MAKE[kind]}],
        )
    assert differences(before, take_snapshot()) == {}


def test_addresses_of_a_dummy_link_are_reachable() -> None:
    need_type("dummy")
    veth = [
        {
            "name": "below",
            "netns": "red",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
    ]
    services = {
        "name": "services",
        "netns": "blue",
        "type": "dummy",
        "addresses": ["10.9.0.1/24", "fd00:9::1/64"],
        "mtu": 1400,
    }
    run_as_predicted(
        "topology",
        **RED_AND_BLUE,
        veth=veth,
        netns_link=[services],
        netns_route=[{"netns": "red", "destination": "10.9.0.0/24", "gateway": "10.0.0.2"}],
    )
    assert reaches("red", "10.9.0.1")
    run_as_predicted("netns_link", name="services", netns="blue", arp=True, txqueuelen=10)


def test_ipvlan_links_reach_each_other_by_mode_and_flags() -> None:
    need_type("ipvlan")
    for mode, flags, together in (
        ("l2", "bridge", True),
        ("l3", "bridge", True),
        ("l3", "private", False),
        ("l3s", "bridge", True),
    ):
        run_as_predicted(
            "topology",
            **RED_AND_BLUE,
            netns_link=link_in_each(type="ipvlan", link="eth0", mode=mode, flags=flags),
        )
        for address in ("10.3.0.2", "fd00:3::2"):
            reached = (reaches if together else ping)("red", address)
            assert reached is together, (mode, flags, address)
    # All ipvlan links of one parent have one mode: a new one takes it, and another mode is refused.
    run("netns_link", name="third", netns="red", type="ipvlan", link="eth0")
    assert "ipvlan  mode l3s" in show_link("red", "third")
    with pytest.raises(
        Conflict,
        match=(
            "mode: 'l2': interface leg in namespace red, which is of topology lab, is on the same "
            "parent and would change with it"
        ),
    ):
        run("netns_link", name="third", netns="red", type="ipvlan", mode="l2")
    run("netns_link", name="third", netns="red", state="absent")
    first, second = link_in_each(type="ipvlan", link="eth0")
    two = [{**first, "mode": "l2"}, {**second, "mode": "l3"}]
    with pytest.raises(
        Refused,
        match=(
            "mode: 'l2': all ipvlan links on one parent have the same mode, and another one is to "
            "have l3"
        ),
    ):
        run("topology", **RED_AND_BLUE, netns_link=two)


CUSTOMERS: Raw = {
    **RED_AND_BLUE,
    "netns_link": [
        {"name": "one", "type": "vrf", "table": 101},
        {"name": "two", "type": "vrf", "table": 102},
    ],
    "veth": [
        {
            "name": f"to-{name}",
            "vrf": vrf,
            "addresses": ["10.3.0.5/24", "fd00:3::5/64"],
            "peer": {"name": "up0", "netns": name, "addresses": [address]},
        }
        for name, vrf, address in (
            ("red", "one", "10.3.0.1/24"),
            ("blue", "two", "10.3.0.2/24"),
        )
    ],
    "netns_route": [
        {"destination": "10.8.0.0/16", "gateway": "10.3.0.1", "device": "to-red", "table": 101}
    ],
}
"""Two customers with the same network: each is reached by its own interface, with routes in its
own table.
"""


def test_a_vrf_separates_networks_with_the_same_addresses() -> None:
    need_type("vrf")
    lab = CUSTOMERS
    run_as_predicted("topology", **lab)
    for vrf, near, far in (("one", "10.3.0.1", "10.3.0.2"), ("two", "10.3.0.2", "10.3.0.1")):
        assert reaches(None, near, "-I", vrf) and not ping(None, far, "-I", vrf)
    built = take_snapshot()
    run_as_predicted(
        "topology",
        **{
            **lab,
            "veth": [{**lab["veth"][0], "vrf": None, "addresses": ["10.4.0.5/24"]}, lab["veth"][1]],
            "netns_route": [],
        },
    )
    run_as_predicted("topology", **lab)
    moved = {**lab["veth"][0], "vrf": "two", "addresses": ["10.4.0.5/24", "fd00:4::5/64"]}
    for number in range(4):
        message = fail_at_change(
            number, INTERRUPT, **{**lab, "veth": [moved, lab["veth"][1]], "netns_route": []}
        )
        assert "could not be undone" not in message
        assert differences(built, take_snapshot()) == {}, number
    with pytest.raises(
        Refused, match="addresses: '10.3.0.9/24': overlaps 10.3.0.0/24 on to-red on the host"
    ):
        more = {"name": "more", "vrf": "one", "addresses": ["10.3.0.9/24"]}
        run("topology", **{**lab, "veth": [*lab["veth"], {**more, "peer": {"name": "more-far"}}]})
    run_as_predicted("netns_link", name="two", state="absent")
    assert "master" not in show_link(None, "to-blue").split("link/ether")[0]
    run_as_predicted("topology", name="lab", state="absent")


def test_a_router_in_a_namespace_has_a_vrf_for_each_customer() -> None:
    need_type("vrf")
    customers = {"c1": "one", "c2": "two"}
    addresses = {"10.0.0.1": "10.0.0.2/24", "fd00::1": "fd00::2/64"}
    lab: Raw = {
        "name": "lab",
        "netns": [{"name": name} for name in ("pe", *customers)],
        "netns_link": [
            {"name": vrf, "netns": "pe", "type": "vrf", "table": 10 + number}
            for number, vrf in enumerate(customers.values())
        ],
        "veth": [
            {
                "name": f"to-{name}",
                "netns": "pe",
                "vrf": vrf,
                "addresses": ["10.0.0.1/24", "fd00::1/64"],
                "peer": {"name": "eth0", "netns": name, "addresses": [*addresses.values()]},
            }
            for name, vrf in customers.items()
        ],
        "netns_route": [
            {"netns": name, "destination": "default", "gateway": gateway}
            for name in customers
            for gateway in addresses
        ],
    }
    run_as_predicted("topology", **lab)
    for name in customers:
        assert all(reaches(name, gateway) for gateway in addresses)
    seen = gather_info()["topology"]
    assert run("topology", **{**seen, "name": "lab", "purge": True})["actions"] == []
    run_as_predicted("topology", name="lab", state="absent")


def test_info_and_commands_of_all_types_reproduce_them() -> None:
    kinds = [kind for kind in MAKE if has_type(kind)]
    raw = {
        **RED_AND_BLUE,
        "netns_link": [
            {"name": f"{kind}0", "netns": "red", "type": kind, **MAKE[kind]} for kind in kinds
        ],
    }
    if has_type("ipvlan"):
        # A link is the parent of one of the two types only.
        raw["veth"] = [{"name": "other", "peer": {"name": "other-far"}}]
        next(link for link in raw["netns_link"] if link["type"] == "ipvlan")["link"] = "other"
    done = run("topology", **raw)
    built = take_snapshot()
    seen = gather_info()["topology"]
    assert sorted(link["type"] for link in seen["netns_link"]) == sorted(kinds)
    for check in (True, False):
        assert run("topology", check=check, **{**seen, "name": "lab"})["actions"] == []
    with private_host():
        ip("link add eth0 type veth peer name switch\nlink set eth0 up\nlink set switch up")
        commands = [line for line in done["commands"] if not line.startswith("wg ")]
        subprocess.run(["bash", "-eu"], input="\n".join(commands), text=True, check=True)
        assert differences(without_random_macs(built), without_random_macs(take_snapshot())) == {}


def without_random_macs(snapshot: dict[str, object]) -> dict[str, object]:
    """Return the snapshot without random MAC addresses: those of the port and of links that
    share them.
    """
    return {
        name: [
            line
            for line in lines
            if "eth0" not in line and "switch" not in line and "@if" not in line
        ]
        if isinstance(lines, list)
        else lines
        for name, lines in snapshot.items()
    }

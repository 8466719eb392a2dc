# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the encrypted packets of a WireGuard link travel: the kernel does not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.kernel_link_types import need_type
from support.links import RED_AND_BLUE
from support.netns import in_netns
from support.shell import sh
from support.tasks import Raw, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("host")

PORT = 51820
PLACES = [None, "red", "blue"]


@pytest.fixture(autouse=True)
def _kernel_with_wireguard() -> None:
    need_type("wireguard")


def listening() -> list[str | None]:
    """Where the kernel has a UDP socket on the port of the tunnel."""
    found: list[str | None] = []
    for netns in PLACES:
        with in_netns(netns):
            lines = Path("/proc/thread-self/net/udp").read_text("ascii").splitlines()[1:]
        if any(line.split()[1].endswith(f":{PORT:04X}") for line in lines):
            found.append(netns)
    return found


def shown(name: str = "leg") -> list[dict[str, Any]]:
    """The tunnels as netns_info shows them."""
    links = gather_info()["topology"].get("netns_link", ())
    return [link for link in links if link["name"] == name]


def refuse(module: str, **raw: Any) -> str:
    with pytest.raises(Conflict) as refused:
        run(module, **raw)
    return str(refused.value)


def tunnel(netns: str | None, underlay: str | None) -> Raw:
    leg = {"name": "leg", "netns": netns, "type": "wireguard", "listen_port": PORT}
    return {key: value for key, value in {**leg, "link_netns": underlay}.items() if value}


@pytest.mark.parametrize("underlay", PLACES)
@pytest.mark.parametrize("netns", PLACES)
def test_it_is_known_of_links_of_ours(netns: str | None, underlay: str | None) -> None:
    run("topology", **RED_AND_BLUE)
    link = tunnel(netns, underlay)
    run_as_predicted("netns_link", **link)
    assert listening() == [underlay]
    (item,) = shown()
    assert item.get("link_netns") == underlay
    assert not run("netns_link", **item)["changed"]
    # A task that does not name the place leaves the link where it is, and the record as it is.
    run("netns_link", **{**tunnel(netns, None), "mtu": 1300})
    assert shown()[0].get("link_netns") == underlay
    for other in {*PLACES[1:]} - {underlay}:
        message = refuse("netns_link", **{**link, "link_netns": other})
        assert "link_netns" in message and "delete it first" in message
        assert (f"in namespace {underlay}" if underlay else "on the host") in message
    assert shown()[0].get("link_netns") == underlay


@pytest.mark.parametrize("underlay", PLACES)
def test_a_rollback_puts_the_socket_where_it_was(underlay: str | None) -> None:
    lab = {**RED_AND_BLUE, "netns_link": [tunnel("red", underlay)]}
    run("topology", **lab)
    without = {**RED_AND_BLUE, "purge": True}
    for number in range(len(run("topology", check=True, **without)["actions"]) + 1):
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, **without)
        assert listening() == [underlay]
        assert not run("topology", **lab)["changed"]
    run("topology", **without)
    assert listening() == []


def test_it_is_unknown_of_links_of_others() -> None:
    run("topology", **RED_AND_BLUE)
    sh(
        "ip -n blue link add leg netns red type wireguard; ip -n red link set leg up; "
        "ip -n red link set leg mtu 1300"
    )
    (item,) = shown()
    assert "link_netns" not in item
    done = run("netns_link", **item)
    assert not done["changed"] and done["warnings"] == []
    for claimed in ("red", "blue"):
        (warning,) = run("netns_link", **{**item, "link_netns": claimed})["warnings"]
        assert "does not tell in which namespace the packets of the tunnel travel" in warning
        assert "link_netns" not in shown()[0]


def test_a_link_whose_namespace_was_replaced_is_refused() -> None:
    lab = {**RED_AND_BLUE, "netns_link": [tunnel("red", "blue")]}
    run("topology", **lab)
    sh("ip netns del blue")
    assert "link_netns" not in shown()[0]
    message = refuse("topology", **lab)
    assert "was created in a namespace that is not there any more" in message
    sh("ip netns add blue")
    assert "link_netns" not in shown()[0]
    assert "delete it first" in refuse("topology", **lab)
    run("netns_link", name="leg", netns="red", state="absent")
    run("topology", **lab)
    assert listening() == ["blue"]


def test_a_renamed_namespace_is_known_by_its_new_name() -> None:
    run("topology", **RED_AND_BLUE)
    run("netns_link", **tunnel("red", "blue"))
    sh("touch /run/netns/navy; mount --bind /run/netns/blue /run/netns/navy; ip netns del blue")
    assert shown()[0]["link_netns"] == "navy"

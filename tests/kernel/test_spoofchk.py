# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option spoofchk: a port accepts no frame with a foreign MAC address."""

from __future__ import annotations

import socket
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.netns import in_netns
from support.patience import patience
from support.shell import ip, replay
from support.snapshot import differences, take_snapshot
from support.tasks import predicted_part, run

TYPE = 0x88B5  # an EtherType for experiments (IEEE 802)


def lab(switch: str | None, **port: Any) -> dict[str, Any]:
    """Red and blue on a bridge, in the namespace ``switch`` or on the host, red's port with
    these options.
    """
    legs = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"192.168.15.{number}/24"],
            "peer": {"name": f"{name}0", "netns": switch, "bridge": "v-net-0", **options},
        }
        for number, (name, options) in enumerate((("red", port), ("blue", {})), 1)
    ]
    names = ["red", "blue", *([switch] if switch else [])]
    return {
        "name": "lab",
        "netns": [{"name": name} for name in names],
        "linux_bridge": [{"name": "v-net-0", "netns": switch}],
        "veth": legs,
    }


def mac(netns: str) -> str:
    return subprocess.run(
        ["ip", "-n", netns, "-br", "link", "show", "eth0"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[2]


def receives_frame(source: str) -> bool:
    """Whether blue receives a frame from red with that source address, before the next one
    with red's own.
    """
    with (
        in_netns("blue"),
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(TYPE)) as ear,
    ):
        ear.bind(("eth0", TYPE))
        ear.settimeout(patience(10))
        head = "f" * 12 + "{}" + f"{TYPE:04x}"
        tried, last = (
            bytes.fromhex(head.format(address.replace(":", ""))) + word.ljust(46)
            for address, word in ((source, b"try"), (mac("red"), b"last"))
        )
        with in_netns("red"), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as mouth:
            mouth.bind(("eth0", 0))
            mouth.send(tried)
            mouth.send(last)
        first = ear.recv(100)
        assert first in (tried, last)
        return first == tried


FOREIGN = "02:00:00:00:00:99"


@pytest.mark.parametrize("switch", [None, "switch"])
def test_only_frames_with_the_mac_of_the_peer_pass(host: None, switch: str | None) -> None:
    before = take_snapshot()
    run("topology", **lab(switch))
    assert receives_frame(mac("red")) and receives_frame(FOREIGN)
    checked = lab(switch, spoofchk=True)
    foreseen = run("topology", check=True, **checked)
    done = run("topology", **checked)
    assert predicted_part(foreseen) == predicted_part(done) and len(done["actions"]) == 1
    assert not run("topology", **checked)["changed"]
    assert receives_frame(mac("red")) and not receives_frame(FOREIGN)
    assert not run("topology", **lab(switch))["changed"], (
        "an option that is left out leaves it as it is"
    )
    assert run("topology", **lab(switch, spoofchk=False))["changed"]
    assert receives_frame(FOREIGN)
    assert not run("topology", **lab(switch, spoofchk=False))["changed"]
    run("topology", **checked)
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_the_rule_follows_the_mac_and_goes_with_the_port(host: None) -> None:
    run("topology", **lab(None, spoofchk=True))
    topology = lab(None, spoofchk=True)
    topology["veth"][0]["mac"] = FOREIGN
    old = mac("red")
    run("topology", **topology)
    assert receives_frame(FOREIGN) and not receives_frame(old)
    assert run("veth", name="red0", state="absent")["changed"]
    assert (
        "guarded"
        not in subprocess.run(
            ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
        ).stdout
    )
    ip("link add red0 type veth peer name eth0 netns red\nlink set red0 up master v-net-0")
    ip("link set eth0 up", "-n", "red")
    assert receives_frame(FOREIGN) and receives_frame(mac("red"))


@pytest.mark.parametrize(
    "damage",
    [
        (
            'nft delete element bridge redblue_netns allowed \'{ "red0" . '
            "'$(ip -n red -br link show eth0 | awk '{print $3}')' }'"
        ),
        "nft flush chain bridge redblue_netns prerouting",
        "nft delete table bridge redblue_netns",
    ],
)
def test_damaged_rules_are_repaired(host: None, damage: str) -> None:
    run("topology", **lab(None, spoofchk=True))
    built = subprocess.run(
        ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
    ).stdout
    subprocess.run(["bash", "-euc", damage], check=True)
    assert run("topology", check=True, **lab(None, spoofchk=True))["changed"]
    assert run("topology", **lab(None, spoofchk=True))["changed"]
    assert (
        subprocess.run(
            ["nft", "list", "ruleset"], check=True, capture_output=True, text=True
        ).stdout
        == built
    )


def test_the_returned_commands_have_the_same_effect(host: None) -> None:
    run("topology", **lab("switch"))
    replay(run("topology", check=True, **lab("switch", spoofchk=True))["commands"])
    assert not run("topology", **lab("switch", spoofchk=True))["changed"]
    replay(run("topology", check=True, **lab("switch", spoofchk=False))["commands"])
    assert not run("topology", **lab("switch", spoofchk=False))["changed"] and receives_frame(
        FOREIGN
    )


def test_a_table_of_our_name_without_our_comment_is_a_conflict(host: None) -> None:
    subprocess.run(
        ["nft", "-f", "-"],
        input="table bridge redblue_netns { set guarded { type ifname; }\n}\n",
        text=True,
        check=True,
    )
    with pytest.raises(Conflict, match="has no mark"):
        run("topology", **lab(None, spoofchk=True))

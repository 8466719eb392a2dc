# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links are read by the layout of their message: no layout is mistaken for another."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._netlink import uapi
from ansible_collections.redblue.netns.plugins.module_utils._netlink.attributes import (
    pack_attribute,
    read_attributes,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.link_queries import (
    PORT_FLAG_ATTRIBUTES,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.link_replies import (
    LinkReply,
    read_link,
    read_missing_carrier,
    read_port_state,
)
from hypothesis import given
from hypothesis import strategies as some

NUMBERS: dict[str, int] = vars(uapi)
SETTINGS = 60
"""How many kernel parameters a link has."""


def number(value: int) -> bytes:
    return struct.pack("=I", value)


def nest(**inner: bytes) -> bytes:
    return b"".join(pack_attribute(NUMBERS[name], payload) for name, payload in inner.items())


def message(*attributes: tuple[str, bytes], index: int = 7, flags: int = uapi.IFF_UP) -> bytes:
    """What the kernel would send of a link with these attributes, in this order."""
    body = b"".join(pack_attribute(NUMBERS[name], payload) for name, payload in attributes)
    return bytes(16) + struct.pack("=BxHiII", 0, 1, index, flags, 0) + body


NAME, MTU, MAC = (
    ("IFLA_IFNAME", b"eth0\0"),
    ("IFLA_MTU", number(1400)),
    ("IFLA_ADDRESS", bytes.fromhex("020000000001")),
)


def port(isolated: int) -> tuple[str, bytes]:
    flags = b"".join(
        pack_attribute(attribute, bytes([isolated if name == "isolated" else 1]))
        for name, attribute in PORT_FLAG_ATTRIBUTES.items()
    )
    state = pack_attribute(uapi.IFLA_BRPORT_STATE, b"\3")
    return "IFLA_LINKINFO", nest(
        IFLA_INFO_KIND=b"veth\0",
        IFLA_INFO_SLAVE_KIND=b"bridge\0",
        IFLA_INFO_SLAVE_DATA=state + flags,
    )


def inet6(accept_ra: int) -> tuple[str, bytes]:
    numbers = range(SETTINGS)
    values = struct.pack(
        f"={SETTINGS}i",
        *(accept_ra if number == uapi.DEVCONF_ACCEPT_RA else 1 for number in numbers),
    )
    return "IFLA_AF_SPEC", pack_attribute(
        10, nest(IFLA_INET6_CONF=values, IFLA_INET6_ADDR_GEN_MODE=b"\1")
    )


def test_messages_of_equal_length_with_different_attributes_are_distinguished() -> None:
    with_mtu, with_txqueuelen = message(NAME, MTU), message(NAME, ("IFLA_TXQLEN", number(1400)))
    assert len(with_mtu) == len(with_txqueuelen)
    for _again in range(2):
        assert (read_link(None, with_mtu).link.mtu, read_link(None, with_mtu).link.txqueuelen) == (
            1400,
            None,
        )
        assert (
            read_link(None, with_txqueuelen).link.mtu,
            read_link(None, with_txqueuelen).link.txqueuelen,
        ) == (
            None,
            1400,
        )


def test_an_order_of_its_own() -> None:
    for attributes in ((NAME, MTU, MAC), (MAC, NAME, MTU), (MTU, MAC, NAME)):
        link = read_link("red", message(*attributes)).link
        assert (link.netns, link.name, link.mtu, link.mac) == (
            "red",
            "eth0",
            1400,
            "02:00:00:00:00:01",
        )


def test_links_with_the_same_layout_and_different_values_are_read() -> None:
    seen: list[LinkReply] = []
    for index, (name, mtu, isolated, accept_ra) in enumerate(
        [(b"p1\0", 1500, 0, 0), (b"p2\0", 1500, 0, 0), (b"p3\0", 1500, 1, 0), (b"p4\0", 1400, 0, 2)]
    ):
        attributes = (
            ("IFLA_IFNAME", name),
            ("IFLA_MTU", number(mtu)),
            ("IFLA_MASTER", number(index + 10)),
            port(isolated),
            inet6(accept_ra),
        )
        seen.append(read_link(None, message(*attributes, index=index)))
    assert [
        (
            reply.ifindex,
            reply.master,
            reply.link.name,
            reply.link.mtu,
            reply.link.isolated,
            reply.link.hairpin,
            reply.link.accept_ra,
        )
        for reply in seen
    ] == [
        (0, 10, "p1", 1500, False, True, False),
        (1, 11, "p2", 1500, False, True, False),
        (2, 12, "p3", 1500, True, True, False),
        (3, 13, "p4", 1400, False, True, True),
    ]
    assert all(reply.link.kind == "veth" and reply.link.link_local is False for reply in seen)


def test_flags_are_each_links_own() -> None:
    for flags in (uapi.IFF_UP, 0, uapi.IFF_UP | uapi.IFF_PROMISC):
        link = read_link(None, message(NAME, MTU, flags=flags)).link
        assert (link.up, link.promisc) == (
            bool(flags & uapi.IFF_UP),
            bool(flags & uapi.IFF_PROMISC),
        )


def test_the_state_of_a_port() -> None:
    assert read_port_state(message(NAME, port(0))) == (7, "forwarding", 0)
    assert read_port_state(message(NAME)) is None


def test_a_link_without_carrier() -> None:
    assert read_missing_carrier(message(NAME, flags=uapi.IFF_UP)) == 7
    assert read_missing_carrier(message(NAME, flags=uapi.IFF_UP | uapi.IFF_LOWER_UP)) is None
    assert read_missing_carrier(message(NAME, flags=0)) is None


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_message_that_is_cut_off(cut: int) -> None:
    topology = message(NAME, MTU)
    assert read_link(None, topology[:-cut]).link.name == "eth0"


@given(
    some.lists(
        some.tuples(
            some.sampled_from(
                ["IFLA_MTU", "IFLA_TXQLEN", "IFLA_GROUP", "IFLA_LINK", "IFLA_MASTER"]
            ),
            some.integers(0, 3),
        ),
        max_size=6,
    )
)
def test_attributes_that_are_present_are_read(given_numbers: list[tuple[str, int]]) -> None:
    data = message(NAME, *((name, number(value)) for name, value in given_numbers))
    answer, found = (
        read_link(None, data),
        {n: int.from_bytes(payload, "little") for n, payload in read_attributes(data, 32).items()},
    )
    decoded = (answer.link.mtu, answer.link.txqueuelen, answer.iflink, answer.master)
    assert decoded == (
        found.get(NUMBERS["IFLA_MTU"]),
        found.get(NUMBERS["IFLA_TXQLEN"]),
        found.get(NUMBERS["IFLA_LINK"], 0),
        found.get(NUMBERS["IFLA_MASTER"], 0),
    )

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A namespace in the place of one that is gone, so that plugins of CNI can undo what they did.

The plugins bridge and ptp take the addresses whose masquerading they end from the interface.
Without it they would leave the rules on the host.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from .._model.cni_results import list_addresses
from .._model.links import Link
from .._netlink.addresses import add_address
from .._netlink.link_queries import get_link
from .._netlink.link_replies import read_link
from .._netlink.link_requests import create_veth
from .._netlink.socket import Socket
from .netns import inside_new_netns, open_own_netns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.cni import CniAttachment

_PEER = "peer"


@contextlib.contextmanager
def stand_in_netns(attachment: CniAttachment) -> Iterator[str]:
    """The path of a namespace with an interface that has the addresses of an attachment.

    It has no name, and ends with the block. The path is empty if there is nothing to undo by it.
    """
    addresses = list_addresses(attachment.result, attachment.netns, attachment.ifname)
    if not addresses or attachment.ifname == "lo":
        yield ""
        return
    with inside_new_netns():
        _create_interface(attachment.ifname, addresses)
        descriptor = open_own_netns()
    try:
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _create_interface(ifname: str, addresses: list[str]) -> None:
    peer = _PEER if ifname != _PEER else f"{_PEER}0"
    with contextlib.closing(Socket()) as socket:
        (created, found) = socket.send(
            [create_veth(Link(None, ifname), Link(None, peer), None), get_link(ifname)]
        )
        created.check()
        index = read_link(None, found.messages[0]).ifindex
        for reply in socket.send([add_address(index, address) for address in addresses]):
            reply.check()

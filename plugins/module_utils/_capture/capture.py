# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures packets, alone or while something sends them."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Callable, TypeVar

from .._host.netns import inside_netns
from .._host.programs import find
from .._model.captures import ANY_INTERFACE
from .._model.errors import Refused
from .._model.text import escape_name
from .conversations import Conversations
from .pcap import read_link_type, read_packets
from .pcapng import write_pcapng
from .tcpdump import PROGRAM, Tcpdump, check_filter

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.captures import CaptureRequest, Conversation, Recording

_AFTER_WORK = 0.25
"""Seconds for the last packets of connections, which nobody waits for."""

T = TypeVar("T")


class Capture:
    """A capture in a namespace: its limits, and where it is made."""

    def __init__(self, handle: NetnsHandle, request: CaptureRequest) -> None:
        self.request = request
        self._netns = handle.descriptor
        self._names = self._list_interfaces()

    def _list_interfaces(self) -> dict[int, str]:
        with inside_netns(self._netns):
            listed = socket.if_nameindex()
        return {index: escape_name(name) for index, name in listed}

    def check(self, assume: bool) -> None:
        """Check that it can be made.

        :param assume: whether an interface that is missing may have been created by an earlier
            task, or tcpdump been installed.
        :raises Refused: the interface does not exist, or the filter cannot be compiled.
        :raises Failed: tcpdump is not installed.
        """
        interface = self.request.interface
        is_missing = interface not in (ANY_INTERFACE, *self._names.values())
        if is_missing and not assume:
            known = ", ".join([ANY_INTERFACE, *sorted(self._names.values())])
            raise Refused("interface", interface, f"does not exist there (interfaces: {known})")
        if not is_missing and self.request.expression and not (assume and find(PROGRAM) is None):
            check_filter(self._netns, self.request)

    def record(self, work: Callable[[], T] | None) -> tuple[Recording, T | None]:
        """Capture until a limit is reached, or until the work is done.

        :raises Failed: tcpdump is not installed, or cannot capture.
        """
        tcpdump = Tcpdump(self._netns, self.request)
        try:
            result = None if work is None else work()
            if work is None:
                tcpdump.wait()
            else:
                time.sleep(_AFTER_WORK)
            tcpdump.drain()
            return tcpdump.finish("seconds" if work is None else "probes"), result
        finally:
            tcpdump.close()

    def read(self, recording: Recording) -> tuple[bytes, list[Conversation], int]:
        """Return a pcapng file, the conversations, and the number of packets.

        :raises Failed: tcpdump wrote something else.
        """
        names = {**self._list_interfaces(), **self._names}
        link_type = read_link_type(recording.content)
        conversations = Conversations(link_type, names, self.request.interface)
        packets = [(conversations.add(one), one) for one in read_packets(recording.content)]
        content = write_pcapng(self.request, recording, link_type, packets)
        return content, conversations.list_all(), len(packets)

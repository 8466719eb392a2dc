# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures: from the options of netns_capture.

Whether the namespace and the interface exist, and whether the filter can be compiled, is found out
on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.captures import ANY_INTERFACE, CaptureRequest
from .._model.errors import Refused
from .._params.names import check_link_name, check_range
from .probes import check_netns_or_path, check_probe_count, parse_probe_list

if TYPE_CHECKING:
    from .._model.probes import Probe
    from .._params.specs.netns_capture import NetnsCaptureParams

_MIN_SIZE, _MAX_SIZE = 4096, 64 << 20
_MAX_PACKETS = 1_000_000
_MIN_SECONDS, _MAX_SECONDS = 0.1, 3600.0
_MIN_SNAPLEN, _MAX_SNAPLEN = 64, 262144
_MAX_FILTER = 4096


def parse_capture(params: NetnsCaptureParams) -> tuple[CaptureRequest, list[Probe]]:
    """Return what to capture, and the probes to run meanwhile.

    :raises Refused: an option breaks a rule.
    """
    check_range("size", params["size"], _MIN_SIZE, _MAX_SIZE)
    check_range("packets", params["packets"], 1, _MAX_PACKETS)
    check_range("snaplen", params["snaplen"], _MIN_SNAPLEN, _MAX_SNAPLEN)
    if not _MIN_SECONDS <= params["seconds"] <= _MAX_SECONDS:
        rule = f"is not a number of seconds between {_MIN_SECONDS:g} and {_MAX_SECONDS:g}"
        raise Refused("seconds", params["seconds"], rule)
    if params["dest"] is not None and not params["dest"].strip():
        raise Refused("dest", params["dest"], "is empty; omit the option to keep no file")
    request = CaptureRequest(
        check_netns_or_path("netns", params["netns"]),
        _check_interface(params["interface"], params["promisc"]),
        _check_filter(params["filter"]),
        params["size"],
        params["packets"],
        params["seconds"],
        params["snaplen"],
        params["promisc"],
    )
    return request, check_probe_count("probes", parse_probe_list(params["probes"] or ()))


def _check_interface(name: str, promisc: bool) -> str:
    if name == ANY_INTERFACE and promisc:
        raise Refused("promisc", True, "is not supported for all interfaces; name one in interface")
    return name if name in (ANY_INTERFACE, "lo") else check_link_name("interface", name)


def _check_filter(expression: str | None) -> str:
    text = (expression or "").strip()
    if len(text) > _MAX_FILTER or not text.isprintable():
        rule = f"is not a pcap filter of at most {_MAX_FILTER} printable characters"
        raise Refused("filter", expression, rule)
    return text

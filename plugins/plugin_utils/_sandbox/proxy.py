# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy by which a sandbox reaches the Web. Pure."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from .._bridge_lab.options import read_text

_VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_FORM = "is not http://ADDRESS:PORT, with an IP address and the port of the proxy"


class Proxy(NamedTuple):
    """Where a proxy listens, and its URL."""

    url: str
    address: str
    port: int

    def environment(self) -> dict[str, str]:
        """The variables by which programs know the proxy."""
        return dict.fromkeys(_VARIABLES, self.url)


def read_proxy(value: Any) -> Proxy | None:
    """The proxy of a URL; None without one. Its address is in the policy, so no name will do.

    :raises Refused: the URL has another form. The message never contains it: it may have a
        password.
    """
    if value is None:
        return None
    text = read_text("proxy", value)
    try:
        parts = urlsplit(text)
        address = str(ipaddress.ip_address(parts.hostname or ""))
        port = parts.port
    except ValueError as error:
        raise Refused("proxy", None, _FORM) from error
    if parts.scheme != "http" or not port or parts.path.strip("/") or parts.query:
        raise Refused("proxy", None, _FORM)
    return Proxy(text, address, port)

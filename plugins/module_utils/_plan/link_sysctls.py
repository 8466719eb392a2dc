# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of links that are kernel parameters too: what the task says of these counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.links import describe_link
from .._model.errors import Refused
from .._model.netns import Sysctl

if TYPE_CHECKING:
    from .._model.links import Link
    from .projection import Projection

_CONF = "net/ipv6/conf"
_PARAMETERS = {
    "accept_ra": ("accept_ra",),
    "accept_dad": ("accept_dad",),
    # A secret switches the mode on.
    "link_local": ("addr_gen_mode", "stable_secret"),
}
"""The parameters that set an attribute of a link."""


def yield_to_sysctls(projection: Projection, wanted: Link, defaults: dict[str, Any]) -> None:
    """Take those of the defaults away of which the task sets the kernel parameter.

    A parameter of ``default`` counts as well: it is that of new links, and a link that this
    collection made gets it later in the same way.

    :raises Refused: if the task sets an option of the link otherwise.
    """
    sysctls = projection.request.sysctls
    for attribute, parameters in _PARAMETERS.items():
        keys = [f"{_CONF}/{wanted.name}/{parameter}" for parameter in parameters]
        values = [sysctls.get((wanted.netns, key)) for key in keys]
        if values[0] is not None:
            _check_same(wanted, attribute, keys[0], values[0])
        if any(value is not None for value in values):
            defaults.pop(attribute, None)
        elif attribute in defaults and not wanted.bridge and getattr(wanted, attribute) is None:
            value = _value_for_links(projection, wanted.netns, parameters[0])
            if value is not None:
                del defaults[attribute]
                inherited = Sysctl(wanted.netns, keys[0], value)
                projection.inherited_sysctls[wanted.netns, keys[0]] = inherited
    if defaults.get("link_local") is False and _learns_addresses(projection, wanted):
        defaults["link_local"] = True


def _learns_addresses(projection: Projection, wanted: Link) -> bool:
    """Whether the task has a link accept router advertisements. It needs an address to ask from."""
    key = (wanted.netns, f"{_CONF}/{wanted.name}/accept_ra")
    inherited = projection.inherited_sysctls.get(key)
    value = projection.request.sysctls.get(key, inherited and inherited.value)
    return not wanted.bridge and value not in (None, "0")


def _value_for_links(projection: Projection, netns: str | None, parameter: str) -> str | None:
    """The value that the task sets for links in general."""
    sysctls = projection.request.sysctls
    value = sysctls.get((netns, f"{_CONF}/default/{parameter}"))
    if value is None and parameter == "addr_gen_mode":
        value = sysctls.get((netns, f"{_CONF}/all/{parameter}"))
    return value


def _check_same(wanted: Link, attribute: str, key: str, value: str) -> None:
    """Check that an option of a link does not say the opposite of its parameter."""
    option = getattr(wanted, attribute)
    if attribute == "link_local" and option is not None and option != (value != "1"):
        raise Refused(
            f"sysctls.{key.replace('/', '.')}",
            value,
            f"link_local of {describe_link(wanted)} is {str(option).lower()}; set one of them",
        )

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter prerequisites: the packages that a host needs, by its /etc/os-release. Pure."""

from __future__ import annotations

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.redblue.netns.plugins.module_utils._model.packages import (
    DNSMASQ,
    IPROUTE2,
    IPTABLES,
    NFTABLES,
    PYROUTE2,
    TCPDUMP,
    Distribution,
    parse_os_release,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe

_BACKENDS = {"auto": NFTABLES, "nftables": NFTABLES, "iptables": IPTABLES}
_HINT = "set prerequisites_pyroute2 to false if no topology needs it"


def _find_error(distribution: Distribution, tools: list[str]) -> str:
    """Why the packages cannot be installed; empty if they can."""
    if distribution.family is None:
        return (
            f"the packages of {distribution.name} are not known to this role; "
            f"install {', '.join(tools)} from its packages"
        )
    old = distribution.old_pyroute2
    if old and PYROUTE2 in tools:
        return (
            f"the package {distribution.package_of(PYROUTE2)} of {distribution.name} "
            f"{distribution.version} is pyroute2 {old}, and 0.7.2 or newer is required; "
            f"install pyroute2 with pip for the Python of the host, or {_HINT}"
        )
    return ""


def _read_bool(option: str, value: Any) -> bool:
    """A boolean as users write it: with -e on the command line it is a string."""
    try:
        return bool(boolean(value))
    except TypeError as error:
        message = f"prerequisites: {option}: {value!r}: is not true or false"
        raise AnsibleFilterError(message) from error


def prerequisites(
    os_release: Any,
    backend: str = "auto",
    pyroute2: Any = True,
    update_cache: Any = None,
    tcpdump: Any = False,
    dnsmasq: Any = False,
) -> dict[str, Any]:
    """The names of packages for a host.

    :param os_release: the text of the host's /etc/os-release.
    :param update_cache: whether to download the index of packages; None: as the distribution needs.
    :param dnsmasq: whether topologies have name servers.
    :raises AnsibleFilterError: the input is no text, the backend is unknown, or an option is not
        true or false.
    """
    if not isinstance(os_release, str):
        raise AnsibleFilterError("prerequisites: the input is not the text of /etc/os-release")
    if backend not in _BACKENDS:
        known = ", ".join(_BACKENDS)
        raise AnsibleFilterError(f"prerequisites: backend: {backend!r}: is not one of {known}")
    with_pyroute2 = _read_bool("pyroute2", pyroute2)
    with_tcpdump = _read_bool("tcpdump", tcpdump)
    with_dnsmasq = _read_bool("dnsmasq", dnsmasq)
    refresh = None if update_cache is None else _read_bool("update_cache", update_cache)
    distribution = parse_os_release(os_release)
    tools = [IPROUTE2, _BACKENDS[backend]]
    optional = ((PYROUTE2, with_pyroute2), (TCPDUMP, with_tcpdump), (DNSMASQ, with_dnsmasq))
    tools += [tool for tool, wanted in optional if wanted]
    error = _find_error(distribution, tools)
    if error:
        # Names in it come from the host, and Ansible must not render them as templates.
        return {"error": mark_unsafe(escape_text(error))}
    packages = [distribution.package_of(tool) for tool in tools]
    return {
        "packages": packages,
        "update_cache": distribution.needs_refresh if refresh is None else refresh,
    }


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"prerequisites": prerequisites}

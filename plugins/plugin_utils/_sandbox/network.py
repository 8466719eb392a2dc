# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network of a sandbox: one namespace that reaches only what is listed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.addresses import check_address

from .._bridge_lab.lab import LabOptions, LabTopology, compose_lab
from .._bridge_lab.options import Item, read_list, read_text
from .._bridge_lab.policies import read_policies

if TYPE_CHECKING:
    from .proxy import Proxy

_DNS_PORT = 53
_NAMES = {
    "policy[0].egress": "allow",
    "policy[0].ingress": "accept",
    "policy[0].refuse": "refuse",
}
"""The options of a policy, and those of a sandbox that they are made of."""


class SandboxTopology(LabTopology):
    """The options of the module topology for a sandbox."""

    policy: list[Item]
    dns: Any


class SandboxOptions(NamedTuple):
    """What a user gave, before it is read, but for the proxy."""

    name: Any
    bridge: Any
    network: Any
    allow: Any
    accept: Any
    nameservers: Any
    proxy: Proxy | None
    refuse: Any
    out_interface: Any
    address_sets: Any
    backend: Any


def compose_sandbox(options: SandboxOptions) -> SandboxTopology:
    """A namespace on a bridge of its own, and the policy that closes it.

    :raises Refused: with the path of the option that is wrong.
    """
    name = read_text("name", options.name)
    nameservers = _read_nameservers(options.nameservers)
    allowed = read_list("allow", options.allow)
    by_name = _has_names(allowed)
    # A DNS server of the sandbox queries them, so that it knows the addresses of the names.
    dns: Any = {"upstream": nameservers or ["host"]} if by_name else False
    nameservers = [] if by_name else nameservers
    policy: Item = {
        "name": name,
        "netns": [name],
        "ingress": read_list("accept", options.accept),
        "egress": [*allowed, *_reach_nameservers(nameservers), *_reach_proxy(options.proxy)],
        "refuse": options.refuse,
    }
    namespace: Item = {"name": name, **({"nameservers": nameservers} if nameservers else {})}
    lab = compose_lab(
        LabOptions(
            namespaces=[namespace], name=name, bridge=options.bridge, network=options.network,
            gateway=None, routes=None, masquerade=True, forwards=[], switch_netns=None,
            out_interface=options.out_interface, in_interface=None, backend=options.backend,
        )
    )  # fmt: skip
    _check_policy(policy, options.address_sets)
    return {**lab, "policy": [policy], "dns": dns}


def _has_names(allowed: list[Any]) -> bool:
    """Whether a rule lets through to a DNS name. Other rules are checked later."""
    peers = [each for rule in allowed if isinstance(rule, dict) for each in rule.get("to") or ()]
    return any(isinstance(each, dict) and each.get("dns") is not None for each in peers)


def _read_nameservers(value: Any) -> list[str]:
    return [
        check_address(f"nameservers[{index}]", read_text(f"nameservers[{index}]", text))
        for index, text in enumerate(read_list("nameservers", value))
    ]


def _reach_nameservers(nameservers: list[str]) -> list[Item]:
    if not nameservers:
        return []
    peers = [{"network": address} for address in nameservers]
    return [{"to": peers, "protocol": name, "ports": [_DNS_PORT]} for name in ("udp", "tcp")]


def _reach_proxy(proxy: Proxy | None) -> list[Item]:
    if proxy is None:
        return []
    return [{"to": [{"network": proxy.address}], "protocol": "tcp", "ports": [proxy.port]}]


def _check_policy(policy: Item, address_sets: Any) -> None:
    """Check the entries of the user, and name them as the user does.

    :raises Refused: one of them is not valid.
    """
    try:
        read_policies([policy], address_sets)
    except Refused as error:
        parameter = error.parameter
        for own, given in _NAMES.items():
            if parameter.startswith(own):
                parameter = given + parameter[len(own) :]
        raise type(error)(parameter, error.value, error.rule) from error

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies in a diagram: in the box of each namespace that they are for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._describe.policies import (
    describe_entry,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    EGRESS,
    INGRESS,
    NetworkPolicy,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.policies import (
    parse_policies,
    parse_single_policy,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_policy import (
    NETNS_POLICY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
        ItemLists,
    )

    from .model import Interface, NetnsName


def read_policies(
    info: Mapping[str, Any],
    sources: Sequence[tuple[str, ItemLists]],
    interfaces: Sequence[Interface],
    prefix: str,
) -> Iterator[tuple[NetnsName, str]]:
    """The policies as (namespace, text).

    :param sources: the lists of the topology, if the data is no result of netns_info.
    :raises Refused: a policy is not valid; with the path of the wrong option.
    """
    listed = info.get("policies")
    if listed is None:
        names = dict.fromkeys(each.netns for each in interfaces if each.netns and each.addresses)
        for rule in parse_policies(sources, "", isolate=True):
            if isinstance(rule, NetworkPolicy):
                yield from _describe(rule, [name for name in names if rule.is_for(name)])
        return
    for index, item in enumerate(listed):
        options = validate(
            item["options"], NETNS_POLICY_SPEC, f"{prefix}policies[{index}].options."
        )
        *_sets, policy = parse_single_policy(options, options["topology"])
        if isinstance(policy, NetworkPolicy):
            yield from _describe(policy, _list_members(item["addresses"], interfaces))


def _list_members(addresses: Iterable[str], interfaces: Iterable[Interface]) -> list[NetnsName]:
    known = set(addresses)
    found = [
        each.netns
        for each in interfaces
        if any(text.partition("/")[0] in known for text in each.addresses)
    ]
    return list(dict.fromkeys(found))


def _describe(
    policy: NetworkPolicy, members: Iterable[NetnsName]
) -> Iterator[tuple[NetnsName, str]]:
    texts = []
    for direction, word in ((INGRESS, "in"), (EGRESS, "out")):
        entries = policy.entries(direction)
        if entries is not None:
            rules = "; ".join(describe_entry(direction, entry) for entry in entries)
            texts.append(f"policy {policy.name} {word}: {rules or 'nothing'}")
    for member in members:
        yield from ((member, text) for text in texts)

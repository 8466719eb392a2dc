# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for names of namespaces that containers and processes brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.places import describe_attachment, describe_owner
from .._model.errors import Conflict, Refused
from .._model.netns import Attachment, Netns, StaleName
from .._model.routes import SINGLE_ROUTE, route_protocol
from .link_effects import remove_link
from .namespaces import check_can_create, check_name, check_netns_dir, remove_netns_files
from .phases import Phase
from .physical_links import plan_return_to_host

if TYPE_CHECKING:
    from .projection import Projection


def plan_attached(projection: Projection, wanted: Netns, attachment: Attachment) -> None:
    """Plan to give the namespace of a container or process its name.

    :raises Refused: if there is no such namespace, or if it can get no name from here.
    :raises Conflict: if it has another name, or if the name leads to another namespace.
    """
    name = wanted.name
    target = projection.current.attach_targets[name]
    if target.found is None:
        raise Refused(*_name_option(attachment), target.fault)
    unusable = projection.current.unusable_names.get(name)
    check_name(name, unusable)
    known = projection.namespaces.get(name)
    if known is not None and known.attached is not None:
        _check_same(known.name, known.attached, attachment)
    if target.is_in_place:
        return
    if target.other_name is not None:
        rule = f"its namespace has the name {target.other_name} already; use that name"
        raise Conflict(*_name_option(attachment), rule)
    owner = projection.request.owner
    if known is not None:
        owner = _check_replaceable(projection, known)
    check_can_create(projection, name)
    projection.replace(
        known or (StaleName(name) if unusable else None),
        Netns(name, attached=target.found._replace(owner=owner)),
        Phase.NETNS,
    )
    if known is not None and known.attached is not None:
        projection.builder.warnings.append(
            f"{describe_attachment(known.attached)}, whose namespace had the name {name}, has been "
            "started again since: the name leads to its new namespace, and what this collection "
            "had made in the former one went with it"
        )


def _check_replaceable(projection: Projection, known: Netns) -> str:
    """The owner of a name that leads to the former namespace of what is attached.

    :raises Conflict: if it leads to something else, or belongs to another topology.
    """
    if known.attached is None:
        raise Conflict("name", known.name, "is the name of another namespace; choose another name")
    owner, lab = known.attached.owner or "", projection.request.lab
    if lab is not None and owner != lab:
        what = f"topology {owner}" if owner else "a task of module netns"
        raise Conflict("name", known.name, f"was given by {what}; choose another name")
    return owner


def _check_same(name: str, known: Attachment, wanted: Attachment) -> None:
    if not known.is_of_same(wanted):
        rule = f"is the name of the namespace of {describe_attachment(known)}"
        raise Conflict("name", name, f"{rule}, not of {describe_attachment(wanted)}")


def _name_option(attachment: Attachment) -> tuple[str, Any]:
    """The option that names a container or process, and its value."""
    if attachment.container is None:
        return "attach.pid", attachment.pid
    return "attach.container", attachment.container


def plan_no_attached(projection: Projection, unwanted: Netns, current: Netns) -> None:
    """Plan to take a name away, and what the owner of the plan made in the namespace.

    :raises Conflict: if the name was given to something else, or if others made something there.
    """
    name, known = current.name, current.attached
    if known is None:
        rule = "is a namespace to which this collection did not attach anything; omit attach"
        raise Conflict("name", name, rule)
    if unwanted.attached is not None:
        _check_same(name, known, unwanted.attached)
    check_netns_dir(projection, name)
    if not projection.request.permits("force", unwanted):
        _check_no_others(projection, name)
    for link in projection.links.in_netns(name):
        if link.ref not in projection.links or link.owner is None:
            continue
        if link.saved is not None:
            plan_return_to_host(projection, link)
        else:
            remove_link(projection, link)
    if projection.request.lab is None:
        # Those of a topology are among its orphans.
        protocols = {SINGLE_ROUTE, route_protocol(known.owner or "")}
        for route in tuple(projection.routes.get(name, ())):
            if route.protocol in protocols:
                projection.remove(route, Phase.REMOVE_ROUTE)
    remove_netns_files(projection, name)
    projection.remove(current, Phase.REMOVE_NETNS)


def _check_no_others(projection: Projection, name: str) -> None:
    """Check that no other topology has links in a namespace: nothing would lead to them."""
    others = [
        f"{link.name} ({describe_owner(link)})"
        for link in projection.links.in_netns(name)
        if link.owner is not None and projection.is_foreign(link)
    ]
    if others:
        rule = f"it has interfaces that were not created for it: {', '.join(others)}"
        raise Conflict("name", name, f"{rule}; set force: true to remove it anyway")

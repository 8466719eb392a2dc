# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the files of namespaces in /etc/netns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.netns import HostsFile, Netns, Resolver
from .._model.netns_files import path_of
from .phases import Phase

if TYPE_CHECKING:
    from .._model.netns import NetnsFile
    from .projection import Projection


def plan_resolver(projection: Projection, wanted: Resolver) -> None:
    """Plan the file /etc/netns/NAME/resolv.conf.

    :raises Conflict: if it is a file of someone else, with other contents.
    """
    current = projection.current.resolvers.get(wanted.netns)
    is_equal = current is not None and (
        (current.nameservers, current.search) == (wanted.nameservers, wanted.search)
    )
    _plan_file(projection, wanted, current, is_equal)


def plan_hosts(projection: Projection, wanted: HostsFile) -> None:
    """Plan the file /etc/netns/NAME/hosts.

    :raises Conflict: if it is a file of someone else or of another topology, with other contents.
    """
    current = projection.current.hosts_files.get(wanted.netns)
    is_equal = current is not None and current.entries == wanted.entries
    lab = projection.request.lab
    if current is not None and current.owner not in (None, "", lab) and not is_equal:
        rule = f"{path_of(current)} has the names of topology {current.owner}; list the namespace"
        raise Conflict("hosts", True, f"{rule} in one topology with hosts: true")
    _plan_file(projection, wanted, current, is_equal)


def _plan_file(
    projection: Projection, wanted: NetnsFile, current: NetnsFile | None, is_equal: bool
) -> None:
    if current is not None:
        if is_equal and (current.text is None or current.owner is None):
            return
        if current.owner is None:
            _check_replaceable(projection, wanted, current)
    projection.replace(current, replace(wanted, owner=projection.request.owner), Phase.RESOLVER)


def _check_replaceable(projection: Projection, wanted: NetnsFile, current: NetnsFile) -> None:
    """Check that a file of someone else may be replaced, and that a rollback can restore it."""
    rule = f"{path_of(wanted)} was not written by this collection; "
    if current.text is None:
        rule += "it is no ordinary file of root with mode 0644, so move it away first"
    elif projection.request.permits("force", Netns(wanted.netns)):
        return
    else:
        rule += "set force: true to replace it, or move it away first"
    if isinstance(wanted, Resolver):
        raise Conflict("nameservers", list(wanted.nameservers), rule)
    raise Conflict("hosts", True, rule)


def plan_no_resolver(projection: Projection, unwanted: Resolver) -> None:
    """Plan to remove the resolver configuration that a topology wrote."""
    _plan_no_file(projection, projection.current.resolvers.get(unwanted.netns))


def plan_no_hosts(projection: Projection, unwanted: HostsFile) -> None:
    """Plan to remove the hosts file that a topology wrote."""
    _plan_no_file(projection, projection.current.hosts_files.get(unwanted.netns))


def _plan_no_file(projection: Projection, current: NetnsFile | None) -> None:
    """Plan to remove a file. It may have gone with its namespace already."""
    if current is None or current.owner is None or current.owner != projection.request.lab:
        return
    known = projection.current.namespaces
    if current.netns not in known or current.netns in projection.namespaces:
        projection.remove(current, Phase.REMOVE_RESOLVER)

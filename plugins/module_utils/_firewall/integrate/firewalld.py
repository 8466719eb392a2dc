# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Letting our traffic through firewalld: our interface is bound to its zone ``trusted``, now and for good, for a reload forgets the first.

A binding bears no mark. It is ours when the interface is.
"""

from __future__ import annotations

import contextlib
import re
from typing import Dict, Iterable, List, Optional, Sequence, Set, Tuple

from ..._host.programs import find, run
from ..._model.errors import Failed
from ..._model.nat import BlockingChain, IntegratedFirewall, NatResource
from ..._netlink.link_replies import read_link
from ..._netlink.rtnl_requests import get_link
from ..._netlink.socket import Socket
from ..listing import BINDINGS, FIREWALLD, Listing

PROGRAM, OFFLINE = "firewall-cmd", "firewall-offline-cmd"
ZONE = "trusted"
HOOK_POINT = f"firewalld:{ZONE}"
_BOUND = re.compile(r'<interface name="([^"]+)"')


def _runs(listing: Listing) -> bool:
    """Whether firewalld has its rules in this namespace; only its backend nftables is known."""
    return find(PROGRAM) is not None and FIREWALLD in (listing.tables or ())


def survey(listing: Listing) -> Tuple[Dict[str, List[str]], List[BlockingChain]]:
    """Where it can be told, and that it rejects what is forwarded."""
    if FIREWALLD not in (listing.tables or ()):
        return {}, []
    current = BlockingChain(
        "inet", "filter_FORWARD of table inet firewalld", "firewalld" if _runs(listing) else None
    )
    return ({"firewalld": [HOOK_POINT]} if _runs(listing) else {}), [current]


def _owners(names: Sequence[str]) -> Dict[str, str]:
    """Of these interfaces the ones that bear our mark, with their owner."""
    with contextlib.closing(Socket()) as socket:
        replies = socket.send([get_link(name) for name in names])
    links = [read_link(None, message)[0] for reply in replies for message in reply.messages]
    return {link.name: link.owner for link in links if link.owner is not None}


def _bound() -> Set[str]:
    try:
        with open(BINDINGS, encoding="utf-8") as file:
            return set(_BOUND.findall(file.read()))
    except FileNotFoundError:
        return set()


def observe(
    netns: Optional[str], resources: Sequence[NatResource], listing: Listing
) -> List[IntegratedFirewall]:
    """Who is bound for good; where firewalld runs and does not know of it, the post does not count."""
    del resources  # A binding is for an interface, not for its traffic.
    names = sorted(_bound()) if netns is None else []
    owners = _owners(names) if names else {}
    running = _runs(listing)
    found = []
    for name, owner in owners.items():
        told = (
            not running or run(PROGRAM, [f"--zone={ZONE}", f"--query-interface={name}"]).code == 0
        )
        found.append(
            IntegratedFirewall(None, name, "firewalld", (HOOK_POINT,) if told else (), owner)
        )
    return found


def _names(resources: Sequence[NatResource]) -> Set[str]:
    return {
        resource.interface
        for resource in resources
        if isinstance(resource, IntegratedFirewall) and HOOK_POINT in resource.hook_points
    }


def _steps(before: Sequence[NatResource], after: Sequence[NatResource]) -> List[Tuple[str, str]]:
    gone, come = sorted(_names(before) - _names(after)), sorted(_names(after) - _names(before))
    return [("remove", name) for name in gone] + [("add", name) for name in come]


def replace_rules(
    before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
) -> None:
    """Bind and release, now and for good; where firewalld does not run any more, for good only."""
    for verb, name in _steps(before, after):
        what = f"--{verb}-interface={name}"
        calls = [(PROGRAM, ["--permanent"]), (PROGRAM, [])] if _runs(listing) else [(OFFLINE, [])]
        for program, options in calls:
            # Half of it may have been done already, by a run that failed or by a restart.
            query = run(program, [*options, f"--zone={ZONE}", f"--query-interface={name}"])
            if (query.code == 0) == (verb == "add"):
                continue
            answer = run(program, [*options, f"--zone={ZONE}", what])
            if answer.code:
                raise Failed(f"{program} {' '.join([*options, what])}: {answer.complaint}")


def commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    for verb, name in _steps(before, after):
        for options in ("--permanent ", ""):
            yield f"{prefix}{PROGRAM} {options}--zone={ZONE} --{verb}-interface={name}"

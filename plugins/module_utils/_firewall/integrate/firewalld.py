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
from ..._model.nat import Admitted, NatThing, Obstacle
from ..._netlink.link_replies import read_link
from ..._netlink.rtnl_requests import get_link
from ..._netlink.socket import Socket
from ..listing import BINDINGS, FIREWALLD, Listing

PROGRAM, OFFLINE = "firewall-cmd", "firewall-offline-cmd"
ZONE = "trusted"
POST = f"firewalld:{ZONE}"
_BOUND = re.compile(r'<interface name="([^"]+)"')


def _runs(listing: Listing) -> bool:
    """Whether firewalld has its rules in this namespace; only its backend nftables is known."""
    return find(PROGRAM) is not None and FIREWALLD in (listing.tables or ())


def survey(listing: Listing) -> Tuple[Dict[str, List[str]], List[Obstacle]]:
    """Where it can be told, and that it rejects what is forwarded."""
    if FIREWALLD not in (listing.tables or ()):
        return {}, []
    there = Obstacle(
        "inet", "filter_FORWARD of table inet firewalld", "firewalld" if _runs(listing) else None
    )
    return ({"firewalld": [POST]} if _runs(listing) else {}), [there]


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


def observe(netns: Optional[str], things: Sequence[NatThing], listing: Listing) -> List[Admitted]:
    """Who is bound for good; where firewalld runs and does not know of it, the post does not count."""
    del things  # A binding is for an interface, not for its traffic.
    names = sorted(_bound()) if netns is None else []
    owners = _owners(names) if names else {}
    running = _runs(listing)
    found = []
    for name, owner in owners.items():
        told = (
            not running or run(PROGRAM, [f"--zone={ZONE}", f"--query-interface={name}"]).code == 0
        )
        found.append(Admitted(None, name, "firewalld", (POST,) if told else (), owner))
    return found


def _names(things: Sequence[NatThing]) -> Set[str]:
    return {
        thing.interface for thing in things if isinstance(thing, Admitted) and POST in thing.posts
    }


def _steps(before: Sequence[NatThing], after: Sequence[NatThing]) -> List[Tuple[str, str]]:
    gone, come = sorted(_names(before) - _names(after)), sorted(_names(after) - _names(before))
    return [("remove", name) for name in gone] + [("add", name) for name in come]


def replace_rules(before: Sequence[NatThing], after: Sequence[NatThing], listing: Listing) -> None:
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


def commands(before: Sequence[NatThing], after: Sequence[NatThing], prefix: str) -> Iterable[str]:
    """The same, as a person would type it into bash."""
    for verb, name in _steps(before, after):
        for options in ("--permanent ", ""):
            yield f"{prefix}{PROGRAM} {options}--zone={ZONE} --{verb}-interface={name}"

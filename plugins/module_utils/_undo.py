# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes back what was done, newest first."""

from __future__ import annotations

import errno
from typing import Any, Dict, List, Protocol, Sequence, cast

from ._model import INET6_SETTINGS, PORT_FLAGS, Address, Change, Link, Route, Veth, replace
from ._say import say_change
from ._there import There


class Applies(Protocol):
    """Who applies changes."""

    def apply(self, changes: Sequence[Change], journal: List[Change]) -> None: ...


def _bare(link: Link) -> Link:
    """A link as it is when it has just come, made or moved: all else has to be set again."""
    settings: Dict[str, Any] = dict.fromkeys(INET6_SETTINGS)
    mtu = None if link.kind == "bridge" else link.mtu
    return replace(link, up=False, mtu=mtu, arp=True, promisc=False, bridge="", link_local=None, **PORT_FLAGS, **settings)


def _dress(link: Link) -> List[Change]:
    """From bare to what it was; what a link is told while it is down comes before it is raised."""
    bare, down = _bare(link), replace(link, up=False)
    return [Change(before, after) for before, after in ((bare, down), (down, link)) if before != after]


def _lower(raised: Change, there: There) -> List[Change]:
    """Set down what was raised; with that the kernel drops the IPv6 addresses, which it had while it was down."""
    known = there.links.get(cast(Link, raised.before).place)
    addresses = [address for address in (known.addresses if known else None) or () if ":" in address]
    return [Change(raised.after, raised.before), *(Change(None, Address(known.netns, known.name, address)) for address in addresses if known)]


def inverses(change: Change, there: There) -> List[Change]:
    """The changes that take one back, in their order; ``there`` is what was there before any."""
    back, gone = change.before, change.after
    if isinstance(back, Veth) and gone is None:
        return [Change(None, Veth(_bare(back.end), _bare(back.peer))), *_dress(back.end), *_dress(back.peer)]
    if isinstance(back, Link) and (gone is None or (isinstance(gone, Link) and gone.netns != back.netns)):
        return [Change(gone, _bare(back)), *_dress(back)]
    if isinstance(back, Link) and isinstance(gone, Link) and gone.up and back.up is False:
        return _lower(change, there)
    return [Change(gone, back)]


def _stayed(change: Change, error: BaseException) -> bool:
    """Whether something is there because it had not gone: it would have gone with something else, which was not reached."""
    known = isinstance(change.after, (Address, Route)) and change.before is None
    return known and getattr(error.__cause__, "errno", None) == errno.EEXIST


def undo(host: Applies, journal: Sequence[Change], there: There) -> List[str]:
    """Bring back what was there; what could not be, as sentences."""
    left = [one for change in reversed(journal) for one in inverses(change, there)]
    stuck: List[str] = []
    while left:
        undone: List[Change] = []
        try:
            host.apply(left, undone)
            return stuck
        except Exception as error:  # whatever it is, the rest has to be undone too
            # Changes are done in order, so the first that is not done is the one that failed.
            done = set(map(id, undone))
            left = [change for change in left if id(change) not in done]
            if left:
                stuck += [] if _stayed(left[0], error) else [f"{say_change(left[0])} ({error})"]
                left = left[1:]
    return stuck

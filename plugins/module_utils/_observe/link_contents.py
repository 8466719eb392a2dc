# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others have on the links that a run takes from the host, and gives back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.sysctl import read_sysctl
from .._model.fast_replace import replace
from .._model.forwarding import FORWARDING_ON_BY_US, MARK_VALID_BY_US
from .._model.link_contents import LinkContents
from .._model.links import Link
from .._model.netns import Sysctl
from .raw_selection import select_belonging_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.changes import Change
    from .._model.owner_records import OwnerRecords
    from .._model.raw_state import RawState

_BY_US = {"forwarding": FORWARDING_ON_BY_US, "src_valid_mark": MARK_VALID_BY_US}
_ADDRESS_GENERATION = "net/ipv6/conf/{}/addr_gen_mode"


class TakenContents:
    """The contents of links from the host, as texts by the names that the links have there."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}
        """Of the links that the run takes."""
        self.returned: dict[str, str] = {}
        """Of the links that the run gives back."""

    @property
    def by_name(self) -> dict[str, str]:
        """All of them: a rollback takes again what the run has given back."""
        return {**self.returned, **self.taken}

    def note(
        self,
        changes: Iterable[Change],
        records: OwnerRecords,
        states: Sequence[RawState],
        lost: Sequence[Sysctl],
    ) -> None:
        """Note what the changes take and give back.

        This is called in the namespace of the host.

        :param states: what the namespaces have before the changes.
        :param lost: the kernel parameters that links lose with the changes.
        """
        known = {
            link.saved: link.contents for _netns, link in records.taken_links() if link.contents
        }
        for change in changes:
            before, after = change.before, change.after
            if not isinstance(before, Link) or not isinstance(after, Link):
                continue
            if before.saved is not None and after.saved is None:
                self.returned[before.saved.name] = known.get(before.saved, "")
            elif before.saved is None and after.saved is not None:
                name = after.saved.name
                # One that is only moved on to another namespace keeps what it had.
                text = self.returned.pop(name, None)
                self.taken[name] = _capture(name, states, lost) if text is None else text


def _capture(name: str, states: Sequence[RawState], lost: Sequence[Sysctl]) -> str:
    for state in states:
        if state.netns is None:
            objects = tuple(select_belonging_to(state, {name}))
            sysctls = tuple(_select_sysctls(name, lost))
            if objects or sysctls:
                return LinkContents(replace(state, objects=objects), sysctls).to_text()
    return ""


def _select_sysctls(name: str, lost: Sequence[Sysctl]) -> Iterable[Sysctl]:
    mode = read_sysctl(_ADDRESS_GENERATION.format(name))
    if mode != read_sysctl(_ADDRESS_GENERATION.format("default")):
        yield Sysctl(None, _ADDRESS_GENERATION.format(name), mode)
    for sysctl in lost:
        *_directories, link, parameter = sysctl.key_path.split("/")
        if sysctl.netns is None and link == name and sysctl.value != _BY_US.get(parameter):
            yield sysctl

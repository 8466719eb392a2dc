# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what is set on links: those that impair their packets on purpose, which is easily forgotten."""

from __future__ import annotations

from typing import Iterator, Optional

from ._chart import Chart
from ._draft import say_where
from ._findings import INFO, Finding, say_at
from ._impairment import HANDLES, Impairment, say_impairment
from ._wish import Wish


def check_impairments(wish: Optional[Wish], chart: Chart) -> Iterator[Finding]:
    """Ours but for those that are declared, and others'."""
    declared = {(thing.netns, thing.link) for thing in (wish.present if wish else ()) if isinstance(thing, Impairment)}
    found = {place: (say_impairment(one), "option impairment: {}") for place, one in chart.there.impairments.items() if place not in declared}
    found.update({place: (what, "by whoever put it there") for place, what in chart.there.disciplines.items() if what.split()[0] in HANDLES})
    for place, (what, remedy) in found.items():
        at = "" if place[0] is None else f" -n {place[0]}"
        yield Finding(
            "impaired", INFO, say_at(place), f"what {place[1]} {say_where(place[0])} sends is impaired on purpose: {what}",
            f"tc{at} -s qdisc show dev {place[1]}", f"tc{at} qdisc del dev {place[1]} root ({remedy})",
        )

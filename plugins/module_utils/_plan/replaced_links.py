# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps for links mean for the settings of links: VLANs of ports, and impairments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.kernel_features import FEATURES
from .._model.links import Link, LinkRef, Veth

if TYPE_CHECKING:
    from .projection import Projection


class ReplacedLinks:
    """The places, as (netns, name), at which the links of the current state do not stay.

    Planned when all links are: the settings of such a link are not those of the link that is there
    then.
    """

    def __init__(self, projection: Projection) -> None:
        self.moved: set[LinkRef] = set()
        """A link is created, removed or moved there."""
        self.with_new_bridge: set[LinkRef] = set()
        """As ``moved``, and where a port comes into a bridge or leaves it."""
        for _phase, change in projection.builder.steps:
            before, after = change.before, change.after
            if before is None or after is None:
                pair = before or after
                if isinstance(pair, Veth):
                    self.moved |= {pair.end.ref, pair.peer.ref}
            if not isinstance(before, Link):
                continue
            if not isinstance(after, Link) or after.ref != before.ref:
                self.moved.add(before.ref)
            elif after.bridge not in (None, before.bridge):
                self.with_new_bridge.add(before.ref)
        self.with_new_bridge |= self.moved


def check_feature(
    projection: Projection, feature: str, parameter: str, value: object, link: str
) -> None:
    """Check that the kernel has a feature.

    :param link: the name of the link that needs it, for the message.
    :raises Refused: if it does not.
    """
    if feature in projection.current.missing_features:
        title, option, module = FEATURES[feature]
        reason = f"it was built without {option}"
        if module is not None:
            reason += f", or the module {module} is not installed"
        raise Refused(parameter, value, f"this kernel has no {title}, which {link} needs: {reason}")

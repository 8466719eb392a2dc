# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a new link where the user gives none."""

from __future__ import annotations

from .._model.link_options import LinkOptions, merge_options
from .._model.link_types import LINK_TYPES
from .._model.links import Link, type_name


def with_default_options(wanted: Link, shared: LinkOptions | None) -> LinkOptions | None:
    """The options of a link with the defaults of its type.

    :param shared: the options that all links of this type on its parent have; they precede the
        defaults.
    """
    defaults = shared or LINK_TYPES[type_name(wanted)].defaults
    if defaults is None:
        return wanted.options
    return merge_options(wanted.options or type(defaults)(), defaults)

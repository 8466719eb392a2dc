# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where libcni keeps the results of attachments."""

from __future__ import annotations

import os

from .._model.cni import CONTAINER_PREFIX, RESULTS


def has_own_attachments() -> bool:
    """Whether the names of files there tell of attachments of this collection."""
    try:
        return any(f"-{CONTAINER_PREFIX}" in name for name in os.listdir(RESULTS))
    except OSError:
        return False

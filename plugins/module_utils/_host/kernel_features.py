# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the running kernel supports, as far as files tell.

The kernel itself is not asked, because it would load a module to answer.
"""

from __future__ import annotations

import contextlib
import gzip
import os

from .._model.kernel_features import FEATURES
from .._model.link_types import LINK_TYPES
from .kernel_modules import list_modules
from .tuntap import TUN_DEVICE

_CONFIG = "/proc/config.gz"


def lacks_feature(name: str) -> bool:
    """Whether the running kernel certainly lacks a feature of ``FEATURES``."""
    return _lacks(FEATURES[name].option, FEATURES[name].module)


def lacks_type(kind: str) -> bool:
    """Whether the running kernel certainly lacks links of a kind."""
    return (
        not os.path.exists(TUN_DEVICE)
        if kind == "tun"
        else _lacks(LINK_TYPES[kind].config, LINK_TYPES[kind].module)
    )


def _lacks(option: str, module: str | None) -> bool:
    """Whether it was built without the option, or the module is neither loaded nor installed."""
    if module is not None and os.path.isdir(f"/sys/module/{module}"):
        return False
    built = _read_config(option)
    if built in ("y", "n") or module is None:
        return built == "n"
    known = list_modules()
    return known is not None and module not in known


def _read_config(option: str) -> str | None:
    """y, m or n if the kernel shows its configuration (CONFIG_IKCONFIG_PROC), else None."""
    with contextlib.suppress(OSError), gzip.open(_CONFIG, "rt", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(f"{option}="):
                return line[len(option) + 1 :].strip()
        return "n"
    return None


def find_netns_local_reason(name: str) -> str | None:
    """Why a link of the host cannot leave it, as the end of a sentence; None if nothing is known.

    The interfaces of a Wi-Fi radio move only together, by their radio.
    """
    if os.path.exists(f"/sys/class/net/{name}/phy80211"):
        return (
            "is a Wi-Fi interface, which moves only with its radio: iw phy PHY set netns name NETNS"
        )
    return None

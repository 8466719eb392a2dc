# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route netlink's vocabulary: the numbers and types of its attributes, as pyroute2 knows them. The one file that imports it.

Only the words are taken from there, and without all the rest: ``import pyroute2`` brings asyncio and a database along, which
takes longer than most tasks do. Its encoder and decoder cost 0.2 to 0.5 ms a message, which is most of the time of a
build of a thousand namespaces; packing and unpacking by these tables costs a tenth.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any, Dict, Iterator, Tuple


@contextlib.contextmanager
def _without_its_start() -> Iterator[None]:
    """Let modules of pyroute2 be imported without its ``__init__``, unless somebody else has imported that. They stand alone."""
    found = None if "pyroute2" in sys.modules else importlib.util.find_spec("pyroute2")
    if found is None:
        yield
        return
    bare = ModuleType("pyroute2")
    bare.__path__ = found.submodule_search_locations or []
    sys.modules["pyroute2"] = bare
    try:
        yield
    finally:
        # Whoever imports pyroute2 later gets the whole of it.
        for name in [
            name for name in sys.modules if name == "pyroute2" or name.startswith("pyroute2.")
        ]:
            del sys.modules[name]


try:
    with _without_its_start():
        from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
        from pyroute2.netlink.rtnl.ndmsg import ndmsg
        from pyroute2.netlink.rtnl.rtmsg import rtmsg
    HAS_PYROUTE2 = True
except ImportError:
    HAS_PYROUTE2 = False


@dataclass(frozen=True)
class Words:
    """The attributes of one kind of message or nest: (number, type) by name."""

    by_name: Dict[str, Tuple[int, str]] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> Dict[str, int]:
        """The numbers alone, for whoever reads thousands of messages."""
        return {name: number for name, (number, _kind) in self.by_name.items()}

    def number(self, name: str) -> int:
        return self.numbers[name]


def _read(nla_map: Any) -> Words:
    """pyroute2 lists (name, type) in the order of the numbers, or (number, name, type)."""
    by_name = {}
    for position, entry in enumerate(nla_map):
        number, name, kind = entry if len(entry) == 3 else (position, *entry)
        by_name[name] = (number, kind)
    return Words(by_name)


if HAS_PYROUTE2:
    LINK = _read(ifinfmsg.nla_map)
    LINK_INFO = _read(ifinfmsg.ifinfo.nla_map)
    BRIDGE = _read(ifinfmsg.ifinfo.bridge_data.nla_map)
    PORT = _read(ifinfmsg.ifinfo.bridge_slave_data.nla_map)
    VETH = _read(ifinfmsg.ifinfo.veth_data.nla_map)
    LINK_INET6 = _read(ifinfmsg.af_spec_inet.inet6.nla_map)
    LINK_INET6_SETTINGS = [name for name, kind in ifinfmsg.af_spec_inet.inet6.ipv6_devconf.fields]
    ADDRESS = _read(ifaddrmsg.nla_map)
    ROUTE = _read(rtmsg.nla_map)
    METRICS = _read(rtmsg.metrics.nla_map)
    NEIGHBOUR = _read(ndmsg.nla_map)
else:
    LINK = LINK_INFO = BRIDGE = PORT = VETH = LINK_INET6 = ADDRESS = ROUTE = METRICS = NEIGHBOUR = (
        Words()
    )
    LINK_INET6_SETTINGS = []

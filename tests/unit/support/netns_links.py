# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and links of the tests of netns_link."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import (
    Peer,
    VlanOptions,
    WireguardOptions,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link
from ansible_collections.redblue.netns.plugins.module_utils._model.wireguard_keys import Key
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    UP0,
)

MODULE = "netns_link"


KEY = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="


PUBLIC, OTHER = (
    "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)


LEG = Link(
    "red",
    "leg",
    kind="vlan",
    parent=(None, "up0"),
    up=True,
    mtu=1500,
    bridge="",
    options=VlanOptions(10, "802.1Q"),
    addresses=("10.1.0.1/24",),
    owner="",
)


PORT = replace(UP0, mtu=1500)


KEPT = WireguardOptions(Key(KEY), 5, 0, (Peer(PUBLIC),))


WG = Link(
    None,
    "wg0",
    kind="wireguard",
    parent=(None, ""),
    up=True,
    bridge="",
    addresses=(),
    owner="",
    options=KEPT,
)

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least options of a task of each kind."""

from __future__ import annotations

from support.tasks import Raw

VETH: Raw = {"name": "one", "peer": {"name": "two"}}


ROUTE: Raw = {"destination": "10.9.0.0/16", "type": "blackhole"}


FORWARD: Raw = {"destination_port": "80", "to_destination": "192.168.15.2:80"}


MACVLAN: Raw = {"name": "leg", "type": "macvlan", "link": "eth0"}


WIREGUARD: Raw = {"name": "wg0", "type": "wireguard"}


PUBLIC_KEY = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="

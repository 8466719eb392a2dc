# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixed headers of netlink messages under their kernel names, and where attributes begin."""

from __future__ import annotations

import struct

NLMSGHDR = struct.Struct("=IHHII")
"""linux/netlink.h: length, type, flags, sequence number, port."""
NLATTR = struct.Struct("=HH")
"""linux/netlink.h: length with this header, number."""
BODY = NLMSGHDR.size
"""Where the header of the family begins, behind nlmsghdr."""

IFINFOMSG = struct.Struct("=BxHiII")
"""linux/rtnetlink.h: family, ARPHRD type, interface index, IFF flags, which of these to change."""
IFADDRMSG = struct.Struct("=BBBBI")
"""linux/if_addr.h: family, prefix length, flags, scope, interface index."""
RTMSG = struct.Struct("=BBBBBBBBI")
"""linux/rtnetlink.h: family, destination's and source's prefix lengths, TOS, table, protocol,
scope, type, flags."""
NHMSG = struct.Struct("=BBBBI")
"""linux/nexthop.h: family, scope, protocol, reserved, flags."""
FIB_RULE_HDR = struct.Struct("=BBBBBBBBI")
"""linux/fib_rules.h: family, destination's and source's prefix lengths, TOS, table, two reserved,
action, flags."""
RTNEXTHOP = struct.Struct("=HBBi")
"""linux/rtnetlink.h: length with its attributes, flags, weight less one, interface index."""
NDMSG = struct.Struct("=BxxxiHBB")
"""linux/neighbour.h: family, interface index, state, flags, type."""
NDTMSG = struct.Struct("=Bxxx")
"""linux/neighbour.h: family."""
NDT_CONFIG_ENTRIES = struct.Struct("=4xI")
"""linux/neighbour.h: the number of entries in ndt_config, behind two lengths of 16 bits."""
RTGENMSG = struct.Struct("=Bxxx")
"""linux/rtnetlink.h: family."""
TCMSG = struct.Struct("=BxxxiIII")
"""linux/rtnetlink.h: family, interface index, handle, parent, info."""
BRIDGE_VLAN_INFO = struct.Struct("=HH")
"""linux/if_bridge.h: flags, VLAN id."""
BR_PORT_MSG = struct.Struct("=BxxxI")
"""linux/if_bridge.h: family, interface index of a bridge."""
BR_MDB_ENTRY = struct.Struct("=IBBH16s2sxx")
"""linux/if_bridge.h: interface index of a port, state, flags, VLAN id, group, its protocol."""
NFGENMSG = struct.Struct("=BBH")
"""linux/netfilter/nfnetlink.h: family, version, resource id."""
INET_DIAG_REQ_V2 = struct.Struct("=BBxxI48x")
"""linux/inet_diag.h: family, protocol, bits of the states, no socket in particular."""
INET_DIAG_MSG = struct.Struct("=BBxx2s2x16s")
"""linux/inet_diag.h, the beginning: family, state, port, address."""

LINK_ATTRIBUTES = BODY + IFINFOMSG.size
ADDRESS_ATTRIBUTES = BODY + IFADDRMSG.size
ROUTE_ATTRIBUTES = BODY + RTMSG.size
FIB_RULE_ATTRIBUTES = BODY + FIB_RULE_HDR.size
NEIGHBOUR_ATTRIBUTES = BODY + NDMSG.size
NEIGHBOUR_TABLE_ATTRIBUTES = BODY + NDTMSG.size
NETNS_ID_ATTRIBUTES = BODY + RTGENMSG.size
QDISC_ATTRIBUTES = BODY + TCMSG.size
NETFILTER_ATTRIBUTES = BODY + NFGENMSG.size
"""Where the attributes of such a message begin."""

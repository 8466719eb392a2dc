# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's numbers for netlink messages (include/uapi), under its names, by header file.

No other file of this package defines such a number. For what pyroute2 encodes and decodes (see
``pyroute2_messages``) its attribute names are used instead.
"""

from __future__ import annotations

import errno

# linux/netlink.h

NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_GENERIC = 0, 12, 16

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR = 0x1, 0x4, 0x10
NLM_F_DUMP = 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200

NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG = 1
NLA_TYPE_MASK = 0x3FFF

NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 10, 11, 12

# linux/socket.h

SOL_NETLINK = 270

# linux/rtnetlink.h

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
RTM_GETRULE = 34
RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC = 36, 37, 38
RTM_GETNEIGHTBL = 66
RTM_GETNSID = 90

RTA_DST, RTA_SRC, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC = 1, 2, 4, 5, 6, 7
RTA_METRICS, RTA_MULTIPATH, RTA_TABLE = 8, 9, 15
RTAX_MTU = 2
RTNH_F_ONLINK = 4
RTM_F_CLONED = 0x200
RT_TABLE_COMPAT = 252
"""The table in the header of a route whose table has a number above 255, which RTA_TABLE holds."""
ROUTE_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254}
RT_SCOPE_NOWHERE = 255
ROUTE_TYPES = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
}

TCA_KIND, TCA_OPTIONS = 1, 2

RTEXT_FILTER_BRVLAN_COMPRESSED, RTEXT_FILTER_SKIP_STATS = 4, 8

# linux/if.h

IFF_UP, IFF_RUNNING, IFF_NOARP, IFF_PROMISC, IFF_LOWER_UP = 0x1, 0x40, 0x80, 0x100, 0x10000

# linux/if_link.h

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_QDISC = 1, 3, 4, 5, 6
IFLA_MASTER, IFLA_TXQLEN, IFLA_LINKINFO, IFLA_IFALIAS = 10, 13, 18, 20
IFLA_AF_SPEC, IFLA_GROUP, IFLA_NET_NS_FD, IFLA_EXT_MASK = 26, 27, 28, 29
IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES, IFLA_LINK_NETNSID = 31, 32, 37
IFLA_NETNS_IMMUTABLE = 67

IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5

IFLA_BR_FORWARD_DELAY, IFLA_BR_HELLO_TIME, IFLA_BR_MAX_AGE, IFLA_BR_AGEING_TIME = 1, 2, 3, 4
IFLA_BR_STP_STATE, IFLA_BR_PRIORITY, IFLA_BR_VLAN_FILTERING = 5, 6, 7
IFLA_BR_MCAST_SNOOPING, IFLA_BR_VLAN_DEFAULT_PVID = 23, 39
USER_HZ = 100
"""The unit of a bridge's times is 1/100 s (asm-generic/param.h)."""

IFLA_BRPORT_STATE, IFLA_BRPORT_MODE, IFLA_BRPORT_LEARNING, IFLA_BRPORT_ISOLATED = 1, 4, 8, 33

IFLA_INET_CONF = 1
IFLA_INET6_CONF, IFLA_INET6_ADDR_GEN_MODE = 2, 8
IN6_ADDR_GEN_MODE_EUI64, IN6_ADDR_GEN_MODE_NONE = 0, 1

# linux/veth.h

VETH_INFO_PEER = 1

# linux/ip.h, linux/ipv6.h: the kernel parameters of a link in IFLA_INET_CONF and IFLA_INET6_CONF

IPV4_DEVCONF_FORWARDING = 1
"""IPv4 counts its parameters from 1, IPv6 from 0."""
DEVCONF_ACCEPT_RA, DEVCONF_DISABLE_IPV6, DEVCONF_ACCEPT_DAD = 3, 26, 27

# linux/if_addr.h

IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
IFA_F_NODAD, IFA_F_DADFAILED, IFA_F_PERMANENT = 0x02, 0x08, 0x80

# linux/neighbour.h

NDA_DST, NDA_LLADDR = 1, 2
NTF_USE, NTF_ROUTER = 0x01, 0x80
NEIGHBOUR_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x40: "noarp",
    0x80: "permanent",
}
NDTA_THRESH3, NDTA_CONFIG, NDTA_PARMS = 4, 5, 6
NDTPA_IFINDEX, NDTPA_REFCNT, NDTPA_REACHABLE_TIME = 1, 2, 3

# linux/net_namespace.h

NETNSA_NSID, NETNSA_FD = 1, 3

# linux/if_bridge.h

BR_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
IFLA_BRIDGE_VLAN_INFO = 2
BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_UNTAGGED = 2, 4
BRIDGE_VLAN_INFO_RANGE_BEGIN, BRIDGE_VLAN_INFO_RANGE_END = 8, 16

# linux/pkt_sched.h

TC_H_ROOT = 0xFFFFFFFF
TC_LINKLAYER_ETHERNET = 1

# linux/fib_rules.h

FIB_RULE_INVERT = 2
FR_ACTIONS = {1: "lookup", 6: "blackhole", 7: "unreachable", 8: "prohibit"}

# linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h, linux/netfilter.h

NFT_MSG_GETTABLE = 10 << 8 | 1
NFTA_TABLE_NAME = 1
NFPROTO_NAMES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}

# linux/netfilter/nfnetlink_conntrack.h

IPCTNL_MSG_CT_GET, IPCTNL_MSG_CT_DELETE = 1 << 8 | 1, 1 << 8 | 2
CTA_FILTER_F_CTA_IP_DST, CTA_FILTER_F_CTA_PROTO_NUM = 1 << 1, 1 << 3
"""Bits of CTA_FILTER_ORIG_FLAGS, which only net/netfilter/nf_conntrack_netlink.c names."""

# linux/genetlink.h

GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3

# linux/wireguard.h

WG_CMD_GET_DEVICE, WG_CMD_SET_DEVICE, WG_GENL_VERSION = 0, 1, 1
WGPEER_F_REMOVE_ME, WGPEER_F_REPLACE_ALLOWEDIPS = 1, 2

# errno

SHORTAGE_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""This process had no room to ask: the kernel has not answered."""

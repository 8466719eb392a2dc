# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rule sets of other software that forward ports, as that software writes them."""

from __future__ import annotations

KUBE_PROXY_IPTABLES = """\
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-EXT-WEB - [0:0]
:KUBE-SVC-WEB - [0:0]
:KUBE-SEP-WEB1 - [0:0]
:KUBE-SEP-WEB2 - [0:0]
:KUBE-EXT-STICKY - [0:0]
:KUBE-SVC-STICKY - [0:0]
:KUBE-SEP-STICKY - [0:0]
:KUBE-SVC-DNS - [0:0]
:KUBE-SEP-DNS - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "dns cluster IP" -m udp --dport 53 -j KUBE-SVC-DNS
-A KUBE-SERVICES -d 10.96.0.11/32 -p tcp -m comment --comment "web cluster IP" -m tcp --dport 80 -j KUBE-SVC-WEB
-A KUBE-SERVICES -d 192.0.2.2/32 -p tcp -m comment --comment "web external IP" -m tcp --dport 8443 -j KUBE-EXT-WEB
-A KUBE-SERVICES -m comment --comment "service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment web -m tcp --dport 30080 -j KUBE-EXT-WEB
-A KUBE-NODEPORTS -p tcp -m comment --comment sticky -m tcp --dport 30081 -j KUBE-EXT-STICKY
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-EXT-WEB -m comment --comment masquerade -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SVC-WEB
-A KUBE-SVC-WEB ! -s 10.244.0.0/16 -d 10.96.0.11/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-WEB -m comment --comment "web -> 10.244.1.3:80" -m statistic --mode random --probability 0.5 -j KUBE-SEP-WEB1
-A KUBE-SVC-WEB -m comment --comment "web -> 10.244.2.3:80" -j KUBE-SEP-WEB2
-A KUBE-SEP-WEB1 -s 10.244.1.3/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-WEB1 -p tcp -m tcp -j DNAT --to-destination 10.244.1.3:80
-A KUBE-SEP-WEB2 -s 10.244.2.3/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-WEB2 -p tcp -m tcp -j DNAT --to-destination 10.244.2.3:80
-A KUBE-EXT-STICKY -j KUBE-SVC-STICKY
-A KUBE-SVC-STICKY -m recent --rcheck --seconds 10800 --reap --name STICKY --mask 255.255.255.255 --rsource -j KUBE-SEP-STICKY
-A KUBE-SVC-STICKY -j KUBE-SEP-STICKY
-A KUBE-SEP-STICKY -p tcp -m tcp -j DNAT --to-destination 10.244.1.4:80
-A KUBE-SVC-DNS -j KUBE-SEP-DNS
-A KUBE-SEP-DNS -p udp -m udp -j DNAT --to-destination 10.244.1.5:53
COMMIT
"""  # noqa: E501  # as iptables-save writes it
KUBE_PROXY_NFTABLES = """\
table ip kube-proxy {
    set nodeport-ips { type ipv4_addr; elements = { 192.0.2.2 }; }
    set affinity-web { type ipv4_addr; flags dynamic,timeout; timeout 3h; }
    map service-ips {
        type ipv4_addr . inet_proto . inet_service : verdict
        elements = { 10.96.0.10 . udp . 53 : goto service-dns,
                     192.0.2.2 . tcp . 8443 : goto external-web,
                     10.96.0.11 . tcp . 80 : goto service-web }
    }
    map service-nodeports {
        type inet_proto . inet_service : verdict
        elements = { tcp . 30080 comment "web" : goto external-web,
                     tcp . 30081 : goto external-sticky }
    }
    chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
    chain services {
        ip daddr . meta l4proto . th dport vmap @service-ips
        ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
    }
    chain mark-for-masquerade { mark set mark or 0x4000; }
    chain external-web { jump mark-for-masquerade; goto service-web; }
    chain service-web {
        ip daddr 10.96.0.11 ip saddr != 10.0.0.0/8 jump mark-for-masquerade
        numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }
    }
    chain external-sticky { ip saddr 10.0.0.0/8 goto service-sticky; goto service-sticky; }
    chain service-sticky {
        ip saddr @affinity-web goto endpoint-sticky
        numgen random mod 1 vmap { 0 : goto endpoint-sticky }
    }
    chain service-dns { numgen random mod 1 vmap { 0 : goto endpoint-dns }; }
    chain endpoint-1 { meta l4proto tcp dnat to 10.244.1.3:80; }
    chain endpoint-2 { meta l4proto tcp dnat to 10.244.2.3:80; }
    chain endpoint-sticky {
        update @affinity-web { ip saddr }
        meta l4proto tcp dnat to 10.244.1.4:80
    }
    chain endpoint-dns { meta l4proto udp dnat to 10.244.1.5:53; }
}
"""
CNI_PORTMAP_IPTABLES = """\
*nat
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
:CNI-DN-f8a1 - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"podman\\" id: \\"f8\\"" -m multiport --dports 8080,8443 -j CNI-DN-f8a1
-A CNI-DN-f8a1 -s 10.88.0.0/16 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-f8a1 -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-f8a1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.88.0.5:80
-A CNI-DN-f8a1 -d 192.0.2.2/32 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 10.88.0.5:443
COMMIT
"""  # noqa: E501  # as iptables-save writes it
CNI_PORTMAP_NFTABLES = """\
table ip cni_hostport {
    comment "CNI portmap plugin"
    chain hostports { tcp dport 8080 dnat to 10.88.0.5:80 comment "f8a1"; }
    chain hostip_hostports { ip daddr 192.0.2.2 tcp dport 8443 dnat to 10.88.0.5:443; }
    chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        jump hostip_hostports
        jump hostports
    }
}
"""
FIREWALLD = """\
table inet firewalld {
    chain nat_PREROUTING {
        type nat hook prerouting priority dstnat + 10; policy accept;
        jump nat_PREROUTING_ZONES
    }
    chain nat_PREROUTING_ZONES {
        iifname "eth1" goto nat_PRE_internal
        iifname "eth0" goto nat_PRE_public
        goto nat_PRE_public
    }
    chain nat_PRE_public { jump nat_PRE_public_log; jump nat_PRE_public_allow; }
    chain nat_PRE_public_log { }
    chain nat_PRE_public_allow {
        meta nfproto ipv4 tcp dport 8080 dnat ip to 10.0.0.5:80
        meta nfproto ipv6 tcp dport 8081 dnat ip6 to [fd00:9::5]:80
    }
    chain nat_PRE_internal { jump nat_PRE_internal_allow; }
    chain nat_PRE_internal_allow { tcp dport 8082 redirect to :80; }
}
"""
NETAVARK = """\
table inet netavark {
    chain PREROUTING {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local jump NETAVARK-HOSTPORT-DNAT
    }
    chain NETAVARK-HOSTPORT-SETMARK { meta mark set meta mark | 0x00002000; }
    chain NETAVARK-HOSTPORT-DNAT {
        ip daddr 10.88.0.1 udp dport 53 dnat ip to 10.88.0.1:1153
        tcp dport 8080 jump nv_2f259bab_dnat
        udp dport 5000-5010 jump nv_2f259bab_dnat
    }
    chain nv_2f259bab_dnat {
        ip saddr 10.88.0.0/16 tcp dport 8080 jump NETAVARK-HOSTPORT-SETMARK
        tcp dport 8080 dnat ip to 10.88.0.2:80
        udp dport 5000-5010 dnat ip to 10.88.0.2
    }
}
"""
INCUS = """\
table inet incus {
    chain prert.web.proxy80 {
        type nat hook prerouting priority dstnat; policy accept;
        ip daddr 192.0.2.2 tcp dport 8080 dnat ip to 10.1.1.5:80
        ip6 daddr fd00:2::2 tcp dport { 8443, 9443 } dnat ip6 to [fd00:9::5]:443
    }
}
"""
WHOLE_ADDRESS = """\
*nat
-A PREROUTING -d 192.0.2.9/32 -p tcp -m tcp --dport 22 -j RETURN
-A PREROUTING -d 192.0.2.9/32 -j DNAT --to-destination 10.0.0.9
-A PREROUTING -d 203.0.113.0/24 -j NETMAP --to 10.0.1.0/24
COMMIT
"""
SETS = """\
table ip mine {
    set web { type inet_service; flags interval; elements = { 80, 8000-8010 }; }
    set pairs { type ipv4_addr . inet_service; elements = { 192.0.2.2 . 90, 192.0.2.3 . 91 }; }
    set closed { type ipv4_addr . inet_service; elements = { 192.0.2.2 . 7000 }; }
    map targets {
        type ipv4_addr . inet_service : ipv4_addr . inet_service
        elements = { 192.0.2.2 . 95 : 10.0.0.9 . 80 }
    }
    chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        tcp dport @web dnat to 10.0.0.9
        ip daddr . tcp dport @pairs dnat to 10.0.0.9
        dnat ip to ip daddr . tcp dport map @targets
        iifname "wan0" ip daddr . tcp dport != @closed tcp dport 7000-7001 dnat to 10.0.0.9
        udp dport != { 53, 123 } ip saddr 198.51.100.0/24 redirect to :4000
    }
}
"""
UNCLEAR_NFTABLES = """\
table ip gate {
    set peers { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
    chain pre {
        type nat hook prerouting priority dstnat; policy accept;
        ip saddr @peers tcp dport 8080 dnat to 10.0.0.9
        meta mark 7 jump marked
    }
    chain marked { udp dport 5000 dnat to 10.0.0.9; }
}
"""
UNCLEAR_IPTABLES = """\
*nat
:MARKED - [0:0]
-A PREROUTING -m mark --mark 0x7 -j MARKED
-A PREROUTING -p tcp -m tcp --dport 8080 -m limit --limit 9/s -j REDIRECT --to-ports 3128
-A MARKED -p udp -m udp --dport 5000 -j DNAT --to-destination 10.0.0.9
COMMIT
"""

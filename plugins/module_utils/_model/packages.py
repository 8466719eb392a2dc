# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages of distributions that have what this collection uses on a host. Pure."""

from __future__ import annotations

import shlex

from .fast_dataclass import dataclass

NFTABLES, IPTABLES, IPROUTE2, PYROUTE2 = "nftables", "iptables", "iproute2", "pyroute2"
TCPDUMP = "tcpdump"
OVS = "openvswitch"
CNI_PLUGINS = "containernetworking-plugins"
DNSMASQ = "dnsmasq"
ROLE = "the role redblue.netns.prerequisites"
TOOLS = {
    "nft": NFTABLES,
    "iptables-save": IPTABLES,
    "iptables-restore": IPTABLES,
    "ip6tables-save": IPTABLES,
    "ip6tables-restore": IPTABLES,
    "ip": IPROUTE2,
    "tcpdump": TCPDUMP,
    "ovs-vsctl": OVS,
    "ovs-appctl": OVS,
    "ovs-ofctl": OVS,
    "dnsmasq": DNSMASQ,
}
"""The tool that a program belongs to."""

_DEBIAN = {
    PYROUTE2: "python3-pyroute2",
    OVS: "openvswitch-switch",
    DNSMASQ: "dnsmasq-base",
}
_OVS_UNITS = {
    "debian": "openvswitch-switch",
    "ubuntu": "openvswitch-switch",
    "arch": "ovs-vswitchd",
}
"""The unit or service of Open vSwitch, where it is not called openvswitch."""
_PACKAGES: dict[str, dict[str, str]] = {
    "debian": _DEBIAN,
    "ubuntu": _DEBIAN,
    "fedora": {PYROUTE2: "python3-pyroute2", IPTABLES: "iptables-nft", IPROUTE2: "iproute"},
    "suse": {PYROUTE2: "python3-pyroute2", CNI_PLUGINS: "cni-plugins"},
    "opensuse": {PYROUTE2: "python3-pyroute2", CNI_PLUGINS: "cni-plugins"},
    "arch": {PYROUTE2: "python-pyroute2", CNI_PLUGINS: "cni-plugins"},
    "alpine": {PYROUTE2: "py3-pyroute2", CNI_PLUGINS: "cni-plugins"},
}
"""By the distribution's ID or ID_LIKE, the packages that are not called like the tool."""
_REFRESHED = ("debian", "ubuntu", "alpine")
"""Their package managers install only what is in an index that something else has to download."""
_ENTERPRISE_LINUX = ("rhel", "centos", "rocky", "almalinux", "ol")
_OLD_PYROUTE2 = {"8": "0.5.3", "9": "0.5.14"}
"""The versions in EPEL for releases of Enterprise Linux."""


@dataclass(frozen=True)
class Distribution:
    """What /etc/os-release says (os-release(5))."""

    ids: tuple[str, ...] = ()
    """Its ID, and those of the distributions that it is like, the closest first."""
    version: str = ""
    name: str = ""

    @property
    def major(self) -> str:
        """The first part of its version."""
        return self.version.partition(".")[0]

    @property
    def family(self) -> str | None:
        """The name by which its packages are known here; None if they are not."""
        return next((name for name in self.ids if name in _PACKAGES), None)

    def package_of(self, tool: str) -> str | None:
        """The name of the package that has a tool; None if the distribution is not known."""
        if self.family is None:
            return None
        if tool == IPTABLES and self.is_enterprise_linux and self.major == "8":
            return IPTABLES  # Enterprise Linux 8 has iptables-nft under this name.
        return _PACKAGES[self.family].get(tool, tool)

    @property
    def is_enterprise_linux(self) -> bool:
        """Whether it is RHEL or one of its clones."""
        return bool(self.ids) and self.ids[0] in _ENTERPRISE_LINUX

    @property
    def needs_refresh(self) -> bool:
        """Whether the index of packages has to be downloaded before a package is installed."""
        return self.family in _REFRESHED

    @property
    def old_pyroute2(self) -> str | None:
        """The version of its pyroute2 if that is older than this collection needs."""
        if self.is_enterprise_linux:
            return _OLD_PYROUTE2.get(self.major)
        return "0.5.14" if self.ids[:1] == ("debian",) and self.major == "11" else None


def parse_os_release(text: str) -> Distribution:
    """Parse /etc/os-release. Lines that are no assignments are skipped, as os-release(5) says."""
    values = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            values[key] = _unquote(value)
    ids = [values.get("ID", "linux"), *values.get("ID_LIKE", "").split()]
    name = values.get("NAME", "Linux").replace(" GNU/Linux", "")
    return Distribution(tuple(ids), values.get("VERSION_ID", ""), name)


def _unquote(value: str) -> str:
    """The value of an assignment, which a shell could read."""
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value


def describe_package(tool: str, distribution: Distribution) -> str:
    """Which package of the distribution has a tool, as an advice."""
    package = distribution.package_of(tool)
    if package is None:
        return f"install the package {_DEBIAN.get(tool, tool)} (as it is called in Debian)"
    return f"install the package {package} ({distribution.name})"


def describe_program_package(program: str, distribution: Distribution) -> str:
    """Which package of the distribution has a program, and what installs it."""
    tool = TOOLS[program]
    switch = " with prerequisites_tcpdump" if tool == TCPDUMP else ""
    return f"{describe_package(tool, distribution)}, or use {ROLE}{switch}"


def describe_ovs_unit(distribution: Distribution) -> str:
    """Which unit has to be started for Open vSwitch."""
    unit = _OVS_UNITS.get(distribution.family or "", "openvswitch")
    if distribution.family == "alpine":
        return "start ovsdb-server and ovs-vswitchd (rc-service)"
    return f"start the unit {unit}.service (systemctl start {unit})"


def describe_pyroute2(distribution: Distribution) -> str:
    """The library pyroute2 and the package of the distribution that has it."""
    if distribution.old_pyroute2:
        release = f"{distribution.name} {distribution.major}"
        return f"pyroute2 0.7.2 or newer ({release} has {distribution.old_pyroute2}: use pip)"
    package = distribution.package_of(PYROUTE2)
    known = (distribution.name, package) if package else ("Debian", _DEBIAN[PYROUTE2])
    return "pyroute2 ({}: {})".format(*known)

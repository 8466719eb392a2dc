# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the host and of all its namespaces as text, read by other programs.

What changes by itself is left out: counters, timers, interface indexes, the state of duplicate
address detection.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

from support.netns import in_netns

_VOLATILE = (
    (re.compile(r"^\d+: ", re.MULTILINE), ""),
    (re.compile(r"@if\d+"), "@if"),
    (re.compile(r" link-netns(id)? \S+"), ""),
    (re.compile(r" valid_lft \S+ preferred_lft \S+"), ""),
    (re.compile(r" (tentative|dadfailed|stable-privacy)\b"), ""),
    (re.compile(r" \w+_timer +\S+"), ""),
    (re.compile(r" state (listening|learning|forwarding|disabled|blocking)\b"), ""),
    (re.compile(r" (topology_change\w*|root_\w+|designated_\w+|bridge_id) +\S+"), ""),
    (re.compile(r" expires \S+"), ""),
    (re.compile(r"\[\d+:\d+\]"), ""),
    (re.compile(r"counter packets \d+ bytes \d+"), "counter"),
    (re.compile(r"^\t\tpackets \d+ bytes \d+", re.MULTILINE), ""),
    (re.compile(r"^#.*\n", re.MULTILINE), ""),
    (re.compile(r" state (UP|DOWN|UNKNOWN|LOWERLAYERDOWN)\b"), ""),
    (re.compile(r"(NO-CARRIER,|,LOWER_UP|,M-DOWN)"), ""),
    (re.compile(r" (linkdown|dead)\b"), ""),
    # The kernel adds it from its work queue some time after the address, which is listed.
    (re.compile(r"^(local|anycast) \S*:\S* dev \S+ table local proto kernel .*", re.MULTILINE), ""),
    (re.compile(r" qdisc \S+"), ""),
    (re.compile(r" tso_max_\w+ \S+"), ""),
)
_LINK_LOCAL = re.compile(
    r"fe80::\S+ dev \S+ .*|.*inet6 fe80::.*|.*\bfe80::/64\b.*|"
    r"^(multicast|anycast|local) (ff00|fe80).*"
)
_BASE_CHAINS = re.compile(
    r"table ip6? (?:filter|nat) \{ # handle \d+\n(?:\tchain [A-Z]+ \{ # handle "
    r"\d+\n\t\ttype [^\n]*\n\t\}\n\n?)*\}\n"
)
"""The empty tables that iptables-nft leaves after its first use."""
_MOVING_SYSCTLS = ("nf_conntrack_count", "stable_secret", "random", "fib_multipath_hash_seed")
_VLAN = re.compile(r"\S*\s+\d+(-\d+)?( PVID)?( Egress Untagged)?")
"""A line of ``bridge vlan show``."""
_IMPAIRED = re.compile(r" qdisc (netem|tbf) ")


def _run(*message: str, batch: str = "") -> str:
    done = subprocess.run(message, input=batch, capture_output=True, text=True, check=True)
    return done.stdout


def _links_and_routes() -> str:
    batch = "addr show\nroute show table all\nrule show\nneigh show nud permanent\n"
    text = (
        _run("ip", "-d", "-o", "link", "show")
        + _run("ip", "-4", "-o", "-b", "-", batch=batch)
        + _run("ip", "-6", "-o", "-b", "-", batch=batch)
    )
    text += _run("tc", "qdisc", "show") if _IMPAIRED.search(text) else ""
    text += _run("bridge", "-compressvlans", "vlan", "show") if " vlan_filtering 1 " in text else ""
    return text + "".join(
        line + "\n" for line in _run("bridge", "fdb", "show").splitlines() if "static" in line
    )


def _rules() -> str:
    names = [Path("/proc/net/ip_tables_names"), Path("/proc/net/ip6_tables_names")]
    legacy = any(path.exists() and path.read_text(encoding="ascii") for path in names)
    text = _BASE_CHAINS.sub("", _run("nft", "-a", "list", "ruleset"))
    return text + (_run("iptables-legacy-save") + _run("ip6tables-legacy-save") if legacy else "")


def _sysctls() -> dict[str, str]:
    values = {}
    # A thousand files for each namespace: Path.read_text() would take three times as long.
    for directory, _directories, names, parent in os.fwalk("/proc/sys/net"):
        for name in names:
            if name not in _MOVING_SYSCTLS:
                with contextlib.suppress(OSError):
                    values[f"{directory}/{name}"] = _read(name, parent)
    return values


def _read(name: str, parent: int) -> str:
    own = os.open(name, os.O_RDONLY, dir_fd=parent)
    try:
        return os.read(own, 1 << 16).decode()
    finally:
        os.close(own)


def _without_volatile(text: str) -> list[str]:
    for pattern, instead in _VOLATILE:
        text = pattern.sub(instead, text)
    # What stands in the midst of a line takes long to look for in lines that do not have it.
    lines = [
        _LINK_LOCAL.sub("", line) if "fe80" in line or "ff00" in line else line
        for line in text.splitlines()
    ]
    return sorted(filter(None, lines))


def count_mounts(path: str) -> int:
    """The mounts at a path, also those below others and those that the machine had before."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line.split()[4] for line in lines].count(path)


def _files() -> str:
    lines = [
        f"{path} {oct(path.lstat().st_mode)}"
        for top in ("/run/netns", "/etc/netns")
        for path in sorted(Path(top).rglob("*"))
        if Path(top).is_dir()
    ]
    mounts = [
        line.split()[4]
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        if "netns" in line
    ]
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted(Path("/etc/netns").rglob("*"))
        if path.is_file()
    ]
    return "\n".join([*lines, *sorted(set(mounts)), *texts])


def is_netns(name: str) -> bool:
    path = Path("/run/netns") / name
    return (
        not path.is_symlink()
        and path.is_file()
        and os.stat(path).st_dev == os.stat("/proc/self/ns/net").st_dev
    )


def take_snapshot() -> dict[str, object]:
    """Read the state; two equal snapshots mean that nothing was changed."""
    names = sorted(os.listdir("/run/netns"))
    snapshot: dict[str, object] = {"files": _files()}
    for name in (None, *filter(is_netns, names)):
        with in_netns(name):
            snapshot.update(describe_own_netns(name or "host"))
    return snapshot


def describe_own_netns(name: str) -> dict[str, object]:
    """What is in the namespace in which this process is, called by that name."""
    return {
        name: _without_volatile(_links_and_routes() + _rules()),
        f"{name} sysctls": _sysctls(),
    }


def differences(before: dict[str, object], after: dict[str, object]) -> dict[str, list[str]]:
    """Return the lines that differ, by section; empty if the snapshots are equal."""
    found = {}
    for name in sorted({*before, *after}):
        old, new = _lines(before.get(name)), _lines(after.get(name))
        if old != new:
            found[name] = [f"- {line}" for line in sorted(set(old) - set(new))] + [
                f"+ {line}" for line in sorted(set(new) - set(old))
            ] or ["in another order"]
    return found


def _lines(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"{key} = {value_of_key}" for key, value_of_key in value.items()]
    return [str(line) for line in value] if isinstance(value, list) else str(value).splitlines()


def without_order(snapshot: dict[str, object]) -> dict[str, object]:
    """A snapshot without the order of addresses, without links, sysctls and VLANs, which keep what
    is not given, and without addresses of the loopback.
    """
    compared: dict[str, object] = {}
    for name, lines in snapshot.items():
        if isinstance(lines, list):
            lines = [
                line for line in lines if " dev lo " not in line and not line.startswith("lo ")
            ]
            links = [f" {kind} " for kind in ("bridge", "veth", "macvlan", "vxlan", "tun")]
            lines_of_links = [
                line
                for line in lines
                if not any(kind in line for kind in links)
                and line != '\tcomment "redblue.netns"'
                and not _VLAN.fullmatch(line)
            ]
            compared[name] = sorted(line.replace(" secondary", "") for line in lines_of_links)
    return compared

# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter prerequisites: the packages of each distribution, by its own /etc/os-release."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.prerequisites import prerequisites

DEBIAN = 'PRETTY_NAME="Debian"\nNAME="Debian GNU/Linux"\nVERSION_ID="{}"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'
MINT = "NAME='Linux Mint'\nVERSION_ID='22'\nID=linuxmint\nID_LIKE='ubuntu debian'\n"
FEDORA = 'NAME="Fedora Linux"\nVERSION_ID=43\nID=fedora\n'
ROCKY = 'NAME="Rocky Linux"\nVERSION_ID="{}"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
RHEL = 'NAME="Red Hat Enterprise Linux"\nVERSION_ID="10.1"\nID="rhel"\nID_LIKE="centos fedora"\n'
ORACLE = 'NAME="Oracle Linux Server"\nVERSION_ID="10.0"\nID="ol"\nID_LIKE="fedora"\n'
LEAP = 'NAME="openSUSE Leap"\nVERSION_ID="16.0"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n'
SLES = 'NAME="SLES"\nVERSION_ID="15.7"\nID="sles"\nID_LIKE="suse"\n'
ARCH = 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n'
MANJARO = 'NAME="Manjaro Linux"\nID=manjaro\nID_LIKE=arch\n'
ALPINE = '# a comment\n\nNAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\n'
IN_DEBIAN = ["iproute2", "nftables", "python3-pyroute2"]
IN_FEDORA = ["iproute", "nftables", "python3-pyroute2"]


@pytest.mark.parametrize(
    ("text", "packages"),
    [
        (DEBIAN.format(12), IN_DEBIAN),
        (DEBIAN.format(13), IN_DEBIAN),
        (DEBIAN.format(""), IN_DEBIAN),
        (UBUNTU, IN_DEBIAN),
        (MINT, IN_DEBIAN),
        (FEDORA, IN_FEDORA),
        (RHEL, IN_FEDORA),
        (ROCKY.format("10.0"), IN_FEDORA),
        (ORACLE, IN_FEDORA),
        (LEAP, IN_DEBIAN),
        (SLES, IN_DEBIAN),
        (ARCH, ["iproute2", "nftables", "python-pyroute2"]),
        (MANJARO, ["iproute2", "nftables", "python-pyroute2"]),
        (ALPINE, ["iproute2", "nftables", "py3-pyroute2"]),
    ],
)
def test_each_distribution_has_its_own_names(text: str, packages: list[str]) -> None:
    assert prerequisites(text)["packages"] == packages
    assert prerequisites(text, pyroute2=False)["packages"] == packages[:2]
    assert prerequisites(text, tcpdump="yes")["packages"] == [*packages, "tcpdump"]
    served = prerequisites(text, dnsmasq=True)["packages"]
    assert served[:-1] == packages and served[-1].startswith("dnsmasq")


@pytest.mark.parametrize(
    ("text", "package"),
    [(UBUNTU, "iptables"), (FEDORA, "iptables-nft"), (ROCKY.format("8.10"), "iptables")],
)
def test_iptables_in_place_of_nftables(text: str, package: str) -> None:
    assert prerequisites(text, "iptables", pyroute2=False)["packages"][1] == package


@pytest.mark.parametrize(
    ("text", "refreshed"), [(DEBIAN.format(12), True), (ALPINE, True), (ROCKY.format(10), False)]
)
def test_the_index_is_downloaded_where_nothing_else_does_it(text: str, refreshed: bool) -> None:
    assert prerequisites(text)["update_cache"] is refreshed
    assert prerequisites(text, update_cache=not refreshed)["update_cache"] is not refreshed


@pytest.mark.parametrize(("word", "value"), [("false", False), ("no", False), ("true", True)])
def test_a_word_of_the_command_line_is_a_boolean(word: str, value: bool) -> None:
    """With -e prerequisites_pyroute2=false the variable is a string."""
    assert prerequisites(UBUNTU, "auto", word, word) == {
        "packages": IN_DEBIAN if value else IN_DEBIAN[:2],
        "update_cache": value,
    }


@pytest.mark.parametrize("options", [{"pyroute2": "maybe"}, {"update_cache": "maybe"}])
def test_what_is_no_boolean_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(AnsibleFilterError, match="'maybe': is not true or false"):
        prerequisites(UBUNTU, **options)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (ROCKY.format("9.6"), "python3-pyroute2 of Rocky Linux 9.6 is pyroute2 0.5.14"),
        (ROCKY.format("8.10"), "python3-pyroute2 of Rocky Linux 8.10 is pyroute2 0.5.3"),
        (DEBIAN.format(11), "python3-pyroute2 of Debian 11 is pyroute2 0.5.14"),
    ],
)
def test_a_pyroute2_that_is_too_old_is_refused_with_a_way_out(text: str, named: str) -> None:
    error = prerequisites(text)["error"]
    assert named in error and "pip" in error and "prerequisites_pyroute2" in error
    assert "error" not in prerequisites(text, pyroute2=False)


@pytest.mark.parametrize("text", ["", "NAME=NixOS\nID=nixos\n", "ID=\nNAME='unclosed\n", "\x00"])
def test_an_unknown_distribution_is_told_what_to_install(text: str) -> None:
    needs = "install iproute2, nftables, pyroute2 from its packages"
    assert prerequisites(text)["error"].endswith(needs)


@pytest.mark.parametrize(("text", "backend"), [(None, "auto"), ({}, "auto"), (UBUNTU, "ufw")])
def test_what_is_no_text_or_no_backend_is_refused(text: Any, backend: str) -> None:
    with pytest.raises(AnsibleFilterError, match="prerequisites: "):
        prerequisites(text, backend)

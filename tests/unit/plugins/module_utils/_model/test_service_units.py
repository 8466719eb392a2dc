# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of units in namespaces: nothing in them is more than a value."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import HostFile
from ansible_collections.redblue.netns.plugins.module_utils._model.service_units import (
    compose_drop_in,
    compose_lab_drop_in,
    compose_publication,
    escape_value,
    find_publication,
    list_options,
    read_declared_options,
    read_published_unit,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.services import (
    Publication,
    Service,
)

WEB = Service("web.service", "blue", (Publication(80, 8080, "::1", "fd00::2"),))
PROXY = "/usr/lib/systemd/systemd-socket-proxyd"


def lines_of(file: HostFile) -> list[str]:
    return file.content.decode().splitlines()


def test_a_service_is_in_its_namespace_with_its_files_and_without_resolvers_of_the_host() -> None:
    file = compose_drop_in(WEB, None)
    assert file.path == "/etc/systemd/system/web.service.d/redblue-netns.conf"
    assert lines_of(file)[2:] == [
        "[Service]",
        "NetworkNamespacePath=/run/netns/blue",
        "BindReadOnlyPaths=-/etc/netns/blue/resolv.conf:/etc/resolv.conf",
        "BindReadOnlyPaths=-/etc/netns/blue/hosts:/etc/hosts",
        "BindReadOnlyPaths=-/etc/netns/blue/nsswitch.conf:/etc/nsswitch.conf",
        "TemporaryFileSystem=/run/nscd:ro /run/systemd/resolve:ro /run/avahi-daemon:ro",
    ]


def test_a_socket_has_no_files() -> None:
    file = compose_drop_in(Service("web.socket", "blue"), None)
    assert lines_of(file)[2:] == ["[Socket]", "NetworkNamespacePath=/run/netns/blue"]


def test_a_unit_in_a_persistent_topology_is_bound_to_that() -> None:
    assert lines_of(compose_drop_in(WEB, "lab"))[2:6] == [
        "[Unit]",
        "BindsTo=redblue-netns@lab.service",
        "After=redblue-netns@lab.service",
        "",
    ]
    socket = lines_of(compose_drop_in(Service("web.socket", "blue"), "lab"))
    assert socket[2:4] == ["[Unit]", "DefaultDependencies=no"]
    file = compose_lab_drop_in("web.service", "lab", ["web.service"])
    assert file.path == "/etc/systemd/system/redblue-netns@lab.service.d/web.service.conf"
    assert lines_of(file)[1:] == ["[Unit]", "Wants=web.service"]


def test_a_published_port_has_a_socket_on_the_host_and_a_program_in_the_namespace() -> None:
    program, socket, link = compose_publication(WEB, WEB.publish[0], "lab", PROXY)
    assert f"ExecStart={PROXY} [fd00::2]:80" in lines_of(program)
    assert "NetworkNamespacePath=/run/netns/blue" in lines_of(program)
    assert "ListenStream=[::1]:8080" in lines_of(socket)
    assert "NetworkNamespacePath" not in socket.content.decode()
    assert link.target == socket.path
    name = "redblue-netns-publish-::1-8080"
    assert [find_publication(file.path) for file in (program, socket, link)] == [
        (name, "service"), (name, "socket"), (name, "socket"),
    ]  # fmt: skip
    assert read_published_unit(program) == read_published_unit(socket) == "web.service"


def test_the_declared_options_are_read_back() -> None:
    file = compose_drop_in(WEB, None)
    assert read_declared_options(file) == list_options(WEB)


@pytest.mark.parametrize(
    "content",
    [b"", b"# ours\n", b"# ours\n# Declared: [1]\n", b"# ours\n# Declared: {\n", b"\xff\n"],
)
def test_a_file_of_another_form_declares_nothing(content: bytes) -> None:
    assert read_declared_options(HostFile("/x", content)) is None
    assert read_published_unit(HostFile("/x", content)) is None


def test_a_file_of_others_declares_nothing() -> None:
    file = compose_drop_in(WEB, None)
    assert read_declared_options(HostFile(file.path, file.content, is_ours=False)) is None


def test_values_have_no_specifiers_and_no_line_breaks() -> None:
    assert escape_value("100%i") == "100%%i"
    for text in ("a\nExecStart=/bin/sh", "a\rb"):
        with pytest.raises(ValueError, match="line break"):
            escape_value(text)

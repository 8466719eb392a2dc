# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reason of a reply: from errno, from the error queue of a socket, from ICMP."""

from __future__ import annotations

import errno

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import REASONS
from ansible_collections.redblue.netns.plugins.module_utils._probe.reasons import (
    ExtendedError,
    reply_of_errno,
    reply_of_error,
)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENETUNREACH, "no_route"),
        (errno.EHOSTUNREACH, "unreachable"),
        (errno.EACCES, "prohibited"),
        (errno.EPERM, "prohibited"),
        (errno.EINVAL, "blackhole"),
        (errno.ECONNREFUSED, "refused"),
        (errno.ECONNRESET, "reset"),
        (errno.EPIPE, "reset"),
        (errno.ETIMEDOUT, "timed_out"),
        (errno.EMSGSIZE, "too_big"),
        (errno.EADDRNOTAVAIL, "no_source"),
        (errno.ENODEV, "no_source"),
        (errno.ENOBUFS, "no_buffers"),
        (errno.EAFNOSUPPORT, "no_route"),
        (errno.EXDEV, "unreachable"),
    ],
)
def test_an_errno_has_a_reason(number: int, reason: str) -> None:
    assert (
        reply_of_errno(number).reason == reason
        and reason in REASONS
        and reply_of_errno(number).message
    )


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_other_errors_fail_the_task(number: int) -> None:
    with pytest.raises(Failed, match="cannot open another socket for the probes"):
        reply_of_errno(number)


def icmp_error(
    family: int,
    kind: int,
    code: int,
    by: str | None = "192.0.2.254",
    local: bool = False,
    number: int = errno.EHOSTUNREACH,
) -> ExtendedError:
    return ExtendedError(number, local, family, kind, code, 0, by, b"")


@pytest.mark.parametrize(
    ("family", "kind", "code", "reason"),
    [
        (4, 3, 0, "no_route"),
        (4, 3, 1, "unreachable"),
        (4, 3, 2, "unreachable"),
        (4, 3, 4, "too_big"),
        (4, 3, 9, "prohibited"),
        (4, 3, 10, "prohibited"),
        (4, 3, 13, "prohibited"),
        (4, 11, 0, "ttl_exceeded"),
        (6, 1, 0, "no_route"),
        (6, 1, 1, "prohibited"),
        (6, 1, 2, "unreachable"),
        (6, 1, 3, "unreachable"),
        (6, 1, 5, "prohibited"),
        (6, 1, 6, "prohibited"),
        (6, 2, 0, "too_big"),
        (6, 3, 0, "ttl_exceeded"),
        (4, 12, 0, "unreachable"),
        (6, 4, 1, "unreachable"),
    ],
)
@pytest.mark.parametrize("protocol", ["icmp", "tcp", "udp", "http", "dns"])
def test_an_icmp_error_has_a_reason(
    family: int, kind: int, code: int, reason: str, protocol: str
) -> None:
    reply = reply_of_error(icmp_error(family, kind, code), protocol, "192.0.2.1")
    assert (reply.reason, reply.reported_by) == (
        reason,
        "192.0.2.254",
    ) and reply.message.startswith("192.0.2.254 reports: ")


@pytest.mark.parametrize(("family", "kind", "code"), [(4, 3, 3), (6, 1, 4)])
def test_only_the_target_reports_a_closed_port(family: int, kind: int, code: int) -> None:
    for protocol, by, reason in (
        ("udp", "192.0.2.1", "refused"),
        ("dns", "192.0.2.1", "refused"),
        ("udp", "192.0.2.254", "prohibited"),
        ("tcp", "192.0.2.1", "prohibited"),
        ("http", "192.0.2.1", "prohibited"),
        ("icmp", "192.0.2.1", "prohibited"),
    ):
        assert (
            reply_of_error(icmp_error(family, kind, code, by), protocol, "192.0.2.1").reason
            == reason
        )


def test_a_local_error_has_a_reason() -> None:
    assert (
        reply_of_error(icmp_error(4, 0, 0, None, True, errno.EMSGSIZE), "icmp", "192.0.2.1").reason
        == "too_big"
    )

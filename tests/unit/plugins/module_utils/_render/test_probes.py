# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of probes: composed, summarized and described."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._describe.probes import (
    describe_probe_step,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import (
    Probe,
    ProbeReply,
    ProbeResult,
)
from ansible_collections.redblue.netns.plugins.module_utils._render.probes import (
    compose_probes,
    compose_result,
    describe_failed,
    write_matrix,
)

MODULE = "netns_probe_info"
OK, SILENT, REFUSED = (
    ProbeReply("ok", latency=0.001),
    ProbeReply("timed_out", "no answer within 1 s"),
    ProbeReply("refused", "no program listens on the port"),
)


def make_result(
    *replies: ProbeReply,
    netns: str | None = "red",
    to: str | None = "blue",
    address: str | None = None,
    **more: Any,
) -> ProbeResult:
    probe = Probe("probes[0]", netns, to_netns=None if address else to, address=address, **more)
    return ProbeResult(probe, replies, address or "192.0.2.1", more.get("port"))


@pytest.mark.parametrize(
    ("replies", "reached", "reason", "received", "loss"),
    [
        ([OK], True, "ok", 1, 0.0),
        ([SILENT, OK, SILENT], True, "ok", 1, 66.7),
        ([SILENT, REFUSED], False, "refused", 0, 100.0),
        ([SILENT, ProbeReply("wrong_answer")], True, "wrong_answer", 1, 50.0),
        ([ProbeReply("wrong_answer"), OK], True, "ok", 2, 0.0),
        ([ProbeReply("somebody_else")], False, "somebody_else", 0, 100.0),
    ],
)
def test_packets_of_one_probe_are_combined(
    replies: list[ProbeReply], reached: bool, reason: str, received: int, loss: float
) -> None:
    probe_result = make_result(*replies)
    assert (
        probe_result.reached,
        probe_result.reply.reason,
        probe_result.received,
        probe_result.loss,
    ) == (
        reached,
        reason,
        received,
        loss,
    )


@pytest.mark.parametrize(
    ("reason", "reachable", "unreachable"),
    [
        ("ok", True, False),
        ("wrong_answer", False, False),
        ("refused", False, True),
        ("timed_out", False, True),
        ("somebody_else", False, True),
        ("no_address", False, False),
        ("no_source", False, False),
        ("no_listener", False, False),
        ("no_buffers", False, False),
        ("not_there", True, True),
    ],
)
def test_a_result_is_compared_with_expect(reason: str, reachable: bool, unreachable: bool) -> None:
    assert (
        make_result(ProbeReply(reason)).ok,
        make_result(ProbeReply(reason), reachable=False).ok,
    ) == (
        reachable,
        unreachable,
    )


def test_a_probe_has_at_least_one_reply() -> None:
    with pytest.raises(ValueError):
        make_result()


def test_latencies_are_in_milliseconds() -> None:
    result = compose_result(make_result(OK, ProbeReply("ok", latency=0.003), SILENT))
    assert (
        result["latency"] == {"min": 1.0, "avg": 2.0, "max": 3.0}
        and result["message"] == "2 of 3 answered in 2.00 ms"
    )
    assert compose_result(make_result(SILENT))["latency"] is None


def test_results_are_described() -> None:
    assert describe_probe_step(
        make_result(OK, netns=None, address="fd00::1", protocol="tcp", port=80).probe
    ) == ("probe the host to [fd00::1]:80, which is expected to be reachable")
    assert describe_probe_step(
        make_result(OK, name="x", protocol="udp", port=53, reachable=False).probe
    ) == ("probe x: red to udp blue:53, which is expected to be unreachable")
    result = compose_probes([make_result(OK), make_result(REFUSED, protocol="tcp", port=80)])
    assert result["failed_probes"] == [
        "red to blue:80 is expected to be reachable: refused: no program listens on the port"
    ]
    assert (result["ok"], result["summary"]) == (False, "2 probes, 1 not as expected")
    assert result["report"].splitlines() == [
        "FROM  TO       EXPECTED   RESULT",
        "red   blue     reachable  answered in 1.00 ms",
        "red   blue:80  reachable  refused: no program listens on the port  <-- WRONG",
        "2 probes, 1 not as expected",
    ]


def test_a_message_names_the_first_failures() -> None:
    message = describe_failed([make_result(SILENT, to=f"n{number}") for number in range(30)])
    assert message.startswith(
        "30 probes, 30 not as expected: red to n0 is expected"
    ) and message.endswith("; and 20 more")


def test_a_small_matrix_has_words() -> None:
    text = write_matrix(
        [
            make_result(OK),
            make_result(SILENT, netns="blue", to="red"),
            make_result(REFUSED, netns=None, to="red", reachable=False),
            make_result(OK, netns="/run/lan/far", to="red"),
        ]
    )
    assert text.splitlines() == [
        "FROM \\ TO  blue     red",
        "red        1.00 ms",
        "blue                timed_out !",
        "host                refused",
        "far                 1.00 ms",
    ]


def test_a_matrix_shows_the_worse_of_two_probes() -> None:
    for pair in ([make_result(OK), make_result(SILENT)], [make_result(SILENT), make_result(OK)]):
        assert "timed_out !" in write_matrix(pair)


def test_a_large_matrix_has_letters() -> None:
    names = [f"namespace{number}" for number in range(30)]
    text = write_matrix(
        [
            make_result(SILENT if other == names[3] else OK, netns=probe_result, to=other)
            for probe_result in names
            for other in names
            if probe_result != other
        ]
    )
    lines = text.splitlines()
    assert (
        len(lines) == 32
        and max(map(len, lines)) < 160
        and lines[1].startswith(" 1 namespace0")
        and lines[1].count("+") == 28
        and lines[1].count("X") == 1
    )
    text = write_matrix([make_result(OK, netns="red", to=other, reachable=True) for other in names])
    assert text.splitlines()[-30:] == [
        f"{number:>2} {name}" for number, name in enumerate(names, 1)
    ]

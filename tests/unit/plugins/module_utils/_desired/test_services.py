# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of netns_service."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.services import (
    Publication,
    Service,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS

WEB: dict[str, Any] = {"name": "web.service", "netns": "blue"}
SPEC, PARSE = PARSERS["netns_service"]


def parse(**options: Any) -> Any:
    return PARSE(validate(options, SPEC))


def test_a_port_is_published_at_the_same_port_of_the_loopback() -> None:
    (service,) = parse(**WEB, publish=[{"port": 80}, {"port": 443, "address": "::1"}]).present
    assert service.publish == (Publication(80, 80), Publication(443, 443, "::1"))


def test_absent_is_where_the_files_of_the_unit_say() -> None:
    desired = parse(name="web.service", state="absent", publish=[{"port": 80}])
    assert desired.absent == (Service("web.service", None),) and not desired.present


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"netns": None}, "netns", "required"),
    ({"netns": "../blue"}, "netns", "has only letters"),
    ({"publish": [{"port": 0}]}, r"publish\[0\].port", "between 1 and 65535"),
    ({"publish": [{"port": 80, "host_port": 70000}]}, r"publish\[0\].host_port", "between 1"),
    ({"publish": [{"port": 80, "address": "10.0.0.1"}]}, r"publish\[0\].address", "no loopback"),
    ({"publish": [{"port": 80, "to": "224.0.0.1"}]}, r"publish\[0\].to", "single host"),
    ({"publish": [{"port": 80}, {"port": 80}]}, r"publish\[1\].host_port", "already listed"),
    ({"name": "web.socket", "publish": [{"port": 80}]}, "publish", "only for services"),
]


@pytest.mark.parametrize(("options", "path", "rule"), REFUSED)
def test_a_wrong_option_is_refused(options: dict[str, Any], path: str, rule: str) -> None:
    with pytest.raises(Refused, match=f"^{path}.*{rule}"):
        parse(**{**WEB, **options})

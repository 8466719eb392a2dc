# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of units: what can be in a namespace is accepted, all else is explained."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.unit_names import (
    check_unit_name,
)

ACCEPTED = [
    "web.service",
    "web.socket",
    "app@1.service",
    "app@a@b.service",
    "getty@tty-1.service",
    r"mnt@srv-a\x2db.service",
    "dbus-org.example.Web1.service",
    ".hidden.service",
]
REFUSED = {
    "": "is empty",
    "web": "has no suffix; write web.service or web.socket",
    "app@.service": "is a template, which does not run; name an instance of it, such as app@1.serv",
    "@1.service": "has no name before its suffix",
    ".service": "has no name before its suffix",
    "...service": "has no name before its suffix",
    "backup.timer": "is a timer, .* name what it starts, such as backup.service",
    "srv.mount": "is a mount, and only a service or a socket",
    "/etc/systemd/system/web.service": "is a path; write the name of the unit, web.service",
    "../web.service": "is a path",
    "web.service/": "is a path; write the name of the unit, web.service",
    "web.service.d/x.service": "is a path",
    "web service.service": "has only letters, digits",
    "web\n.service": "has only letters, digits",
    "web.service\n": "has only letters, digits",
    "%i.service": "has only letters, digits",
    "wéb.service": "has only letters, digits",
    "$(id).service": "has only letters, digits",
    "--now.service\0": "has only letters, digits",
    f"{'a' * 250}.service": "is 258 bytes long",
    "redblue-netns@lab.service": "is a unit of this collection",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_names_of_services_and_sockets_are_accepted(name: str) -> None:
    assert check_unit_name("name", name) == name


@pytest.mark.parametrize("name", REFUSED)
def test_other_names_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(Refused, match=REFUSED[name]):
        check_unit_name("name", name)

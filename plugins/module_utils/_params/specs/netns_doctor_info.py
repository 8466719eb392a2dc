# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_doctor_info."""

from __future__ import annotations

from typing import Any

from ..._model.fast_typing import TypedDict
from ..specification import Specification


class NetnsDoctorParams(TypedDict):
    topology: dict[str, Any] | None
    """The options of the module topology. They are validated with its specification."""


NETNS_DOCTOR_INFO_SPEC = Specification(NetnsDoctorParams, {"topology": {"type": "dict"}})

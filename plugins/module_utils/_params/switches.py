# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are a boolean, or a dictionary that says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .._model.errors import Refused
from .option_types import describe_type, find_boolean, validate_dict
from .validation import validate

if TYPE_CHECKING:
    from .specification import Specification

Params = TypeVar("Params")


def read_switch(
    parameter: str, value: Any, specification: Specification[Params], forms: str
) -> bool | Params | None:
    """The value of such an option; None if it is omitted.

    :param specification: that of the dictionary.
    :param forms: the forms of the option, for the message.
    :raises Refused: it is neither, or the dictionary is not valid.
    """
    if value is None:
        return None
    boolean = find_boolean(value)
    if boolean is not None:
        return boolean
    if isinstance(value, str) and "=" not in value and not value.lstrip().startswith("{"):
        raise Refused(parameter, value, f"is neither a boolean nor a dictionary; {forms}")
    if not isinstance(value, (str, dict)):
        kind = describe_type(value)
        rule = f"is a {kind}, neither a boolean nor a dictionary; {forms}"
        raise Refused(parameter, value, rule)
    return validate(validate_dict(parameter, value), specification, f"{parameter}.")

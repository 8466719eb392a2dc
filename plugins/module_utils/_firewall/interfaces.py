# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a firewall backend and an integration with another firewall must offer.

All methods work on the network namespace of the calling thread: a program that they run inherits
it. ``netns`` is only the name that the returned resources carry; ``None`` is the host.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.nat import BlockingChain, IntegratedFirewall, Ruleset
    from .._model.resources import NatResource
    from .listing import Listing


class FirewallBackend(ABC):
    """A tool that holds the NAT rule set of a namespace in tables or chains of its own."""

    @abstractmethod
    def find_unavailable_reason(self) -> str | None:
        """Why the tool does not work in this namespace, as a sentence; ``None`` if it works."""

    @abstractmethod
    def observe_ruleset(self, netns: str | None, listing: Listing) -> Ruleset | None:
        """Read our rule set; ``None`` if there is none.

        :raises Conflict: a table or chain has our name and not our mark.
        :raises Failed: the tool does not list its rules.
        """

    @abstractmethod
    def replace_ruleset(self, before: Ruleset | None, after: Ruleset | None) -> None:
        """Put the rule set ``after`` in the place of ``before``; ``None`` is an empty rule set.

        :raises Conflict: a table or chain has our name and not our mark.
        :raises Failed: the tool refused the rules; they are as they were before.
        """

    @abstractmethod
    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        """Return the commands for bash that do what ``replace_ruleset`` does.

        :param prefix: stands before each command, for example ``ip netns exec red ``.
        """

    def note_rules(self) -> None:  # noqa: B027  # only some can
        """Note for the next run what was read in this one, which may change the host."""


class Survey(NamedTuple):
    """What other firewalls do with forwarded traffic.

    ``hook_points`` are the places where a firewall can be made to accept our traffic, by its name
    in the option ``integrate``; ``blocking_chains`` are chains that drop what no rule in them
    accepts.
    """

    hook_points: dict[str, tuple[str, ...]] = {}
    blocking_chains: tuple[BlockingChain, ...] = ()


class FirewallIntegration(ABC):
    """Rules of ours in another firewall, which make it accept our traffic."""

    @abstractmethod
    def survey(self, listing: Listing) -> Survey:
        """Find this firewall's hook points and its chains that block forwarded traffic."""

    @abstractmethod
    def observe_integrations(
        self, netns: str | None, resources: Sequence[NatResource], listing: Listing
    ) -> list[IntegratedFirewall]:
        """Find the interfaces whose traffic this firewall accepts for us.

        :param resources: our rule set, from which the rules in the other firewall follow.
        :return: without a hook point where rules are missing or differ.
        """

    @abstractmethod
    def replace_integrations(
        self, before: Sequence[NatResource], after: Sequence[NatResource], listing: Listing
    ) -> None:
        """Make this firewall accept the traffic of ``after``, and no longer that of ``before``.

        :raises Failed: the firewall refused.
        """

    @abstractmethod
    def render_commands(
        self, before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
    ) -> list[str]:
        """Return the commands for bash that do what ``replace_integrations`` does."""

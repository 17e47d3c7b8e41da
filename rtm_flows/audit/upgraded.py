"""Upgraded: a run whose configuration changed on the way, each decision judged by its own.

In: the configurations by digest, and the digests that the decisions name. Out: the checks that
these make possible, as `Known` has them, and sentences on what is believed. It refuses to know how
a digest is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rtm_flows.audit.continuity import Believed, believed
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known, Shared
from rtm_flows.audit.record import Decision
from rtm_flows.audit.records import Record

CHECK = "configuration"


class Upgraded:
    """Several configurations, one after the other, and an input.

    Parameters
    ----------
    given
        The configurations that are known, by digest.
    named
        The digests that decisions name, in the order in which they are first named.
    last
        The same, in the order in which they are last named.

    Raises
    ------
    ValueError
        If the zone of one is unknown.
    """

    def __init__(
        self, given: Mapping[str, Declared], named: Sequence[str], last: Sequence[str]
    ) -> None:
        held = [one for one in named if one in given]
        parts = [given[one] for one in held] or list(given.values())[:1]
        self._missing = [one for one in named if one not in given]
        found = believed(parts, again=list(named) != list(last))
        if self._missing:
            found = [Believed(lives=True) for _ in parts]
        shared = Shared.of(parts[0])
        self.reading = shared.reading
        made = [Known(one, shared, told) for one, told in zip(parts, found, strict=True)]
        self._shared = shared
        self._known = dict(zip(held, made, strict=False))
        self._believed = dict(zip(held, found, strict=False))

    def add(self, record: Record) -> None:
        """Take in a record of the input; all of them before any decision is looked at."""
        self._shared.add(record)
        for known in self._known.values():
            known.add_cause(record)

    def proofs(self, decision: Decision) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the checks of a decision, by the configuration that it names."""
        known = self._known.get(decision.config)
        if known is None:
            told = f"it was made by {decision.config!r}, which was not given: name its --config too"
            yield CHECK, iter([told])
            return
        yield CHECK, iter(())
        yield from known.proofs(decision)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what of the run is believed."""
        if self._missing:
            text = "limits, pauses, suppressions and what is superseded: not asked"
            return (f"{text}, as configurations are missing: {', '.join(self._missing)}",)
        told = (
            f"{digest}: {what} believed, as what was before that configuration is not told"
            for digest, one in self._believed.items()
            if (what := _listed(one))
        )
        return tuple(told)


def _listed(one: Believed) -> str:
    if one.lives:
        return "limits, pauses, suppressions and what is superseded are"
    named = [f"the limit {name!r}" for name in sorted(one.limits)]
    named += [f"the pause {name!r}" for name in sorted(one.pauses)]
    named += ["suppressions"] if one.suppressions else []
    return f"{', '.join(named)} {'is' if len(named) == 1 else 'are'}" if named else ""

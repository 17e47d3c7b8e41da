"""What a feature says: its unit, its range and its meaning, from its definition.

In: a definition. Out: words for people. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.features import definitions as d
from rtm_flows.features import history_kinds as h
from rtm_flows.features import order_kinds as o
from rtm_flows.features import service_kinds as s
from rtm_flows.features.definition import Description
from rtm_flows.features.own.kind import Python

_FIELD_UNITS = {"price": "currency", "amount": "currency", "quantity": "pieces"}


def describe(feature: d.Feature) -> Description:
    """Describe a feature.

    Examples
    --------
    >>> describe(d.SessionCount(name="n", types=("search",)))
    Description(unit='events', range='[0, inf)', meaning='search in the session so far')
    """
    match feature:
        case d.SessionCount(types=types):
            return _counted(f"{_any(types)} in the session so far")
        case d.WindowCount() | d.WindowSum() | d.WindowCells():
            return _of_window(feature)
        case d.DecayedCount(types=types, half_life=half_life):
            return _counted(f"{_any(types)}, each half after every {half_life}")
        case h.LifetimeCount(types=types):
            return _counted(f"{_any(types)} so far")
        case d.SessionSum(field=field, add=add, subtract=less):
            return _summed(field, f"{_sum(field, add, less)} in the session so far")
        case h.LifetimeSum(field=field, add=add, subtract=less):
            return _summed(field, f"{_sum(field, add, less)} so far")
        case d.DecayedSum(field=field, types=types, half_life=half_life):
            return _summed(field, f"{_sum(field, types, ())}, each half after every {half_life}")
        case d.SessionSeconds():
            return Description("seconds", "[0, inf)", "since the session's first event")
        case d.GapSeconds():
            return Description("seconds", "[0, sessions.gap]", "since the session's previous event")
        case d.SinceSeconds(types=types, never_seconds=never):
            return _since(f"since the latest earlier {_any(types)}", never)
        case h.AwaySeconds(never_seconds=never):
            return _since("from the last event before this session to its first", never)
        case s.OrderStateSeconds(states=states, never_seconds=never):
            return _since(f"since an earlier event left an order {_any(states)}", never)
    return _of_person(feature)


def _of_window(feature: d.WindowCount | d.WindowSum | d.WindowCells) -> Description:
    cells = f"in the last {feature.width}, by cells of {feature.step}"
    match feature:
        case d.WindowCount(types=types):
            return _counted(f"{_any(types)} {cells}")
        case d.WindowSum(field=field, add=add, subtract=less):
            return _summed(field, f"{_sum(field, add, less)} {cells}")
        case d.WindowCells(types=types, width_ms=width, step_ms=step):
            return Description("cells", f"[0, {width // step}]", f"with {_any(types)} {cells}")


def _of_person(feature: d.Feature) -> Description:
    match feature:
        case h.DaysActive(types=types):
            return Description("days", "[0, inf)", f"days (UTC) with {_any(types)}")
        case h.Share(field=field, values=values, types=types):
            return _share(f"{field} is {_any(values)}, of {_any(types)} that tell it")
        case h.Rate(hits=hits, of=of, prior=prior, weight=weight):
            said = f"{_any(hits)} per {_any(of)}, with {weight:g} more at {prior:g}"
            return Description("rate", "[0, inf)", said)
        case h.Habit(part=part, types=types):
            return _share(f"of earlier {_any(types)}, those in this {part} (UTC)")
        case h.Affinity(field=field, types=types, measure="distinct", entries=entries):
            said = f"values of {field} remembered from {_any(types)}"
            return Description("values", f"[0, {entries}]", said)
        case h.Affinity(field=field, types=types, half_life=half_life, measure=measure):
            whose = "this event's" if measure == "own_share" else "the leading"
            spread = f"among {_any(types)}, each half after every {half_life}"
            return _share(f"of {whose} {field} {spread}")
    return _of_now(feature)


def _of_now(feature: d.Feature) -> Description:
    match feature:
        case Python():
            return feature.described
        case d.Property(field=field):
            return _summed(field, f"{field} of this event")
        case d.Indicator(field=field, values=values):
            return Description("flag", "{0, 1}", f"{field} of this event is {_any(values)}")
        case s.CartQuantity():
            return Description("pieces", "[0, inf)", "in the cart")
        case s.CartValue():
            return Description("currency", "[0, inf)", "in the cart")
        case s.CartItems():
            return Description("items", "[0, 32]", "different items in the cart")
        case s.OrdersInState(states=states):
            return Description("orders", "[0, 16]", f"that are {_any(states)}")
        case s.OrderFaults():
            return _counted("order events so far that did not suit their order")
        case s.OpenCases():
            return Description("cases", "[0, 16]", "service cases that are open")
        case o.OrderKind():
            return _of_customer(feature, _any(feature.types))
    msg = f"no words are known for the kind of {feature!r}"
    raise TypeError(msg)


def _of_customer(feature: o.OrderKind, orders: str) -> Description:
    match feature:
        case o.OrderCount():
            return Description("orders", "[0, inf)", f"{orders} so far")
        case o.OccasionCount(step=step):
            return Description("occasions", "[0, inf)", f"cells of {step} with {orders} so far")
        case o.OrderValue():
            return _summed("amount", f"amount of {orders} so far")
        case o.FirstOrderSeconds():
            return Description("seconds", "[0, inf)", f"since the first {orders}")
        case o.LastOrderSeconds(never_seconds=never):
            return _since(f"since the latest {orders}, this event included", never)
        case o.ExpectedPurchases(horizon=horizon):
            said = f"occasions of {orders} to expect in the next {horizon} (BG/NBD)"
            return Description("occasions", "[0, inf)", said)
        case o.PAlive():
            said = f"that the person will come again, by {orders} (BG/NBD)"
            return Description("probability", "[0, 1]", said)
    said = f"to expect at an occasion of {orders} (Gamma-Gamma)"
    return Description("currency", "[0, inf)", said)


def _counted(meaning: str) -> Description:
    return Description("events", "[0, inf)", meaning)


def _summed(field: str, meaning: str) -> Description:
    return Description(_FIELD_UNITS[field], "(-inf, inf)", meaning)


def _since(meaning: str, never: float) -> Description:
    return Description("seconds", f"[0, {never:g}]", meaning)


def _share(meaning: str) -> Description:
    return Description("share", "[0, 1]", meaning)


def _sum(field: str, add: Sequence[str], less: Sequence[str]) -> str:
    return f"{field} of {_any(add)}" + (f", less that of {_any(less)}" if less else "")


def _any(names: Sequence[str]) -> str:
    """Return names as people list them.

    Examples
    --------
    >>> _any(("*",)), _any(("!", "a", "b")), _any(("a", "b", "c"))
    ('events', 'events but a or b', 'a, b or c')
    """
    if tuple(names) == ("*",):
        return "events"
    if names[:1] == ("!",):
        return f"events but {_any(names[1:])}"
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last

"""Every kind of feature as a batch over a table: what a data scientist computes after the fact.

In: all events of one person up to one of them, as a polars table, and a definition. Out: the value
of the feature at the last event. Nothing is carried from event to event: each value is made from
the whole table. What has no aggregation (the states of an order, the amount of an item) is folded
over the rows of that one order or item. A limit on what is remembered is not applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from scipy.special import hyp2f1

from rtm_flows.features import definitions as d
from rtm_flows.features import history_kinds as h
from rtm_flows.features import order_kinds as o
from rtm_flows.features import service_kinds as s
from rtm_flows.times import parse_duration

DAY = 86_400_000
Moves = Mapping[str, Mapping[str, str]]
"""Event type -> state before ("not known" at first) -> state after."""
_NOW = pl.col("t").last()
_EARLIER = pl.int_range(pl.len()) < pl.len() - 1


def value(feature: d.Feature, life: pl.DataFrame, gap: int, moves: Moves) -> float:
    """Return a feature at the last event.

    Parameters
    ----------
    life
        Columns `n` (row number), `t` (milliseconds), `type`, `price`, `quantity`, `amount` (money
        in minor units), and texts.
    gap
        Of sessions, in milliseconds.
    moves
        The states of orders.
    """
    match feature:
        case (
            d.SessionCount()
            | d.SessionSum()
            | d.SessionSeconds()
            | d.GapSeconds()
            | h.AwaySeconds()
        ):
            return _of_session(feature, life, gap)
        case d.WindowCount() | d.WindowSum() | d.WindowCells():
            return _of_window(feature, life)
        case o.OrderKind():
            return _of_orders(feature, life)
        case s.CartQuantity() | s.CartValue() | s.CartItems():
            return _of_cart(feature, life)
        case s.OrdersInState() | s.OrderStateSeconds() | s.OrderFaults():
            return _of_states(feature, life, moves)
        case h.Affinity():
            return _of_affinity(feature, life)
    return _told(life, _expression(feature))


def _expression(feature: d.Feature) -> pl.Expr:
    """Return what is one aggregation over all events."""
    match feature:
        case d.DecayedCount(types=types, half_life=half_life):
            return _weight(half_life).filter(_is(types)).sum()
        case d.DecayedSum(field=field, types=types, half_life=half_life):
            return (_weight(half_life) * pl.col(field)).filter(_is(types)).sum() / _unit(field)
        case d.SinceSeconds(types=types, never=never):
            return _since(_is(types), never)
        case h.LifetimeCount(types=types):
            return _is(types).sum()
        case h.LifetimeSum(field=field, add=add, subtract=less):
            return _signed(field, add, less).sum() / _unit(field)
        case h.DaysActive(types=types):
            return (pl.col("t") // DAY).filter(_is(types)).n_unique()
        case h.Share(field=field, values=values, types=types, half_life=half_life):
            weight, among = _weight(half_life), pl.col(field).is_in(list(values))
            whole = weight.filter(_is(types), pl.col(field).is_not_null()).sum()
            hits = weight.filter(_is(types), among).sum()
            return pl.when(whole >= 1e-6).then(hits / whole).otherwise(0.0)
        case h.Rate():
            return _rate(feature)
        case h.Habit(part=part, types=types):
            time = pl.from_epoch("t", time_unit="ms").dt
            now = time.hour() if part == "hour" else time.weekday()
            same = (now == now.last()).filter(_is(types), _EARLIER)
            return same.mean().fill_null(0.0)
        case s.OpenCases():
            moved = _is(("case_opened", "case_closed"))
            latest = moved & (pl.col("t").cum_count(reverse=True).over("case_id", moved) == 1)
            return (latest & _is(("case_opened",))).sum()
        case d.Property(field=field):
            return pl.col(field).last() / _unit(field)
        case d.Indicator(field=field, values=values):
            return pl.col(field).last().is_in(list(values)).fill_null(value=False)
    msg = f"no batch is known for {feature!r}"
    raise TypeError(msg)


def _told(life: pl.DataFrame, expression: pl.Expr) -> float:
    return float(life.select(expression.alias("value")).item())


def _is(types: Sequence[str]) -> pl.Expr:
    if types[0] == "*":
        return pl.col("type").is_not_null()
    among = pl.col("type").is_in([one for one in types if one != "!"])
    return ~among if types[0] == "!" else among


def _unit(field: str) -> float:
    return 1.0 if field == "quantity" else 100.0


def _signed(field: str, add: Sequence[str], less: Sequence[str]) -> pl.Expr:
    sign = _is(add).cast(pl.Int64)
    if less:
        sign -= _is(less).cast(pl.Int64)
    return pl.col(field) * sign


def _weight(half_life: str | None) -> pl.Expr:
    age = (_NOW - pl.col("t")).cast(pl.Float64)
    return pl.lit(2.0) ** (-age / (parse_duration(half_life) if half_life else float("inf")))


def _since(counted: pl.Expr, never: str) -> pl.Expr:
    most = parse_duration(never) / 1000
    latest = pl.col("t").filter(counted, _EARLIER).max()
    return pl.min_horizontal((_NOW - latest) / 1000, pl.lit(most))


def _rate(feature: h.Rate) -> pl.Expr:
    suits = pl.col("type").is_not_null()
    if feature.field is not None:
        suits = pl.col(feature.field).is_in(list(feature.values)).fill_null(value=False)
    weight = _weight(feature.half_life)
    hits, of = (weight.filter(_is(types), suits).sum() for types in (feature.hits, feature.of))
    return (hits + feature.prior * feature.weight) / (of + feature.weight)


def _of_session(feature: d.Feature, life: pl.DataFrame, gap: int) -> float:
    session = (pl.col("t").diff() > gap).fill_null(value=True).cum_sum()
    ours = life.filter(session == session.last())
    match feature:
        case d.SessionCount(types=types):
            return _told(ours, _is(types).sum())
        case d.SessionSum(field=field, add=add, subtract=less):
            return _told(ours, _signed(field, add, less).sum() / _unit(field))
        case d.SessionSeconds():
            return _told(ours, (_NOW - pl.col("t").first()) / 1000)
        case h.AwaySeconds(never_seconds=never):
            before = life.filter(session < session.last())["t"].max()
            away = never if before is None else (ours["t"][0] - before) / 1000
            return min(float(away), never)
    return _told(ours, pl.col("t").diff().last().fill_null(0) / 1000)


def _of_window(feature: d.WindowCount | d.WindowSum | d.WindowCells, life: pl.DataFrame) -> float:
    cell = pl.col("t") // feature.step_ms
    ours = life.filter(cell > cell.last() - feature.width_ms // feature.step_ms)
    match feature:
        case d.WindowCount(types=types):
            return _told(ours, _is(types).sum())
        case d.WindowSum(field=field, add=add, subtract=less):
            return _told(ours, _signed(field, add, less).sum() / _unit(field))
        case d.WindowCells(types=types):
            return _told(ours, cell.filter(_is(types)).n_unique())


def _of_affinity(feature: h.Affinity, life: pl.DataFrame) -> float:
    counted = _is(feature.types) & pl.col(feature.field).is_not_null()
    if feature.measure == "own_share":
        weight = _weight(feature.half_life).filter(counted, _EARLIER)
        own = (pl.col(feature.field) == pl.col(feature.field).last()).filter(counted, _EARLIER)
        share = (weight * own).sum() / weight.sum()
        return _told(life, pl.when(weight.len() > 0).then(share).otherwise(0.0))
    ours = life.filter(counted)
    if feature.measure == "distinct":
        return _told(ours, pl.col(feature.field).n_unique())
    values = ours.with_columns(_weight(feature.half_life).alias("w")).group_by(feature.field)
    leading = pl.col("w").max() / pl.col("w").sum()
    return _told(values.agg(pl.col("w").sum()), leading.fill_null(0))


def _of_orders(feature: o.OrderKind, life: pl.DataFrame) -> float:
    first = pl.col("transaction_id").is_first_distinct() | pl.col("transaction_id").is_null()
    told = life.filter(_is(feature.types))
    orders = told.filter(first) if feature.counted.once else told
    now = life["t"].last()
    match feature:
        case o.OrderCount():
            return len(orders)
        case o.OccasionCount():
            return _told(orders, (pl.col("t") // feature.counted.step_ms).n_unique())
        case o.OrderValue():
            return _told(orders, pl.col("amount").sum() / 100)
        case o.FirstOrderSeconds():
            return _told(orders, ((now - pl.col("t").min()) / 1000).fill_null(0))
        case o.LastOrderSeconds(never=never):
            most = parse_duration(never) / 1000
            return _told(orders, pl.min_horizontal((now - pl.col("t").max()) / 1000, pl.lit(most)))
        case o.ExpectedSpend(p=p, q=q, v=v):
            spent = max(_told(orders, pl.col("amount").sum() / 100), 0.0)
            occasions = _told(orders, (pl.col("t") // feature.counted.step_ms).n_unique())
            return p * (v + spent) / (p * occasions + q - 1)
        case o.PAlive():
            return _of_customer(feature, orders, life["t"].item(-1))
    msg = f"no batch is known for {feature!r}"
    raise TypeError(msg)


def _of_customer(feature: o.PAlive, orders: pl.DataFrame, now: int) -> float:
    """Return what BG/NBD says of a customer: equations (10) and (A1) of its paper, with scipy."""
    if orders.is_empty():
        return 0.0
    step = feature.counted.step_ms
    cells = orders.select(
        x=(pl.col("t") // step).n_unique() - 1,
        t_x=(pl.col("t").max() // step - pl.col("t").min() // step) * step / feature.unit_ms,
        age=(now // step - pl.col("t").min() // step) * step / feature.unit_ms,
    )
    (x, t_x, age), (r, alpha, a, b) = cells.row(0), feature.parameters
    left = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x else 0.0
    alive = 1 / (1 + left)
    if not isinstance(feature, o.ExpectedPurchases):
        return alive
    z = feature.horizon_units / (alpha + age + feature.horizon_units)
    quiet = (1 - z) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    return float(alive * (a + b + x - 1) / (a - 1) * (1 - quiet))


def _of_cart(feature: d.Feature, life: pl.DataFrame) -> float:
    """Return what lies in the cart since it was emptied last, item by item."""
    empties = (pl.col("type") == "purchase") & pl.col("item_id").is_null()
    since = life.filter(empties.cum_sum(reverse=True) == 0)
    moves = since.filter(_is(("add_to_cart", "remove_from_cart", "purchase")))
    left = [_left(item) for item in moves.partition_by("item_id")]
    match feature:
        case s.CartQuantity():
            return sum(quantity for quantity, _ in left)
        case s.CartValue():
            return sum(amount for _, amount in left) / 100
    return sum(quantity > 0 for quantity, _ in left)


def _left(item: pl.DataFrame) -> tuple[int, int]:
    """Return quantity and amount left of one item."""
    quantity = amount = 0
    for kind, pieces, minor in item.select("type", "quantity", "amount").iter_rows():
        if kind == "add_to_cart":
            quantity, amount = quantity + pieces, max(0, amount + minor)
        else:
            rest = max(0, quantity - pieces)
            quantity, amount = rest, amount * rest // quantity if rest else 0
        amount = amount if quantity else 0
    return quantity, amount


def _of_states(feature: d.Feature, life: pl.DataFrame, moves: Moves) -> float:
    """Return what the orders came to, each followed through its own events."""
    told = life.filter(_is(tuple(moves)), pl.col("transaction_id").is_not_null())
    nothing = told.clear().with_columns(pl.lit(None, dtype=pl.String).alias("state"))
    lives = [_states(order, moves) for order in told.partition_by("transaction_id")]
    followed = pl.concat([nothing, *lives])
    suited = followed.filter(pl.col("state").is_not_null())
    match feature:
        case s.OrdersInState(states=states):
            ends = suited.group_by("transaction_id").agg(pl.col("state").last())
            return _told(ends, pl.col("state").is_in(list(states)).sum())
        case s.OrderStateSeconds(states=states, never=never):
            entered = suited.filter(pl.col("state").is_in(list(states)))
            earlier = entered.filter(pl.col("n") < life["n"].last())
            since = (life["t"].last() - pl.col("t").max()) / 1000
            return _told(earlier, pl.min_horizontal(since, pl.lit(parse_duration(never) / 1000)))
    return followed["state"].null_count()


def _states(order: pl.DataFrame, moves: Moves) -> pl.DataFrame:
    """Return one order's events with the state after each; none where it did not suit."""
    state, after = "not known", list[str | None]()
    for kind in order["type"]:
        after.append(moves[kind].get(state))
        state = after[-1] or state
    return order.with_columns(pl.Series("state", after, dtype=pl.String))

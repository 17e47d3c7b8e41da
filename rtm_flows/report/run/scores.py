"""The scores: how good they are beside naive ones, how they went, how they are spread.

In: an overview. Out: sections of the page. It refuses to compute figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.measure.figures import wilson
from rtm_flows.measure.overview.learning import LOSS, POSITIVES, PRIOR, Learned, N
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.served import BINS, Served
from rtm_flows.measure.overview.summary import Figures, Model
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.plot import Axes, legend
from rtm_flows.report.quality import reliability
from rtm_flows.report.rows import Rows
from rtm_flows.report.run.marks import missing
from rtm_flows.report.run.stacks import each, start, tick
from rtm_flows.report.tables import figure, folded, section, table

_HEADS = (
    "", "Examples", "Positive", "ROC AUC", "95 %", "Log loss", "95 %", "Brier score",
    "Calibration error",
)  # fmt: skip
_GUESSING = 0.5
_NAIVE = {
    "prior": "the running rate",
    "last_label": "the last label again",
    "recency": "when last seen",
}


def scores(run: Overview) -> Markup:
    """Return the figures of each model beside its baselines, and how they went."""
    groups = [_parties(one, model) for one, model in run.models.items()]
    plots: dict[str, list[Markup]] = {}
    for learned in run.learned or ():
        if any(value is not None for value in learned.losses(LOSS)):
            plots.setdefault(learned.model, []).append(_losses(learned))
    for served in run.served or ():
        plots.setdefault(served.model, []).append(_spread(served))
    why = [] if run.learned is not None else [_absent("learning", "how they went")]
    why += [] if run.served is not None else [_absent("scores", "how they are spread")]
    return section(
        "scores",
        "How good are the scores?",
        element(
            "p",
            "Each example was predicted before it was learned, so these are the figures in life. "
            "A model is worth having if its log loss is below that of every naive way.",
        ),
        table("Models, each above its naive ways", _HEADS, *groups) if groups else None,
        *(element("div", *own, class_="plots") for own in plots.values()),
        *why,
        *(_turns(one) for one in run.learned or () if one.turns),
    )


def _parties(one: str, model: Model) -> list[list[str]]:
    rows = [_figures(name(one), model)]
    rows += [
        [_NAIVE.get(key, key), "", "", words.figure(own.roc_auc), "",
         words.figure(own.log_loss), "", "", ""]
        for key, own in model.baselines.items()
    ]  # fmt: skip
    rows += [_figures(f"{key}, in the shadow", own) for key, own in model.challengers.items()]
    return rows


def _figures(who: str, found: Figures) -> list[str]:
    return [
        who, words.count(found.n), words.count(found.positives), words.figure(found.roc_auc),
        words.interval(found.roc_auc_95), words.figure(found.log_loss),
        words.interval(found.log_loss_95), words.figure(found.brier), words.figure(found.ece),
    ]  # fmt: skip


def _losses(one: Learned) -> Markup:
    course = one.course
    ours, prior = one.losses(LOSS), one.losses(PRIOR)
    known = [value for value in (*ours, *prior) if value is not None]
    reach = max(known) - min(known)
    low, high = max(0.0, min(known) - 0.1 * reach), max(known) + 0.1 * reach
    axes = Axes((0.0, float(max(1, len(ours) - 1))), (low, max(high, low + 0.01)))
    axes.scale(lambda at: tick(course, at), lambda at: f"{at:.3g}", f"{each(course)} (UTC)")
    for turn in one.turns:
        at = _cell_of(one, turn.time)
        axes.mark(at, "alarm" if turn.kind == "drift" else "turn")
    axes.line(list(enumerate(prior)), "prior")
    axes.line(list(enumerate(ours)), "model")
    title = f"Log loss of {one.model} over time"
    entries = [("model", f"score {one.model}"), ("prior", "running rate")]
    entries += [("alarm", "promotion or alarm")] if one.turns else []
    rows = [
        [start(course, cell), words.count(cell.counts.get(N, 0)),
         words.count(cell.counts.get(POSITIVES, 0)), words.figure(mine), words.figure(theirs)]
        for cell, mine, theirs in zip(course.cells, ours, prior, strict=True)
    ]  # fmt: skip
    heads = [
        f"{each(course)} (UTC)".capitalize(),
        "Examples",
        "Positive",
        "Log loss",
        "Running rate",
    ]
    told = (
        f"From {words.figure(_end(ours, 0))} at first to {words.figure(_end(ours, -1))} at last; "
    )
    told += (
        f"the running rate from {words.figure(_end(prior, 0))} to {words.figure(_end(prior, -1))}."
    )
    return figure(
        title,
        axes.drawn(f"loss-{_key(one.model)}", title, told),
        legend(*entries),
        folded("The numbers", table(title, heads, rows), about=title),
    )


def _end(values: Sequence[float | None], at: int) -> float | None:
    known = [value for value in values if value is not None]
    return known[at] if known else None


def _cell_of(one: Learned, time: str) -> float:
    """Return the number of the cell in which a time lies."""
    before = [at for at, cell in enumerate(one.course.cells) if cell.start[:13] <= time[:13]]
    return float(before[-1]) if before else 0.0


def _spread(one: Served) -> Markup:
    axes = Axes((0.0, 1.0), (0.0, float(max([1, *one.bins]))))
    axes.scale(lambda at: f"{at:g}", words.short, "score")
    for at, n in enumerate(one.bins):
        low, high = at / BINS, (at + 1) / BINS
        told = f"{low:.2f} to {high:.2f}: {n:,}"
        axes.bars(low, high, [("sa", (0.0, float(n)))], told)
    title = f"Scores of {one.model}, as served"
    rows = [
        [f"{at / BINS:.2f} to {(at + 1) / BINS:.2f}", words.count(n), words.percent(n / one.n)]
        for at, n in enumerate(one.bins)
    ]
    note = f"{words.count(one.n)} scores, {one.mean:.3f} on average."
    early = f" {words.count(one.early)} were served before the first version." if one.early else ""
    return figure(
        title,
        axes.drawn(f"spread-{_key(one.model)}", title, note),
        element("p", f"{note}{early}", class_="dim"),
        folded("The numbers", table(title, ["Score", "Scores", "Of all"], rows), about=title),
    )


def _turns(one: Learned) -> Markup:
    rows = [
        [words.moment(turn.time, hour=True, year=True), turn.kind, turn.told] for turn in one.turns
    ]
    total = sum(one.counts.values())
    more = f", the first {len(rows)} of {words.count(total)}" if total > len(rows) else ""
    return table(f"Promotions and alarms of {one.model}{more}", ["Time (UTC)", "What", ""], rows,
                 words=(0, 1, 2))  # fmt: skip


def calibration(run: Overview) -> Markup:
    """Return whether chances can be taken at their word, model by model."""
    plots = [_reliable(one, own) for one, own in run.models.items() if own.calibration]
    return section(
        "calibration",
        "Can the chances be taken at their word?",
        element(
            "p",
            "Examples are sorted by chance and parted into about ten bins of equal size. On the "
            "dashed line as many came true as were said; above it chances were too low, below it "
            "too high. Bars show where the true share lies, by 95 percent.",
        ),
        element("div", *plots, class_="plots")
        if plots
        else missing("No model has examples yet: no label was known before the end of the run."),
    )


def _reliable(one: str, model: Model) -> Markup:
    parts, rows = [], []
    for at, own in enumerate(model.calibration, start=1):
        positives = round(own.observed * own.n)
        ends = wilson(positives, own.n)
        parts.append((own.predicted, own.observed, ends))
        rows.append([
            str(at), words.count(own.n), words.count(positives), words.percent(own.predicted),
            words.percent(own.observed), words.percents(ends),
        ])  # fmt: skip
    title = f"Chances of {one}, and share that came true"
    heads = ["Bin", "Examples", "Positive", "Said", "Came true", "95 %"]
    numbers = folded("The numbers", table(title, heads, rows), about=title)
    return reliability(f"calibration-{_key(one)}", title, parts, numbers)


def slices(run: Overview) -> Markup | None:
    """Return the figures of each slice, where there are slices."""
    plots = [_slices(one, own) for one, own in run.models.items() if own.slices]
    if not plots:
        return None
    return section(
        "slices",
        "For whom do they work?",
        element(
            "p",
            "ROC AUC of the examples in each slice, with its 95 percent interval, beside that of "
            "all (the upright line). 0.5 is guessing. Slices may overlap.",
        ),
        element("div", *plots, class_="plots"),
    )


def _slices(one: str, model: Model) -> Markup:
    ends = [end for own in model.slices.values() for end in own.roc_auc_95 or ()]
    rows = Rows(
        len(model.slices), (max(0.0, min([_GUESSING, *ends]) - 0.02), min(1.0, max([0.8, *ends])))
    )
    if model.roc_auc is not None:
        rows.mark(model.roc_auc, "line all")
    rows.scale(lambda at: f"{at:.2g}")
    for part, own in model.slices.items():
        rows.dot(part, own.roc_auc, own.roc_auc_95, words.figure(own.roc_auc))
    title = f"ROC AUC of {one} by slice"
    told = "; ".join(f"{part} {words.figure(own.roc_auc)}" for part, own in model.slices.items())
    numbers = [_figures(name(part), own) for part, own in model.slices.items()]
    return figure(
        title,
        rows.drawn(f"slices-{_key(one)}", title, f"{told}."),
        legend(("model dot", "ROC AUC, 95 %"), ("all", "all examples")),
        folded("The numbers", table(title, _HEADS, numbers), about=title),
    )


def _absent(output: str, what: str) -> Markup:
    return missing(
        f"{output}.jsonl is not there ([outputs] {output} = false), so {what} cannot be told."
    )


def _key(text: str) -> str:
    """Return a text as a part of an id, unlike that of any other text."""
    return text if text.isalnum() and text.isascii() else "x" + text.encode().hex()

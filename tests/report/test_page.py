"""The page: whole, inert, and of the same numbers as its report."""

from __future__ import annotations

import re

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.errors import ConfigError
from rtm_flows.measure.card import Card
from rtm_flows.measure.evaluate import Report, evaluate
from rtm_flows.report import page
from tests.measure.series import COLUMNS
from tests.report.reading import NAMESPACES, OUTSIDE, read
from tests.report.tables import SVG, XHTML, cells, parsed, report, shop


def card() -> Card:
    """Return the card of the report."""
    found = report().card
    assert found is not None
    return found


def test_it_needs_nothing_from_elsewhere() -> None:
    """No script, no address, no handler: one file, and a policy that would load nothing."""
    text = page(report(), "rtm evaluate")
    found = read(text)

    bare = text
    for namespace in NAMESPACES:
        bare = bare.replace(namespace, "")
    assert not OUTSIDE.search(bare)
    assert not set(found.elements) & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    policies = [meta.attrib.get("content", "") for meta in parsed(text).iter(f"{XHTML}meta")]
    assert any(policy.startswith("default-src 'none';") for policy in policies)


def test_every_link_leads_to_a_part_of_the_page() -> None:
    """No id stands twice, and what is labelled by an id has it."""
    root = parsed(page(report()))
    ids = [part.attrib["id"] for part in root.iter() if "id" in part.attrib]
    links = [part.attrib["href"] for part in root.iter(f"{XHTML}a")]
    labels = [part.attrib.get("aria-labelledby", "").split() for part in root.iter()]

    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {label for found in labels for label in found} <= set(ids)
    assert len(links) > 8


def test_every_picture_is_told_or_has_its_numbers_beside_it() -> None:
    """Title and description first; the bars of the drift table repeat a number."""
    root = parsed(page(report()))

    pictures = list(root.iter(f"{SVG}svg"))
    told = [picture for picture in pictures if picture.attrib.get("role") == "img"]
    assert len(told) == 4 + len(card().slices)
    for picture in told:
        assert [part.tag for part in list(picture)[:2]] == [f"{SVG}title", f"{SVG}desc"]
        assert all((part.text or "").strip() for part in list(picture)[:2])
    assert all(p.attrib.get("aria-hidden") == "true" for p in pictures if p not in told)


def test_the_same_report_is_the_same_page() -> None:
    """To the byte; also one that was read back from JSON, or made anew."""
    text = page(report())
    again = evaluate(shop(), label="bought", exclude=["member"], card=True)

    assert page(report()) == text
    assert page(again) == text
    assert page(msgspec.json.decode(msgspec.json.encode(report()), type=Report)) == text


def test_figures_are_those_of_the_report() -> None:
    """Of the model and of each baseline, of all rows and the last 80 percent."""
    rows = cells(
        page(report()), "All rows, and the last 80 percent, when the model was past its beginning"
    )
    parties = [report().quality, *report().baselines.values()]
    expected = [part.all for part in parties] + [part.last_80 for part in parties]

    assert len(rows) == 1 + len(expected) == 9
    for row, found in zip(rows[1:], expected, strict=True):
        assert row[1] == f"{found.roc_auc:.3f}"
        assert row[3] == f"{found.log_loss:.3f}"
        assert row[5:] == [f"{v:.3f}" for v in (found.brier, found.ece, found.average_precision)]


def test_tables_are_those_of_the_card() -> None:
    """Curves, bins, gains, slices, drift and columns: a row for each, with its numbers."""
    text, found = page(report()), card()

    course = cells(text, "Figures at each place of the pass")[1:]
    assert [row[2] for row in course] == [
        f"{p.running.roc_auc:.3f}" for p in found.curves["intent"]
    ]
    assert [row[6] for row in course] == [
        f"{p.recent.log_loss:.3f}" for p in found.curves["intent"]
    ]
    bins = cells(text, "Chances and what came true, by tenth of the rows")[1:]
    assert [(row[1], row[2]) for row in bins] == [
        (str(b.n), str(b.positives)) for b in found.calibration
    ]
    assert [row[5] for row in bins] == [f"{100 * b.observed:.1f}%" for b in found.calibration]
    gains = cells(text, "Share of all positives that is found")[1:]
    assert [row[4] for row in gains] == [f"{gain.lift:.2f}" for gain in found.gains]
    for of in found.slices:
        rows = cells(text, f"Figures by {of.column or 'place in the file'}")[1:]
        assert [row[0] for row in rows] == [part.name for part in of.slices]
        assert [row[1] for row in rows] == [f"{part.figures.n:,}" for part in of.slices]
    shifts = cells(text, "How far each column moved")[3:]
    assert [row[0] for row in shifts] == [shift.column for shift in found.drift.columns]
    assert [row[2] for row in shifts] == [f"{shift.psi:.3f}" for shift in found.drift.columns]
    alarms = cells(text, "Changes of the share of positives")[1:]
    assert [row[0] for row in alarms] == [f"{alarm.row:,}" for alarm in found.drift.label_alarms]
    columns = cells(text, "Columns of the labelled rows")[1:]
    assert [row[0] for row in columns] == shop().columns


def test_findings_stand_first_the_worst_on_top() -> None:
    """Each in its own words, with its level in words too."""
    text = page(report())
    items = [item for item in parsed(text).iter(f"{XHTML}li") if item.attrib["class"] in LEVELS]

    assert len(items) == len(card().findings)
    assert [item.attrib["class"] for item in items] == sorted(
        (one.level for one in card().findings), key=LEVELS.index
    )
    for item in items:
        assert item.attrib["class"].capitalize() + ":" in "".join(item.itertext())
    told = " ".join("".join(item.itertext()) for item in items)
    assert all(one.text in told for one in card().findings)


LEVELS = ["warning", "caution", "good"]


def test_nothing_of_an_id_is_shown() -> None:
    """Nor the folder of the table, of which only the file's name is known."""
    text = page(report())

    assert "example.com" not in text
    assert "looks like an id: not shown" in text


NASTY = st.text(
    min_size=1,
    alphabet=st.sampled_from("<>&\"'/= scriptonbmg\x00\x1f\u202e") | st.characters(codec="utf-8"),
)


@settings(max_examples=25)
@given(
    names=st.lists(NASTY, min_size=3, max_size=3, unique=True),
    values=st.lists(NASTY, min_size=2, max_size=2, unique=True),
)
def test_names_and_values_are_inert(names: list[str], values: list[str]) -> None:
    """Whatever columns, labels and values are called, the page has the same elements."""
    column, label, number = names
    frame = {column: ["a", "b"] * 30, label: ["no", "yes", "no"] * 20, number: list(range(60))}
    nasty = {**frame, column: values * 30, label: [values[0], values[1], values[0]] * 20}
    plain = {"x": frame[column], "y": frame[label], "z": frame[number]}

    mean = evaluate(pl.DataFrame(nasty), label=label, positive=values[1], card=True)
    tame = evaluate(pl.DataFrame(plain), label="y", card=True)

    found, expected = read(page(mean, values[0])), read(page(tame, "rtm"))
    assert set(found.elements) == set(expected.elements)
    assert found.attributes == expected.attributes
    parsed(page(mean, values[0]))


@settings(max_examples=25)
@given(COLUMNS, st.data())
def test_any_table_has_a_page(column: pl.Series, data: st.DataObject) -> None:
    """One row, one class, nothing but gaps: what has no meaning is a dash."""
    labels = data.draw(st.lists(st.booleans(), min_size=len(column), max_size=len(column)))
    found = evaluate(pl.DataFrame({"x": column, "y": labels}), label="y", card=True)

    text = page(found)

    read(text)
    parsed(text)
    assert not re.search(r"\b(nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", text, flags=re.S))


def test_a_report_without_a_card_has_no_page() -> None:
    """The message says how to get one."""
    with pytest.raises(ConfigError, match="card=True"):
        page(evaluate(shop(), label="bought"))

"""The page of a run: whole, inert, told to everybody, and of the numbers of its run."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.measure.overview.deciding import decided
from rtm_flows.measure.overview.notable import notable
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.report.plot import Axes
from rtm_flows.report.run import run_page
from tests.measure.overview.overviews import decisions, model, overview, read, summary
from tests.measure.recorded import decision, nothing
from tests.report.reading import NAMESPACES, OUTSIDE
from tests.report.reading import read as met
from tests.report.tables import SVG, XHTML, cells, parsed


@pytest.fixture(scope="module")
def text() -> str:
    """The page of a sound run."""
    return run_page(overview())


def test_it_needs_nothing_from_elsewhere(text: str) -> None:
    """No script, no address, no handler; a policy that would load nothing; small."""
    found = met(text)
    bare = text
    for namespace in NAMESPACES:
        bare = bare.replace(namespace, "")

    assert not OUTSIDE.search(bare)
    assert not set(found.elements) & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert "default-src &#x27;none&#x27;" in text
    assert len(text) < 200_000


def test_every_link_leads_to_a_part_of_the_page(text: str) -> None:
    """No id stands twice, and what is labelled by an id has it."""
    root = parsed(text)
    ids = [part.attrib["id"] for part in root.iter() if "id" in part.attrib]
    links = [part.attrib["href"] for part in root.iter(f"{XHTML}a")]
    labels = [part.attrib.get("aria-labelledby", "").split() for part in root.iter()]

    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {label for found in labels for label in found} <= set(ids)
    assert len(links) > 10


def test_every_chart_has_a_name_a_description_and_its_table(text: str) -> None:
    """Behind each picture stand its numbers, with a caption and heads that have a scope."""
    root = parsed(text)
    figures = list(root.iter(f"{XHTML}figure"))
    captions = [told(table.find(f"{XHTML}caption")) for table in root.iter(f"{XHTML}table")]

    assert len(figures) >= 10
    assert len(list(root.iter(f"{SVG}svg"))) == len(figures)
    for figure in figures:
        picture = figure.find(f"{SVG}svg")
        assert picture is not None
        assert picture.attrib["role"] == "img"
        title, desc = list(picture)[:2]
        assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
        assert len(told(title)) > 5
        assert len(told(desc)) >= 10
        assert told(figure.find(f"{XHTML}figcaption")) == told(title)
        assert told(title) in captions
    for table in root.iter(f"{XHTML}table"):
        heads = list(table.iter(f"{XHTML}th"))
        assert heads
        assert all(head.attrib.get("scope") in {"col", "row"} for head in heads)


def told(element: ET.Element | None) -> str:
    """Return the text of an element that is there."""
    assert element is not None
    return "".join(element.itertext())


def test_what_can_be_opened_has_a_name_of_its_own(text: str) -> None:
    """Whoever hears the page is told of what the numbers are; what is seen is heard too."""
    found = list(parsed(text).iter(f"{XHTML}summary"))
    names = [one.attrib.get("aria-label", told(one)) for one in found]

    assert len(found) >= 10
    assert len(set(names)) == len(names)
    assert all(name.startswith(told(one)) for name, one in zip(names, found, strict=True))


def test_parts_are_landmarks_under_headings(text: str) -> None:
    """One heading of the first level, one of the second for each part, and a main part."""
    root = parsed(text)
    sections = list(root.iter(f"{XHTML}section"))

    assert len(list(root.iter(f"{XHTML}h1"))) == len(list(root.iter(f"{XHTML}main"))) == 1
    assert all(f"{part.attrib['id']}-head" == part.attrib["aria-labelledby"] for part in sections)
    assert all(part.find(f"{XHTML}h2") is not None for part in sections)
    navigation = root.find(f".//{XHTML}nav")
    assert navigation is not None
    assert len(list(navigation)) == len(sections) - 1  # all but what stands above it
    scrolled = [part for part in root.iter() if part.attrib.get("class") == "scroll"]
    assert all(part.attrib["tabindex"] == "0" and part.attrib["aria-label"] for part in scrolled)


def test_numbers_are_those_of_the_run(text: str) -> None:
    """The funnel, what was decided, why not, the models, the records: a row for each."""
    run = overview()
    found = summary(decisions())

    funnel = cells(text, "Candidates by where they ended")
    assert [row[:2] for row in funnel[1:]] == [["greet", "96"], ["mail", "96"]]
    heads = [head.lower().replace(" ", "_") for head in funnel[0]]
    for row in funnel[1:]:
        own = found["funnel"][row[0]]
        assert {heads[at]: row[at] for at in range(2, len(heads) - 1)} == {
            fate: str(own.get(fate, 0)) for fate in heads[2:-1]
        }
    rows = cells(text, "How often each was decided")[1:]
    assert [(row[0], row[2]) for row in rows] == [(c.name, str(c.n)) for c in run.decided.choices]
    rules = cells(text, "Rules by how many candidates they kept out")[1:]
    assert [(row[0], row[2], row[3]) for row in rules] == [
        (rule.action, rule.rule, str(rule.n)) for rule in run.decided.rules
    ]
    models = cells(text, "Models, each above its naive ways")[1:]
    assert models[0][0:4] == ["intent", "1,000", "200", "0.800"]
    assert models[1][5] == "0.500"
    records = cells(text, "Records by where they ended")[1:]
    assert [int(row[1]) for row in records] == [
        found[fate] for fate in ("accepted", "duplicate", "late", "ignored", "dead_letter")
    ]


@pytest.mark.parametrize(
    ("caption", "column", "total"),
    [
        ("Decisions, and why nothing was done", slice(1, None), 96),
        ("Actions", slice(1, None), 32),
        ("Deliveries by channel", slice(1, None), 32),
        ("Sessions by when they began", slice(1, None), 12),
        ("Scores of intent, as served", slice(1, 2), 96),
        ("Log loss of intent over time", slice(1, 2), 20),
        ("Sessions by number of events", slice(1, 2), 12),
        ("Triggers, and what came of them", slice(1, 2), 96),
        ("Ways of delivery", slice(3, 4), 32),
        ("Shown, and whether it was welcome", slice(1, None), 40),
        ("Successes by action, by when they were shown", slice(1, None), 10),
        ("Successes of what was shown, by action", slice(1, 2), 40),
        ("Outcomes about nothing known, over time", slice(1, None), 2),
    ],
)
def test_every_breakdown_adds_up_to_its_whole(
    text: str, caption: str, column: slice, total: int
) -> None:
    """Whatever is parted by time, kind or size has nothing left over."""
    rows = cells(text, caption)[1:]

    assert sum(int(cell.replace(",", "")) for row in rows for cell in row[column]) == total


def test_chances_stand_beside_what_came_true(text: str) -> None:
    """Each dot is as far to the right as was said, and as high as came true."""
    bins = [("10.0%", "12.0%"), ("30.0%", "28.0%")]
    title = "Chances of intent, and share that came true"
    rows = cells(text, title)[1:]
    figures = [
        f
        for f in parsed(text).iter(f"{XHTML}figure")
        if told(f.find(f"{XHTML}figcaption")) == title
    ]
    dots = [
        (float(dot.attrib["cx"]), float(dot.attrib["cy"]))
        for dot in figures[0].iter(f"{SVG}circle")
    ]
    upper = max(float(row[5].split(" to ")[1].rstrip("%")) for row in rows) / 100
    axes = Axes((0.0, 1.05 * upper), (0.0, 1.05 * upper))

    assert [(row[3], row[4]) for row in rows] == bins
    for (x, y), (said, came) in zip(dots, bins, strict=True):
        assert x == pytest.approx(axes.x(float(said[:-1]) / 100), abs=0.5)
        assert y == pytest.approx(axes.y(float(came[:-1]) / 100), abs=0.5)


def test_what_stands_out_is_said_first(text: str) -> None:
    """Each sentence with its level in words, and a link to the part that says more."""
    run = overview(late=2, duplicate=1, models={"intent": model(ece=0.2)})
    root = parsed(run_page(run))
    items = list(root.iter(f"{XHTML}li"))
    found = notable(run)

    assert [item.attrib["class"] for item in items] == [one.level for one in found]
    for item, one in zip(items, found, strict=True):
        assert told(item).startswith(one.level.capitalize() if one.level != "good" else "Good", 1)
        assert one.text in told(item)
    assert found[0].level == "warning"


def test_commands_to_go_on_with_have_real_ids(text: str) -> None:
    """One of each kind of decision, and no id of a person anywhere."""
    ids = {record["decision_id"][:12]: record for record in decisions()}
    commands = re.findall(r"rtm explain ([0-9a-f]{12}) --run shop", text)

    assert {(ids[one]["name"], ids[one]["reason"]) for one in commands} == {
        (record["name"], record["reason"]) for record in decisions()
    }
    marked = [dict(record, subject_id="person-4711") for record in decisions()]
    assert "person-4711" not in run_page(overview(marked))


def test_the_same_run_is_the_same_page(text: str) -> None:
    """To the byte."""
    assert run_page(overview()) == text


def lacking(**gone: None) -> Overview:
    """Return the overview of a run without some outputs."""
    return msgspec.structs.replace(overview(), **gone)


def test_a_run_without_some_outputs_says_what_cannot_be_told() -> None:
    """Which key switched them off."""
    page = run_page(lacking(served=None, learned=None, visits=None, late=None, dead_letters=None))
    met(page)

    for output in ("scores", "learning", "sessions"):
        assert f"{output}.jsonl is not there ([outputs] {output} = false)" in page


def test_flat_decisions_say_what_cannot_be_told() -> None:
    """With the name of the field, and what to do; the rest of the page is there."""
    flat = [{"user_id": "7", "score": 0.5} for _ in range(96)]
    found = decided(read(flat), "decisions.jsonl")
    page = run_page(msgspec.structs.replace(overview(), decided=found))
    met(page)

    for field in ("candidates", "name", "trigger", "channel"):
        assert f"were written without `{field}`" in page
    assert cells(page, "How often each was decided, by summary.json")[1] == ["no_action", "64"]
    assert cells(page, "Candidates by where they ended")


def test_who_left_is_told_and_what_went_with_them(text: str) -> None:
    """By rule, as the summary counts; a job that keeps everybody has no such table."""
    own = {"inactive": 1_200, "most_per_lane": 3, "timers": 7}
    models = {"intent": {**model(), "evicted": 5}}
    page = run_page(overview(evicted=own, models=models))

    rows = cells(page, "People who left")[1:]
    assert [(by, n) for _, by, n in rows[:3]] == [
        ("people.inactive", "1,200"), ("people.most_per_lane", "3"), ("", "7"),
    ]  # fmt: skip
    assert ["rows that intent would have learned", "", "5"] in rows
    assert "What else the summary counts" not in page
    assert "People who left" not in text


def test_a_job_that_was_changed_on_the_way_tells_which_configuration_decided(text: str) -> None:
    """How often, from when until when; a run under one configuration has no such table."""
    made = [{**one, "config": "ab" if at < 40 else "cd"} for at, one in enumerate(decisions())]
    page = run_page(overview(made))

    rows = cells(page, "Decisions by the configuration that held")[1:]
    assert [row[:2] for row in rows] == [["ab", "40"], ["cd", str(len(made) - 40)]]
    assert all(first and last for _, _, first, last in rows)
    assert "2 configurations decided in turn" in page
    assert "Decisions by the configuration that held" not in text


def test_an_empty_run_has_a_page() -> None:
    """No records, no actions, no models: every part says so."""
    tables = ("funnel", "models", "decisions", "no_action", "sessions", "dead_letters")
    counts = ("input", "accepted", "duplicate", "late", "dead_letter", "triggers")
    own: dict[str, Any] = {**{name: {} for name in tables}, **dict.fromkeys(counts, 0)}
    nothing_else: dict[str, Any] = {"served": [], "learned": [], "dead_letters": []}
    run = msgspec.structs.replace(overview([], **own), visits=None, late=None, **nothing_else)
    page = run_page(run)

    met(page)
    assert "No record was read at all" in page
    assert "Nothing triggered a decision." in page
    assert not re.search(r"\b(nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", page, flags=re.S))


NASTY = st.text(
    min_size=1,
    max_size=30,
    alphabet=st.sampled_from("<>&\"'/= scriptonbmg\x00\x1f\u202e`") | st.characters(codec="utf-8"),
)


@settings(max_examples=25)
@given(st.lists(NASTY, min_size=8, max_size=8))
def test_names_and_rules_are_inert(names: list[str]) -> None:
    """Whatever actions, rules, channels, triggers, models and runs are called."""
    action, stage, rule, channel, trigger, kind, reason, run = names
    candidates = [{"name": action, "stage_dropped": stage, "reason": rule}]
    made = [
        decision(0, name=action, channel=channel, treatment=kind, trigger={"type": trigger},
                 candidates=candidates),
        nothing(1, reason=reason, candidates=candidates),
    ]  # fmt: skip
    own = {
        "funnel": {action: {"entered": 2, stage: 1, "won": 1}},
        "models": {kind: model(slices={rule: {"n": 5}})},
        "no_action": {reason: 1},
    }
    page = run_page(overview(made, name=run, **own))

    tame = met(run_page(overview()))
    found = met(page)
    parsed(page)
    assert set(found.elements) <= set(tame.elements)
    assert found.attributes <= tame.attributes


def test_many_kinds_stay_a_small_page() -> None:
    """Two hundred actions and triggers: the most frequent are shown, the rest is folded."""
    made = [
        decision(
            n,
            name=f"action_{n % 200}",
            treatment=f"t{n}",
            trigger={"type": f"t{n % 500}"},
            candidates=[{"name": f"action_{n % 200}", "stage_dropped": "e", "reason": f"r{n}"}],
        )
        for n in range(2_000)
    ]
    funnel = {f"action_{n}": {"entered": 2_000, "e": 1_990, "won": 10} for n in range(200)}

    page = run_page(overview(made, funnel=funnel))

    assert len(page) < 1_000_000
    assert "Of 200 actions those that won most." in page
    assert len(cells(page, "Candidates by where they ended")) == 31
    assert len(cells(page, "Candidates by where they ended: more of them")) == 171

"""The configuration: every mistake names file, key and remedy; what is read is what was meant."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given

from rtm_flows.config import Job, load, with_input
from rtm_flows.errors import ConfigError
from tests.job_strategies import jobs

ROOT = Path(__file__).parents[1]
ACTION = '\n[[actions]]\nname = "greet"\n'


def written(folder: Path, text: str) -> Path:
    """Write a configuration."""
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    """Return what is said of a configuration, without the path that it begins with."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as told:
        load(path)
    said = str(told.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lanse = 3", "unknown key `lanse`; did you mean `lanes`?"),
        ("[time]\nlatenes = 'PT1M'", "unknown key `time.latenes`; did you mean `lateness`?"),
        ("[triggers]\ntype = ['a']", "unknown key `triggers.type`; did you mean `types`?"),
        ("[outputs]\nscore = false", "unknown key `outputs.score`; did you mean `scores`?"),
        ("[models.chrun]\nx = 1", "unknown key `models.chrun`; did you mean `churn`?"),
        ("[models.churn]\nhorizn = 'P1D'",
         "unknown key `models.churn.horizn`; did you mean `horizon`?"),
        ("[input.csv]\nseparator = ';'",
         "unknown key `input.csv.separator`; known keys: columns, decimal, delimiter, encoding, "
         "quote"),
        ("[input.mapping]\ntime = 't'\nuser = 'u'",
         "unknown key `input.mapping.user`; did you mean `user_id`?"),
        ("[[actions]]\nname = 'a'\nchanel = 'email'",
         "unknown key `actions[0].chanel`; did you mean `channel`?"),
        ("[[actions]]\nname = 'a'\neligibel = 'price > 1'",
         "unknown key `actions[0].eligibel`; did you mean `eligible`?"),
        ("[[actions]]\nname = 'a'\neligible = ['price > 1', 3]",
         "actions[0].eligible[1]: Expected `str`, got `int`"),
        ("[outputs.decisions]\nall_reason = true",
         "unknown key `outputs.decisions.all_reason`; did you mean `all_reasons`?"),
        ("[[features]]\nname = 'a'\nkind = 'session_count'\ntype = ['*']",
         "unknown key `features[0].type`; did you mean `types`?"),
        ("[time]\norder = 'evnt'", "time.order: must be one of event, log; got 'evnt'"),
        ("[input]\nfile_format = 'xml'",
         "input.file_format: must be one of csv, jsonl, parquet; got 'xml'"),
        ("[[features]]\nname = 'a'\nkind = 'gap_seconds'\nscale = 'log2'",
         "features[0].scale: must be one of log1p, none; got 'log2'"),
        ("[[features]]\nname = 'a'\nkind = 'property'\nfield = 'colour'",
         "features[0].field: must be one of amount, price, quantity; got 'colour'"),
        ("[[features]]\nname = 'a'\nkind = 'gaps'",
         "features[0].kind: must be one of affinity, away_seconds, cart_items, cart_quantity, "
         "cart_value, days_active, decayed_count, decayed_sum, expected_purchases, expected_spend, "
         "first_order_seconds, gap_seconds, habit, indicator, last_order_seconds, "
         "lifetime_count, lifetime_sum, occasion_count, open_cases, order_count, order_faults, "
         "order_state_seconds, order_value, orders_in_state, p_alive, property, python, rate, "
         "session_count, session_seconds, session_sum, share, since_seconds, window_cells, "
         "window_count, window_sum; got 'gaps'"),
        ("[[features]]\nname = 'a'\nkind = 'orders_in_state'\nstates = ['lost']",
         "features[0].states[0]: must be one of cancelled, delayed, delivered, paid, placed, "
         "refunded, shipped, shipped_delayed; got 'lost'"),
        ("[models.churn]\nkind = 'newtn'",
         "models.churn.kind: must be one of newton, sgd; got 'newtn'"),
        ("[[models.intent.challengers]]\nkid = 'newton'",
         "unknown key `models.intent.challengers[0].kid`; did you mean `kind`?"),
        ("[[models.churn.challengers]]\nkind = 'adagrad'",
         "models.churn.challengers[0].kind: must be one of forest, newton, python, sgd; got"
         " 'adagrad'"),
        ("[models.intent.promotion]\nlevl = 0.01",
         "unknown key `models.intent.promotion.levl`; did you mean `level`?"),
        ("[models.intent.promoton]\nlevel = 0.01",
         "unknown key `models.intent.promoton`; did you mean `promotion`?"),
        ("lanes = 'many'", "lanes: Expected `int`, got `str`"),
        ("[input]\npaths = 'a.jsonl'", "input.paths: Expected `array`, got `str`"),
        ("[[features]]\nkind = 'gap_seconds'",
         "features[0]: Object missing required field `name`"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_of_the_wrong_kind_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    """With its key, and the nearest key of that very table, or what may stand there."""
    assert complaint(tmp_path, text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lanes = 0", "lanes: wants 1 to 256; got 0"),
        ("lanes = 257", "lanes: wants 1 to 256; got 257"),
        ("floor = nan", "floor: wants a finite number; got nan"),
        ("name = ''", "name: wants text without slashes: it names a folder; got ''"),
        ("name = '..'", "name: wants text without slashes: it names a folder; got '..'"),
        ("name = '../a'", "name: wants text without slashes: it names a folder; got '../a'"),
        ("[input]\nstripes = 65", "input.stripes: wants 1 to 64; got 65"),
        ("[input]\nblock_bytes = 0", "input.block_bytes: wants at least 1; got 0"),
        ("[input]\nmax_record_bytes = 0", "input.max_record_bytes: wants at least 1; got 0"),
        ("[input.csv]\ndelimiter = ';;'",
         "input.csv.delimiter: wants one character, no quote or line end; got ';;'"),
        ("[input.csv]\nquote = '||'",
         "input.csv.quote: wants one character, or \"\" where nothing is quoted; got '||'"),
        ("[input.csv]\ndecimal = ';'", "input.csv.decimal: must be one of ,, .; got ';'"),
        ("[input.csv]\ndelimiter = ''",
         "input.csv.delimiter: wants one character, no quote or line end; got ''"),
        ("[input]\nformat = 'mapping'",
         'input: format = "mapping" and the table [input.mapping] go together; one is missing'),
        ("[input.mapping]\ntime = 't'",
         'input: the table [input.mapping] wants format = "mapping", or the format whose keys '
         'it changes'),
        ("[input]\nformat = 'ga4'\n[input.mapping]\nuser_id = { first = ['a'] }",
         "unknown key `input.mapping.user_id.first`; did you mean `first_of`?"),
        ("[input]\nformat = 'ga4'\n[[input.mapping.type_rules]]\ntpye = 'search'",
         "unknown key `input.mapping.type_rules[0].tpye`; did you mean `type`?"),
        ("[input]\nformat = 'segmnt'",
         "input.format: must be one of canonical, cloudevents, ga4, mapping, rudderstack, "
         "segment, snowplow; got 'segmnt'"),
        ("[input]\nformat = 'mapping'\n[input.mapping]\ntime = 't'",
         "input.mapping must name a column for user_id or anonymous_id"),
        ("[time]\nlag = 1",
         "time.lag: at least 2 ticks, so that every worker can have heard; got 1"),
        ("[time]\ntick = 'PT0S'", "time.tick: must be longer than zero; got PT0S"),
        ("[sessions]\ngap = 'PT0S'", "sessions.gap: must be longer than zero; got PT0S"),
        ("features = []",
         "features: at least one is needed; leave the key out for the default set"),
        ("[models.intent]\nmature = -1", "models.intent: `mature` must be at least 0; got -1"),
        ("[models.intent]\nlearning_rate = 0.05",
         'models.intent: `learning_rate` has no meaning beside kind "newton": leave it out; got '
         "0.05"),
        ("[[models.intent.challengers]]",
         "models.intent: each of `challengers` needs a `name` of its own, and not the kind of the "
         "model they challenge; used again: newton"),
        ("[[models.churn.challengers]]\nkind = 'sgd'\n[[models.churn.challengers]]\n"
         "name = 'sgd'",
         "models.churn: each of `challengers` needs a `name` of its own, and not the kind of the "
         "model they challenge; used again: sgd"),
        ("[models.intent.promotion]",
         "models.intent: `promotion` wants one of `challengers` that can be served; got none"),
        ("[[models.intent.challengers]]\nkind = 'sgd'\n[models.intent.promotion]\nafter = 1",
         "models.intent.promotion: `after` must be at least 2; got 1"),
        ("[[models.intent.challengers]]\nkind = 'sgd'\n[models.intent.promotion]\nlevel = 0.6",
         "models.intent.promotion: `level` must be above 0 and at most 0.5; got 0.6"),
        ("[[models.intent.challengers]]\nname = 'bold'\nlearning_rate = 0",
         "models.intent.challengers[0]: `learning_rate` must be above 0 and at most 1; got 0.0"),
        ("[models.intent]\nhorizon = 'PT0S'",
         "models.intent: `horizon` must be longer than zero; got PT0S"),
        ("[models.intent]\nlabels = 'corrected'",
         "models.intent: `labels` = 'corrected' needs a `horizon`, for example 'PT2H'; got none"),
        ("[models.intent]\nhorizon = 'PT2H'\nlabels = 'corrected'\n"
         "[[models.intent.challengers]]\nkind = 'forest'",
         "models.intent: `labels` = 'corrected' corrects what was learned, which a challenger of "
         'kind "forest" cannot: leave out one of the two'),
        ("[models.intent]\nhorizon = 'PT2H'\nlabels = 'corrected'\n"
         "[models.intent.drift]\nresponse = 'reset'",
         "models.intent: `labels` = 'corrected' corrects what was learned, and a model that begins "
         "anew has not learned it: `drift.response` must be \"alert\"; got 'reset'"),
        ("[models.intent]\nrows_waiting = 0",
         "models.intent: `rows_waiting` must be at least 1; got 0"),
        ("[models.churn]\nactive = []",
         "models.churn: `active` must name the types of events that show a person is there; got "
         "none"),
        ("[models.churn]\nhorizon = 'PT30M'",
         "models.churn.horizon: must be longer than sessions.gap PT30M; got PT30M"),
        ("[[actions]]\nname = 'a'\nsuitable = 'churn > 0.5'",
         "actions[0].suitable[0], column 1: unknown name 'churn': declare the model, "
         "[models.churn]"),
        ("[[features]]\nname = 'intent'\nkind = 'gap_seconds'",
         "features[0].name: 'intent' is the name of a model too, and a rule could not say which of "
         "the two it means; rename the feature"),
        ("[[actions]]\nname = 'a'\nwhen = [{ feature = 'cart_value', at_least = 20, below = 50 }, "
         "{ score = 'intent', above = 0.1 }, { type = ['search', 'purchase'] }]",
         "actions[0].when: conditions are rules now: write eligible = ['cart_value >= 20 and "
         "cart_value < 50', 'intent > 0.1', 'type in [\"search\", \"purchase\"]'], or divide them "
         "among eligible, applicable and suitable"),
        ("[[actions]]\nname = 'a'\nwhen = 'cart_value > 3'",
         "actions[0].when: conditions are rules now: write eligible = ['cart_value > 3'], or "
         "divide them among eligible, applicable and suitable"),
        ("[[actions]]\nname = 'a'\nwhen = 3",
         "unknown key `actions[0].when`; known keys: about, applicable, because, channel, context, "
         "context_weight, cost, eligible, end, expires_after, group, issue, levers, name, "
         "prior, prior_weight, propensity, start, suitable, texts, treatment, treatments, value, "
         "wait"),
        ("[[actions]]\nname = 'a'\npropensity = 'learned'",
         'actions[0].propensity: "learned" wants the table [responses], which says by what events '
         "it is learned: add it, or give a number"),
        ("[exploration]\nkind = 'thompson'",
         'exploration.kind: "thompson" draws learned propensities: give an action '
         'propensity = "learned", or try "epsilon"'),
        ("[exploration]\nleast = 0.4\n[[actions]]\nname = 'a'\n[[actions]]\nname = 'b'\n"
         "[[actions]]\nname = 'c'",
         "exploration.least: wants a chance from 0 to 0.333333, 1 over the number of offers; "
         "got 0.4"),
        ("[[actions]]\nname = 'a'\nprior = 1.5", "actions[0].prior: must be from 0 to 1; got 1.5"),
        ("[[actions]]\nname = 'a'\nprior_weight = 0",
         "actions[0].prior_weight: must be above 0 and at most 1000000; got 0.0"),
        ("[input]\nformat = 'segment'\n[responses]",
         "input.mapping.decision_id: an outcome names its decision by decision_id: map a column "
         "to it, or leave out [responses]"),
        ("[responses]\nhorizn = 'P1D'",
         "unknown key `responses.horizn`; did you mean `horizon`?"),
        ("[responses]\nhorizon = 'PT0S'",
         "responses: `horizon` must be longer than zero; got PT0S"),
        ("[responses]\nwithin = 'PT0S'", "responses: `within` must be longer than zero; got PT0S"),
        ("[responses]\nremembered = 0", "responses: `remembered` must be at least 1; got 0"),
        ("[responses]\nwaiting = 0", "responses: `waiting` must be at least 1; got 0"),
        ("[responses]\npositive = []",
         "responses: `positive` must name the event types that are a success; got none"),
        ("[responses]\nshown = ['impresion']",
         "responses: 'impresion' is no event type; `rtm schema` lists them"),
        ("[responses]\nnegative = ['clicked']",
         "responses: each event type stands once in `shown`, `positive` and `negative`; used "
         "again: clicked"),
        ("[[learning.slices]]\nname = 'a'\nwhen = [{ feature = 'views_1h', at_most = 3 }]",
         "learning.slices[0].when: conditions are rules now: write when = ['views_1h <= 3']"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the key, what was wanted, and what was found."""
    assert complaint(tmp_path, text) == said


@pytest.mark.parametrize(
    "key", ["time.lateness", "time.tick", "time.ahead", "sessions.gap", "dedup.window"]
)
def test_a_span_that_is_no_duration_is_explained(tmp_path: Path, key: str) -> None:
    """The message shows what one looks like."""
    table, name = key.split(".")
    said = complaint(tmp_path, f"[{table}]\n{name} = '5 minutes'")

    assert said.startswith(f"{key}: a duration must look like PT30M")
    assert said.endswith("got '5 minutes'")


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ("name = 'a'\nkind = 'gap_seconds'\n[[features]]\nname = 'a'\nkind = 'cart_value'",
         "features: every name must be used once; used again: a"),
        ("name = ''\nkind = 'gap_seconds'", "features[0].name: must not be empty"),
        ("name = 'score'\nkind = 'gap_seconds'", "features[0].name: must not be empty or one of"),
        ("name = 'a'\nkind = 'window_count'\ntypes = ['*']\nwidth = 'PT1H'\nstep = 'PT7M'",
         "features[0]: `width` must be a multiple of `step`; got PT1H and PT7M"),
        ("name = 'a'\nkind = 'decayed_count'\ntypes = ['*']\nhalf_life = 'PT0S'",
         "features[0]: `half_life` must be positive; got PT0S"),
        ("name = 'a'\nkind = 'since_seconds'\ntypes = ['*']\nnever = 'PT0S'",
         "features[0]: `never` must be positive; got PT0S"),
        ("name = 'a'\nkind = 'since_seconds'\ntypes = ['*']\nnever = 'a year'",
         "features[0]: a duration must look like PT30M"),
        ("name = 'a'\nkind = 'indicator'\nfield = 'devise'\nvalues = ['mobile']",
         "features and conditions: 'devise' is not a known text field; did you mean device?"),
    ],
)  # fmt: skip
def test_a_feature_that_cannot_be_computed_is_refused(
    tmp_path: Path, features: str, said: str
) -> None:
    """When the job is loaded, not when it runs."""
    assert complaint(tmp_path, f"[[features]]\n{features}{ACTION}").startswith(said)


def test_newton_takes_only_so_many_features() -> None:
    """Its cost is the square of their number; the message says how many it takes."""
    features = [{"name": f"f{at}", "kind": "gap_seconds"} for at in range(128)]
    sgd = {"intent": {"kind": "sgd"}, "churn": {"kind": "sgd"}}
    tree: dict[str, Any] = {"name": "shop", "features": features, "actions": [], "models": sgd}
    load(tree)

    newton = {"kind": "newton"}
    for name in ("intent", "churn"):
        for keys in ({}, newton, {"kind": "sgd", "challengers": [newton]}):
            with pytest.raises(
                ConfigError, match=rf"models\.{name}: kind newton takes at most 127"
            ):
                load({**tree, "models": {**sgd, name: keys}})


def test_an_action_that_cannot_be_taken_is_refused(tmp_path: Path) -> None:
    """The first mistake of the catalogue, with its place."""
    assert complaint(tmp_path, "[[actions]]\nname = 'no_action'").startswith("actions[0].name: ")
    assert (
        complaint(tmp_path, "[[actions]]\nname = 'a'\neligible = 'veiws_1h > 1'")
        == "actions[0].eligible[0], column 1: unknown name 'veiws_1h'; did you mean 'views_1h'?"
    )


def test_the_default_actions_want_the_default_features(tmp_path: Path) -> None:
    """Nobody is told of rules that he has not written."""
    features = "[[features]]\nname = 'a'\nkind = 'gap_seconds'\n"

    assert complaint(tmp_path, features) == (
        "actions: the default ones look at the default features; declare your own, or []"
    )
    assert load(written(tmp_path, f"actions = []\n{features}")).actions == ()


@pytest.mark.parametrize("fields", [[], ["nmae"], ["name", "name"]])
def test_fields_of_decisions_are_known_ones(fields: list[str]) -> None:
    """The message lists them."""
    with pytest.raises(ConfigError, match=r"outputs\.decisions\.fields: must be some of decision"):
        load({"name": "shop", "outputs": {"decisions": {"fields": fields}}})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, a folder, no text, no TOML."""
    with pytest.raises(
        ConfigError, match=r"shop\.toml: no such file; .* wants the job's TOML file"
    ):
        load(tmp_path / "shop.toml")
    with pytest.raises(ConfigError, match=r"cannot be read: .*Is a directory"):
        load(tmp_path)
    assert complaint(tmp_path, "name = ").startswith("not valid TOML: Invalid value")
    (tmp_path / "shop.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"shop\.toml: cannot be read: 'utf-8' codec"):
        load(tmp_path / "shop.toml")


def test_a_mapping_is_named_as_such() -> None:
    """Where there is no file, the message says what it speaks of."""
    with pytest.raises(ConfigError, match=r"^configuration: Object missing required field `name`"):
        load({})


def test_a_file_gives_the_name_and_the_folder(tmp_path: Path) -> None:
    """A job is named as its file unless it says otherwise, and its paths start there."""
    job = load(written(tmp_path, "[input]\npaths = ['a.jsonl', '/b.jsonl']"))

    assert job.name == job.source == "shop"
    assert job.input.paths == (str(tmp_path / "a.jsonl"), "/b.jsonl")
    named = load(written(tmp_path, "name = 'other'\n[input]\nsource = 'web'"))
    assert (named.name, named.source) == ("other", "web")


@pytest.mark.parametrize(
    ("time", "lag"),
    [
        ({}, 2),
        ({"order": "log"}, 3),
        ({"order": "log", "lateness": "PT61S"}, 4),
        ({"order": "log", "lateness": "PT0S"}, 2),
        ({"order": "log", "lag": 2}, 2),
        ({"lag": 9}, 9),
    ],
)
def test_the_lag_follows_from_order_lateness_and_tick(time: dict[str, Any], lag: int) -> None:
    """2, in log order 2 and the lateness in ticks, rounded up; or as it is set."""
    assert load({"name": "shop", "time": time}).lag == lag


@given(jobs())
def test_a_job_survives_being_written(tree: dict[str, Any]) -> None:
    """As JSON, which is how it travels to other processes; and its digest with it."""
    job = load(tree)
    copy = msgspec.json.decode(msgspec.json.encode(job), type=Job)

    assert copy == job
    assert copy.digest == job.digest
    assert (copy.lag, copy.text) == (job.lag, job.text)


def changes() -> list[dict[str, Any]]:
    """Return what can change an answer, one key each."""
    mapping = {"time": "t", "user_id": "u", "constants": {"type": "search"}}
    return [
        {"name": "other"},
        {"floor": 0.1},
        {"suppressions": {}},
        {"suppressions": {"ignored": 2}},
        {"accessories": {"a": ["b"]}},
        {"input": {"source": "web"}},
        {"input": {"sort": False}},
        {"input": {"stripes": 3}},
        {"input": {"max_record_bytes": 1000}},
        {"input": {"format": "mapping", "mapping": mapping}},
        {"input": {"csv": {"delimiter": ";"}}},
        {"time": {"order": "log"}},
        {"time": {"lateness": "PT2M"}},
        {"time": {"tick": "PT2M"}},
        {"time": {"lag": 3}},
        {"time": {"ahead": "PT2H"}},
        {"sessions": {"gap": "PT31M"}},
        {"dedup": {"window": "PT0S"}},
        {"models": {"intent": {"kind": "sgd", "learning_rate": 0.02}}},
        {"models": {"intent": {"kind": "sgd"}}},
        {"models": {"intent": {"challengers": [{"kind": "sgd"}]}}},
        {"models": {"intent": {"challengers": [{"kind": "sgd", "name": "other"}]}}},
        {"models": {"intent": {"challengers": [{"kind": "sgd"}], "promotion": {}}}},
        {"models": {"intent": {"challengers": [{"kind": "sgd"}], "promotion": {"after": 9}}}},
        {"models": {"intent": {"mature": 201}}},
        {"models": {"intent": {"mature_positives": 21}}},
        {"models": {"intent": {"rows_per_session": 3}}},
        {"models": {"intent": {"horizon": "PT2H"}}},
        {"models": {"intent": {"horizon": "PT2H", "labels": "corrected"}}},
        {"models": {"intent": {"rows_waiting": 3}}},
        {"models": {"churn": {}}},
        {"models": {"churn": {"horizon": "P7D"}}},
        {"models": {"churn": {"active": ["purchase"]}}},
        {"models": {"churn": {"cancelled": ["purchase"]}}},
        {"triggers": {"types": ["search"]}},
        {"triggers": {"moments": [{"name": "over", "kind": "session_end"}]}},
        {"triggers": {"moments": [{"name": "gone", "kind": "session_end"}]}},
        {"actions": []},
        {"outputs": {"decisions": {"fields": ["action"]}}},
    ]


def test_whatever_can_change_an_answer_changes_the_digest() -> None:
    """No two of these jobs have the same."""
    digests = [load({"name": "shop", **change}).digest for change in [{}, *changes()]]

    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests)


def test_what_cannot_change_an_answer_leaves_the_digest() -> None:
    """Where the files are, how much is read at once, and how a number is written."""
    plain = load({"name": "shop", "floor": 2.0})

    assert load({"name": "shop", "floor": 2}).digest == plain.digest
    assert load({"name": "shop", "floor": 2, "input": {"block_bytes": 77}}).digest == plain.digest
    assert with_input(plain, ("elsewhere.jsonl",)).digest == plain.digest


def test_the_page_of_keys_is_a_job(tmp_path: Path) -> None:
    """The example in the semantics lists every key with its default, and can be loaded."""
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    text = text.replace("cart_value >= 1", "views_1h >= 1")
    tree, job = tomllib.loads(text), load(written(tmp_path, text))
    forest = {"kind": "forest", "forest": {}}
    contest = {"challengers": [{"kind": "sgd"}, forest], "promotion": {}, "drift": {}}
    plain = load({"name": "shop", "models": {"intent": contest, "churn": {}}})

    for table in ("time", "sessions", "dedup", "triggers", "models"):
        assert table in tree
        known_to_differ = {"time", "models", "triggers"}
        assert getattr(job, table) == getattr(plain, table) or table in known_to_differ
    assert (job.triggers.types, len(job.triggers.moments)) == (plain.triggers.types, 1)
    assert job.models.churn == plain.models.churn
    assert [one.called for one in job.models.intent.challengers] == ["sgd", "forest"]
    assert job.models.intent.challengers[1] == plain.models.intent.challengers[1]
    challengers = plain.models.intent.challengers
    assert (
        msgspec.structs.replace(job.models.intent, challengers=challengers) == plain.models.intent
    )
    assert msgspec.structs.replace(job.time, lag=None, order=None) == plain.time
    assert job.time.order == plain.order
    assert job.time.lag == plain.lag
    assert msgspec.structs.replace(job.input, source=None) == plain.input
    assert job.source == plain.source
    assert (job.lanes, job.floor) == (plain.lanes, plain.floor)

"""What is no rule: refused with its place, and nothing of it is ever executed."""

from __future__ import annotations

import re
import sys

import pytest

from rtm_flows.decisions.expressions.checking import checked
from rtm_flows.decisions.expressions.names import names_of_events
from rtm_flows.decisions.expressions.source import MOST_CHARACTERS, MOST_DEPTH, Source
from rtm_flows.errors import ConfigError

NAMES = names_of_events(["views", "größe", "is_mobile"], ["intent"])
NOT_USED = " cannot be used in a rule; a rule is made of names, numbers, texts in quotes"
HOSTILE = [
    ("__import__('os').system('true') == 0", "column 1: unknown function \"__import__('os')"),
    ("().__class__.__bases__[0] == 1", f"column 1: `().__class__.__bases__[0]`{NOT_USED}"),
    ("views.__class__ == 1", f"column 1: `views.__class__`{NOT_USED}"),
    ("__builtins__ == 1", "column 1: unknown name '__builtins__'"),
    ("open('/etc/passwd') == 1", "column 1: unknown function 'open'; known are abs, max, min"),
    ("exec('1') > 0", "column 1: unknown function 'exec'"),
    ("(lambda: 1)() > 0", "column 1: unknown function 'lambda: 1'"),
    ("(lambda: 1) > 0", f"column 2: `lambda: 1`{NOT_USED}"),
    ("[1 for x in [1]] == 1", f"column 1: `[1 for x in [1]]`{NOT_USED}"),
    ("views in [x for x in [1]]", 'column 10: behind `in` stands a list, like ["search"'),
    ("{1: 2} == views", f"column 1: `{{1: 2}}`{NOT_USED}"),
    ("views in {1, 2}", "column 10: behind `in` stands a list"),
    ("views in (1, 2)", "column 10: behind `in` stands a list"),
    ("views in []", "column 10: behind `in` stands a list"),
    ("views in views", "column 10: behind `in` stands a list"),
    ("views in [intent]", "column 11: a list holds numbers or texts only"),
    ("9 ** 9 ** 9 > views", f"column 1: `9 ** 9 ** 9`{NOT_USED}"),
    ("views % 2 == 1", f"column 1: `views % 2`{NOT_USED}"),
    ("views // 2 == 1", f"column 1: `views // 2`{NOT_USED}"),
    ("views << 9 > 1", f"column 1: `views << 9`{NOT_USED}"),
    ("~views > 1", f"column 1: `~views`{NOT_USED}"),
    ("+views > 1", f"column 1: `+views`{NOT_USED}"),
    ("(x := 3) > 1", f"column 2: `x := 3`{NOT_USED}"),
    ("f'{views}' == type", "column 1: `f'{views}'` is no text in quotes"),
    ("type == b'search'", "column 9: `b'search'` is no text in quotes"),
    ("views[0] > 1", f"column 1: `views[0]`{NOT_USED}"),
    ("views > 1 if views else 2", f"column 1: `views > 1 if views else 2`{NOT_USED}"),
    ("await views", f"column 1: `await views`{NOT_USED}"),
    ("min(*views, *views) > 1", f"column 5: `*views`{NOT_USED}"),
    ("min(views, 2, key=abs) > 1", "column 18: `=` cannot be used in a rule; write `==`"),
    ("views > True", f"column 9: `True`{NOT_USED}"),
    ("views > None", f"column 9: `None`{NOT_USED}"),
    ("views > ...", f"column 9: `...`{NOT_USED}"),
    ("views > 1j", f"column 9: `1j`{NOT_USED}"),
    ("views > 1; views", "column 10: no rule: invalid syntax"),
    ("views > 1) or (views > 2", "column 10: no rule: unmatched ')'"),
    ("import os", "column 1: no rule: invalid syntax"),
    ("yield", "column 1: no rule: invalid syntax"),
    ("views > 1\0", ""),
    ("1or views > 1", "column 1: no rule: invalid decimal literal"),
    ("'\ud800' == type", "cannot be read: it is nested too deep, or holds what is no text"),
    ("type == '\\x41'", "column 10: `\\` cannot be used in a rule"),
    ("views > 1 # much", "column 11: `#` cannot be used in a rule; a comment stands outside"),
    ("views > " + "9" * 400, "column 9: `" + "9" * 40 + "...` is too large; at most 1e+15"),
    ("views > 1e999", "column 9: `1e999` is too large; at most 1e+15"),
    ("views > " + "1 + " * MOST_CHARACTERS, "has 4,008 characters, at most 1,000"),
    ("(" * 150 + "views > 1" + ")" * 150 + "(", "column 310: no rule"),
    ("(" * 400 + "views > 1" + ")" * 400, ""),
    ("-" * 900 + "views > 1", ""),
    ("not " * 240 + "views > 1", ""),
    ("views > " + "-" * MOST_DEPTH + "1", f"is nested more than {MOST_DEPTH} deep"),
    (" ", "must not be empty"),
]
MISTAKES = [
    ("veiws > 1", "column 1: unknown name 'veiws'; did you mean 'views'?"),
    ("größe > 1 and veiws > 1", "column 15: unknown name 'veiws'; did you mean 'views'?"),
    ("  \n not\tveiws > 1", "column 9: unknown name 'veiws'"),
    ("type == search", "column 9: `search` is no text in quotes"),
    ("search == type", "column 1: unknown name 'search'; a text stands in quotes: \"search\""),
    ("type == 'serach'", "column 9: 'serach' is no event type; did you mean 'search'?"),
    ('type in ["search" "purchase"]', 'column 10: `"search" "purchase"` must be one text in plain'),
    ('type in ["search", 3]', "column 20: `3` is no text in quotes"),
    ("type < 'search'", "column 1: `type` is a text, and what is wanted is a number"),
    ("type == 3", "column 9: `3` is no text in quotes, which is what is wanted"),
    ("views == 'many'", "column 10: `'many'` is a text, and what is wanted is a number"),
    ("type", 'column 1: `type` is a text, and what is wanted is true or false; compare it, as in '
             '`type == "search"`'),
    ("is_mobile", "column 1: `is_mobile` is a number, and what is wanted is true or false; compare "
                  "it, as in `is_mobile > 0`"),
    ("views > 1 and not views", "column 19: `views` is a number"),
    ("views + 1", "column 1: `views + 1` is a number, and what is wanted is true or false"),
    ("(views > 1) == (views < 3)", "column 2: `views > 1` is true or false, and what is wanted is"),
    ("not (not views) + 1", "column 6: "),
    ("1 < 2", "column 1: compares two constants; name what is to be tested"),
    ("1 in [1]", "column 1: is no name"),
    ("'a' == 'b'", "column 1: compares two constants"),
    ("views > 1 and 1 < 2", "column 15: compares two constants"),
    ("1 < views in [2]", "column 1: `in` stands alone; join comparisons by `and`"),
    ("views is 3", "column 1: `is` cannot be used in a rule; write `==`"),
    ("views = 3", "column 7: `=` cannot be used in a rule; write `==`"),
    ("views > 1 && views < 3", "column 11: `&&` cannot be used in a rule; write `and`"),
    ("views > 1 AND views < 3", "column 11: `AND` cannot be used in a rule; write `and`"),
    ("views > 1 || views < 3", "column 11: `||` cannot be used in a rule; write `or`"),
    ("! views > 1", "column 1: `!` cannot be used in a rule; write `not`"),
    ("views <> 1", "column 7: `<>` cannot be used in a rule; write `!=`"),
    ("views > 1 or", "column 13: no rule: invalid syntax"),
    ("(views > 1", "column 1: no rule: '(' was never closed"),
    ("views > 0.1234567", "column 9: `0.1234567` has more than six decimals"),
    ("abs(views, 1) > 1", "column 1: abs wants one number, and nothing else"),
    ("max(views) > 1", "column 1: max wants two or more numbers, and nothing else"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [*HOSTILE, *MISTAKES])
def test_what_is_no_rule_is_refused_with_its_place(text: str, said: str) -> None:
    """In one short line, with the column, what is wrong, and what would be right."""
    with pytest.raises(ConfigError) as told:
        checked(Source("actions[0].eligible[0]", text), NAMES)

    found = str(told.value)
    assert re.fullmatch(r"actions\[0\]\.eligible\[0\](, column \d+)?: .+", found), found
    assert said in found
    assert len(found) < 400


def test_nothing_of_a_rule_is_executed() -> None:
    """The interpreter's own audit sees no code object run, no import and no file."""
    seen: list[str] = []
    listening = True

    def hook(event: str, _: tuple[object, ...]) -> None:
        if listening and event in {"exec", "import", "open", "os.system", "subprocess.Popen"}:
            seen.append(event)

    sys.addaudithook(hook)
    for text, _ in HOSTILE:
        with pytest.raises(ConfigError):
            checked(Source("rule", text), NAMES)
    listening = False

    assert seen == []


def test_a_name_is_looked_up_as_it_is_written() -> None:
    """Not in the spelling that Python would make of it."""
    with pytest.raises(ConfigError, match="unknown name 'ｖｉｅｗｓ'"):
        checked(Source("rule", "ｖｉｅｗｓ > 1"), NAMES)

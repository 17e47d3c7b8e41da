"""Posts: what people write in public, short, in their own language, from fragments of our own.

In: a language, a tone, what it is about, and a number. Out: a text as JSON. It knows nothing of who
writes, or why.
"""

from __future__ import annotations

import json

from rtm_flows.simulate.fashion.places import LOCALES
from rtm_flows.simulate.fashion.posts import ar, az, en, vi

TONES = ("negative", "neutral", "positive")
TOPICS = ("item", "delivery", "price", "service")
_LANGUAGES = {"en": en, "ar": ar, "az": az, "vi": vi}
_SPOKEN = [_LANGUAGES[locale.lang] for locale in LOCALES]
_PER_CATEGORY = 100


def text_of(locale: int, tone: int, topic: int, item: int, number: int) -> str:
    """Return a post.

    Parameters
    ----------
    locale, tone, topic
        Places in `LOCALES`, `TONES` and `TOPICS`.
    item
        The item that was bought: its kind becomes the tag.
    number
        Chooses among fragments; at least 0.

    Examples
    --------
    >>> text_of(0, 2, 1, 120, 0)
    'Ordered on Monday, wearing it on Wednesday. #tops'
    """
    words = _SPOKEN[locale]
    said = words.SAID[TONES[tone]][TOPICS[topic]]
    number, first = divmod(number, len(said))
    number, last = divmod(number, len(words.CLOSINGS[TONES[tone]]))
    closing = words.CLOSINGS[TONES[tone]][last]
    tag = words.TAGS[item // _PER_CATEGORY] if number % 2 == 0 else ""
    return " ".join(part for part in (said[first], closing, tag) if part)


def post(locale: int, tone: int, topic: int, item: int, number: int) -> str:
    """Return the members of a line that tell of a post: its text and language."""
    text = json.dumps(text_of(locale, tone, topic, item, number), ensure_ascii=False)
    return f'"text":{text},"lang":"{LOCALES[locale].lang}"'

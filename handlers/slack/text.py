"""Text on its way in and out: Slack's markup taken apart on the way in, made harmless on the way out."""

import re

#: Control characters, marks that turn the direction of writing, and halves of surrogate pairs.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
#: What Slack puts in angle brackets: people, channels, groups, broadcasts, links. Text that a person typed
#: cannot look like this, since Slack escapes its angle brackets.
_MARKUP = re.compile(r"<([@#!]|https?://|mailto:|tel:)([^<>|]*)(?:\|([^<>]*))?>")
#: What Slack's mrkdwn would read as formatting, an emoji or a quote.
_SPECIAL = re.compile(r"[*_~`>]|:\S+:|^[ \t]*(?:[•-]|\d+\.)[ \t]", re.MULTILINE)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def clean(text: str) -> str:
    """Text without control characters and bidirectional marks; line breaks are kept, tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def neutral(text: str) -> str:
    """Text as it was typed, from Slack's escaped form. A mention of a person becomes `<@user_id>`; nothing
    else that Slack would act on is left.

    The form is described at https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages.
    """
    if "<" in text:
        text = _MARKUP.sub(_plain_markup, text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return clean(text)


def escape(text: str) -> str:
    """Text for a place where Slack reads mrkdwn: nothing in it can become a mention or a link."""
    return text.translate(_ESCAPES)


def is_special(text: str) -> bool:
    """Whether mrkdwn would read formatting into a text; such text belongs in a literal element instead."""
    return _SPECIAL.search(text) is not None


def is_web(url: str) -> bool:
    """Whether an address is one that Slack takes: http or https, no spaces, at most 3,000 characters."""
    return (
        url.startswith(("https://", "http://"))
        and 8 < len(url) <= 3000
        and url.isprintable()
        and " " not in url
    )


def _plain_markup(match: re.Match[str]) -> str:
    kind, target, label = match.groups()
    if kind == "@":
        return f"<@{target}>"
    if kind == "#":
        return f"#{label or target}"
    if kind in ("mailto:", "tel:"):
        return label or target
    if kind == "!":
        what = target.split("^", 1)[0]
        name = label or what
        return name if what == "date" or name.startswith("@") else f"@{name}"
    return kind + target

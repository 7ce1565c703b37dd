"""What Teams takes: sizes, counts and lengths, enforced so that a message is never refused for them."""

from collections.abc import Iterator, Sequence

from pydantic_core import to_json

from handlers.teams.activity import Node

#: Buttons in one row: Teams shows six of an `ActionSet` and hides the others.
MOST_ACTIONS = 6
#: About as many characters fit side by side on the buttons of a card in a chat, each with its edges: Teams cuts the
#: labels of a row that is too long, even to two letters.
ROW_CHARACTERS, EDGE_CHARACTERS = 54, 6
#: A message has at most 28 KB, of which the activity around the card takes some.
MOST_BYTES = 26_000
#: What one page of a long card holds, of `MOST_BYTES`.
PAGE_BYTES = 20_000
MOST_PAGES = 10
MOST_OPTIONS = 250
MOST_FACTS = 60

HEADING = 200
TEXT = 6_000
LABEL = 120
FACT = 500
CELL = 300
BUTTON = 60
OPTION = 150
HINT = 300
SUMMARY = 500
#: Of a dialog's title.
TITLE = 64
FILENAME = 200

#: Where a card holds words, that may be shortened; everything else is ids, names and addresses.
_WORDS = ("text", "label", "placeholder", "altText", "speak", "fallbackText", "title", "errorMessage")


def cut(text: str, most: int) -> str:
    """At most so many characters, cut at a word, with an ellipsis where something is missing."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    at = max(head.rfind(" "), head.rfind("\n"))
    return head[: at if at > most // 2 else most - 1].rstrip() + "…"


def size(node: object) -> int:
    """Bytes on the wire."""
    return len(to_json(node))


def pages(blocks: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """Share blocks of elements out over messages; a block stays together."""
    whole = [node for block in blocks for node in block]
    if size(whole) <= PAGE_BYTES:
        return [whole]
    shared: list[list[Node]] = [[]]
    taken = 0
    for block in blocks:
        weight = size(block)
        if shared[-1] and taken + weight > PAGE_BYTES:
            shared.append([])
            taken = 0
        shared[-1].extend(block)
        taken += weight
    if len(shared) > MOST_PAGES:
        left_out = [node for page in shared[MOST_PAGES:] for node in page]
        buttons = [node for node in left_out if node["type"] == "ActionSet"]
        note = _note(f"{len(shared) - MOST_PAGES} more pages are not shown here.")
        shared = [*shared[:MOST_PAGES], [note, *buttons]]
    return shared


def chunks(rows: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Table rows in portions that fit on a page."""
    start = taken = 0
    for at, row in enumerate(rows):
        weight = size(row)
        if at > start and taken + weight > PAGE_BYTES * 9 // 10:
            yield rows[start:at]
            start, taken = at, 0
        taken += weight
    yield rows[start:]


def rows(actions: Sequence[Node]) -> list[list[Node]]:
    """Share buttons out over rows in which their labels can be read."""
    shared: list[list[Node]] = []
    taken = ROW_CHARACTERS
    for action in actions:
        width = len(action["title"]) + EDGE_CHARACTERS
        if taken + width > ROW_CHARACTERS or len(shared[-1]) == MOST_ACTIONS:
            shared.append([])
            taken = 0
        shared[-1].append(action)
        taken += width
    return shared


def fit(card: Node) -> Node:
    """The card, and if it is too large, with its longest words shortened until it is not."""
    excess = size(card) - MOST_BYTES
    if excess <= 0:
        return card
    holders = sorted(_holders(card), key=lambda held: len(held[0][held[1]].encode()), reverse=True)
    for node, key in holders:
        before = len(node[key].encode())
        if before < 80:
            break
        node[key] = cut(node[key], max(20, (len(node[key]) * max(20, before - excess)) // before))
        excess -= before - len(node[key].encode())
        if excess <= 0:
            break
    lists = [node["choices"] for node in _nodes(card) if node.get("choices")]
    while size(card) > MOST_BYTES and lists and len(longest := max(lists, key=len)) > 20:
        del longest[len(longest) * 3 // 4 :]
    body: list[Node] = card.get("body", [])
    while size(card) > MOST_BYTES and len(body) > 1:
        del body[-2 if body[-1].get("type") == "ActionSet" else -1]
    return card


def problems(card: Node) -> list[str]:
    """What Teams would refuse or hide in a card; nothing, if the renderer did its work."""
    found = []
    if size(card) > MOST_BYTES:
        found.append(f"{size(card)} bytes")
    ids: set[str] = set()
    for node in _nodes(card):
        if len(node.get("actions") or ()) > MOST_ACTIONS:
            found.append("more than six actions")
        if str(node.get("type")).startswith("Action.") and len(node.get("title", "")) > BUTTON:
            found.append("a button too long")
        identity = node.get("id")
        if identity is not None and identity in ids:
            found.append(f"id {identity} twice")
        ids.add(str(identity))
    return found


def _holders(card: Node) -> Iterator[tuple[Node, str]]:
    for node in _nodes(card):
        for key in _WORDS:
            if isinstance(node.get(key), str):
                yield node, key
        for fact in node.get("facts") or ():
            yield fact, "value"


def _nodes(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "data":
                yield from _nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from _nodes(item)


def _note(text: str) -> Node:
    return {"type": "TextBlock", "text": text, "isSubtle": True, "wrap": True}

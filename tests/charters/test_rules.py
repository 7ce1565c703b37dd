"""What a charter takes, and what it says has changed."""

import pytest

from domain.charters import PROPOSED, CharterDraft, check, differences, entries_of
from domain.errors import InvalidField

GOOD = {"department": "Process design", "technology": "Model choice", "hours": "24"}


def test_each_line_is_an_entry_without_bullets_empty_lines_and_repetitions() -> None:
    assert entries_of(" - Process design\r\n\n• Risk appetite\nprocess DESIGN\n") == (
        "Process design",
        "Risk appetite",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("department", " \n - \n"),
        ("technology", "x" * 121),
        ("department", "\n".join(f"line {number}" for number in range(13))),
        ("technology", "process design"),
        ("hours", "0"),
        ("hours", "241"),
        ("hours", "1.5"),
        ("hours", "soon"),
        ("hours", "٣"),
    ],
)
def test_what_does_not_fit_is_said_at_its_input(name: str, text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check(GOOD | {name: text}, escalation_person_id=1)
    assert set(refused.value.errors) == {name}


@pytest.mark.parametrize("hours", ["1", "240", "24.0"])
def test_escalations_take_one_to_two_hundred_and_forty_hours(hours: str) -> None:
    assert check(GOOD | {"hours": hours}, escalation_person_id=1).escalation_hours == int(float(hours))


def test_changes_are_told_entry_by_entry() -> None:
    after = CharterDraft(
        department_decides=("Process design", "Service rules", "Pilot dates"),
        technology_decides=PROPOSED.technology_decides,
        escalation_person_id=7,
        escalation_hours=1,
    )
    assert differences(PROPOSED, after, {7: "Hana Reed"}) == [
        "The department now decides: Pilot dates.",
        "The department no longer decides: Risk appetite.",
        "Escalations are decided by Hana Reed (before: nobody yet).",
        "They are decided within 1 hour (before: 48 hours).",
    ]


def test_another_order_is_a_change_and_the_same_is_none() -> None:
    turned = PROPOSED.model_copy(update={"technology_decides": PROPOSED.technology_decides[::-1]})
    assert differences(PROPOSED, turned, {}) == ["The lines are in another order."]
    assert differences(PROPOSED, PROPOSED, {}) == []

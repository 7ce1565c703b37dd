"""people.csv and teams.csv: what is read, what is refused, and why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.directory import Unreadable, decode, read_people, read_teams
from domain.directory_plan import Defaults, Directory, plan
from domain.people import Role, TeamKind

HEADER = "name,email,team,manager_email,time_zone,locale,country,roles"


def people(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


def reasons(*lines: str) -> dict[int, str]:
    """The bad rows of a file, also those that only the comparison with an empty directory finds."""
    found = plan(read_people(people(*lines)), {}, Directory({}, {}))
    return {row.line: row.reason for row in found.bad}


def test_a_whole_row_is_read_and_normalised() -> None:
    (entry,) = read_people(
        people(" Ada  Fern ,Ada@Alder.EXAMPLE, Operations / Claims ,,Europe/Berlin,en_gb,gb,HR; admin")
    ).entries
    assert (entry.name, entry.email, entry.team) == ("Ada Fern", "ada@alder.example", "Operations/Claims")
    assert (entry.time_zone, entry.locale, entry.country) == ("Europe/Berlin", "en-GB", "GB")
    assert entry.roles == frozenset({Role.ADMIN, Role.HR})


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname,email,team\r\nAda,ada@a.example,Ops\r\n",
        "name;email;team\nAda;ada@a.example;Ops\n",
        "Name\tE-Mail\tTeam\nAda\tada@a.example\tOps",
        '"name","email","team"\n"Ada","ada@a.example","Ops"\n\n',
        "team,shoe size,email,name\nOps,39,ada@a.example,Ada\n",
        'name,email,team\r"Ada","ada@a.example",Ops\r',
    ],
)
def test_marks_delimiters_line_ends_and_unknown_columns_do_not_matter(text: str) -> None:
    (entry,) = read_people(text).entries
    assert (entry.name, entry.email, entry.team) == ("Ada", "ada@a.example", "Ops")
    assert (entry.roles, entry.country, entry.manager_email) == (None, None, None)


def test_every_bad_row_is_told_with_its_line_and_all_its_reasons() -> None:
    found = reasons(
        "Ada,ada@a.example,Ops,,,,,",
        ",not an address,,,Mars/Base,english please,UK,boss",
        "Bo,ADA@a.example,Ops,,,,,",
        '"Multi\nline",m@a.example,Ops,,,,,',
        "Cleo,cleo@a.example,Ops//Claims,,,,,",
        "Dara,dara@a.example,Ops,nobody@a.example,,,,",
        "Emil,emil@a.example,Ops,emil@a.example,,,,",
        "Finn,finn@a.example,Ops,,,,,,,too,many",
        "Gus",
    )
    assert sorted(found) == [3, 4, 7, 8, 9, 10, 11]
    for word in ("name is missing", "not an e-mail", "team is missing", "Mars/Base", "locale", "UK", "boss"):
        assert word in found[3]
    assert "line 2 already" in found[4]
    assert "neither in the file nor in the directory" in found[8]
    assert "own manager" in found[9]
    assert "11 cells" in found[10]


def test_managers_in_a_ring_are_bad_and_those_below_them_are_not() -> None:
    found = reasons(
        "Ada,ada@a.example,Ops,bo@a.example,,,,",
        "Bo,bo@a.example,Ops,cleo@a.example,,,,",
        "Cleo,cleo@a.example,Ops,ada@a.example,,,,",
        "Dara,dara@a.example,Ops,ada@a.example,,,,",
    )
    assert sorted(found) == [2, 3, 4]
    assert "ring" in found[2]


def test_a_quote_that_is_never_closed_is_told_with_the_line_where_it_begins() -> None:
    found = reasons("Ada,ada@a.example,Ops,,,,,", 'Bo,bo@a.example,"Ops,,,,,', "Cleo,cleo@a.example,Ops,,,,,")
    assert found == {3: "a quote is opened and never closed"}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"name,email\nAda,ada@a.example\n", "no column team"),
        (b"name,email,team,email\n", "twice"),
        ("name,email,team\nJürgen,j@a.example,Ops\n".encode("latin-1"), "Line 2"),
        (b"PK\x03\x04\x00\x00", "zero bytes"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(content: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        read_people(decode(content))


def test_a_file_saved_by_excel_as_unicode_text_is_read() -> None:
    assert (
        len(read_people(decode("name\temail\tteam\nAda\tada@a.example\tOps\n".encode("utf-16"))).entries) == 1
    )


def test_kinds_of_teams_are_read_and_unknown_ones_told() -> None:
    found = read_teams("team,kind\nAI function,AI\nPeople,hr\nOps,factory\nai function,hr\n")
    assert found.kinds == {"AI function": TeamKind.AI, "People": TeamKind.HR}
    assert [row.line for row in found.bad] == [4, 5]


def test_teams_take_the_kind_of_the_nearest_team_above_that_has_one() -> None:
    file = read_people(people("Ada,ada@a.example,Tech/AI/Research,,,,,", "Bo,bo@a.example,Ops/claims,,,,,"))
    kinds = {"Tech/AI": TeamKind.AI, "Ops/Claims": TeamKind.BUSINESS}
    assert plan(file, kinds, Directory({}, {})).teams == {
        "Ops": TeamKind.BUSINESS,
        "Ops/Claims": TeamKind.BUSINESS,
        "Tech": TeamKind.BUSINESS,
        "Tech/AI": TeamKind.AI,
        "Tech/AI/Research": TeamKind.AI,
    }


def test_somebody_whose_managers_row_is_bad_is_kept_without_a_manager() -> None:
    file = read_people(people("Ada,ada@a.example,,,,,,", "Bo,bo@a.example,Ops,ada@a.example,,,,"))
    found = plan(file, {}, Directory({}, {}))
    assert [one.manager_email for one in found.added] == [""]
    assert len(found.bad) == 1
    assert "without a manager" in found.notes[0]


def test_what_the_file_does_not_say_stays_as_it_is() -> None:
    first = plan(read_people(people("Ada,ada@a.example,Ops,,Asia/Tokyo,ja,JP,hr")), {}, Directory({}, {}))
    known = Directory({one.email: one for one in first.added}, first.teams)
    short = read_people("name,email,team\nAda Fern,ada@a.example,Ops\n")
    (change,) = plan(short, {}, known, defaults=Defaults(time_zone="UTC")).changed
    assert change.fields() == {"name": ("Ada", "Ada Fern")}


@given(
    st.one_of(st.text(), st.lists(st.text(alphabet='ab@.,;"\n\r\t/ é\u202e\0'), min_size=1).map("\n".join))
)
@settings(deadline=None)
def test_reading_never_raises_anything_but_a_sentence(text: str) -> None:
    for given_text in (text, people(text)):
        try:
            file = read_people(given_text)
        except Unreadable as error:
            assert error.sentence
        else:
            found = plan(file, {}, Directory({}, {}))
            assert len(found.added) + len(found.bad) >= len(file.entries)
    try:
        read_teams(text)
    except Unreadable as error:
        assert error.sentence


@given(st.binary())
def test_decoding_never_raises_anything_but_a_sentence(content: bytes) -> None:
    try:
        decode(content)
    except Unreadable as error:
        assert error.sentence

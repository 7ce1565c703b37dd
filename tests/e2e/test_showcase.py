"""The showcase on the playground's page: its agenda, an offer made with the form, and the page of learnings."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen

pytestmark = pytest.mark.e2e


def test_what_somebody_offers_stands_on_the_agenda(window: Callable[..., Screen]) -> None:
    screen = window(1280, 640)
    screen.come_in("Hanne Solberg", "Tandem")
    agenda = screen.ask("/showcase agenda", "Agenda of the showcase")
    expect(agenda).to_contain_text("Operations: Ines Carvalho and Tobias Ekwall. Technical partner")
    screen.shot("showcase")
    agenda.get_by_role("button", name="Offer something").click()
    form = screen.dialog
    form.get_by_label("What was tried").fill("Answering complaints in the writer's own words")
    form.get_by_label("What was learned").fill("It took longer to read than to write anew.")
    form.get_by_label("How it went").select_option(label="It did not work, and that taught us something")
    screen.shot("more/showcase-offer")
    form.get_by_role("button", name="Offer it").click()
    expect(screen.dialog).to_contain_text("It is on the agenda")
    screen.shut()
    again = screen.ask("/showcase agenda", "3 things to see, 35 minutes")
    expect(again).to_contain_text("Operations: Hanne Solberg")


def test_everybody_reads_what_came_out_of_the_last_one(window: Callable[..., Screen]) -> None:
    screen = window(1280, 1100)
    screen.come_in("Grace Mbeki", "Tandem")
    page = screen.ask("/showcase learnings", "What we learned at the showcase")
    expect(page).to_contain_text("Thank you, Aoife Kerrigan and Piotr Zielinski")
    screen.shot("more/showcase-learnings")

"""The monthly showcase: teams show what they tried, what worked and what did not."""

from handlers.capability import Capability, FormRoute
from handlers.showcases import calendars, live, minutes, offering, place, reminders, setting

CAPABILITY = Capability(
    name="showcases",
    help=(
        ("showcase next", "when the next showcase is, for your calendar"),
        ("showcase offer", "offers something to show; what did not work is as welcome"),
        ("showcase agenda", "what is shown, and by whom"),
        ("showcase learnings", "what came out of the last ones"),
        (
            "showcase next last Thursday 15:00 Europe/Berlin",
            "sets its date (administrators, HR, the AI function)",
        ),
        ("showcase move 2026-12-03 15:00", "moves it, to another date or place"),
        ("showcase cancel", "calls it off; what was offered is kept"),
        ("showcase minutes", "writes down what came out of it"),
        ("showcase here", "sends its news to this channel"),
    ),
    alone=frozenset({"showcase"}),
    commands={
        "showcase": setting.on_showcase,
        "showcase next": setting.on_next,
        "showcase move": setting.on_move,
        "showcase cancel": setting.on_cancel,
        "showcase here": place.on_here,
        "showcase offer": offering.on_offer,
        "showcase agenda": minutes.on_agenda,
        "showcase minutes": minutes.on_minutes,
        "showcase learnings": minutes.on_learnings,
    },
    presses={
        "showcase.offer": offering.on_offer_pressed,
        "showcase.notnow": offering.on_not_now,
        "showcase.edit": offering.on_edit,
        "showcase.withdraw": offering.on_withdraw,
        "showcase.agenda": minutes.on_agenda_pressed,
        "showcase.minutes": minutes.on_minutes_pressed,
        "showcase.learnings": minutes.on_learnings_pressed,
        "showcase.file": calendars.on_file,
        "showcase.move": setting.on_move_pressed,
        "showcase.cancel": setting.on_cancel_pressed,
    },
    forms={
        setting.FORM: FormRoute(submit=setting.on_moved, again=setting.again),
        offering.FORM: FormRoute(submit=offering.on_submit, again=offering.again),
        minutes.FORM: FormRoute(submit=minutes.on_written, again=minutes.again),
    },
    views={live.VIEW: live.card},
    files={calendars.FILE: calendars.file},
    schedules=reminders.SCHEDULES,
    chores=reminders.CHORES,
    settings=place.section,
    reads=frozenset(
        {
            "showcase",
            "showcase offer",
            "showcase agenda",
            "showcase learnings",
            "showcase.offer",
            "showcase.edit",
            "showcase.agenda",
            "showcase.learnings",
        }
    ),
)

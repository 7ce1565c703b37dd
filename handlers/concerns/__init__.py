"""Concerns in chat: raised with a name or without one, answered, and followed to what changed."""

from handlers.capability import Actor, Capability, FormRoute
from handlers.cards import Shown
from handlers.concerns import (
    card,
    changes,
    closing,
    codes,
    concern_sections,
    correcting,
    figures,
    form,
    handing,
    handling,
    levels,
    listing,
    merging,
    mine,
    published,
    publishing,
    raising,
    telling,
)
from storage.store import Work


def _waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """One's own concerns first, then those that one handles."""
    return (*mine.waiting(actor, work), *listing.board(actor, work))


CAPABILITY = Capability(
    name="concerns",
    help=(
        ("concern", "opens the form, with your name or without it"),
        ("concern the triage tool flagged two correct claims as fraud last week", "fills it in for you"),
        ("concern mine", "shows those with your name, and their answers"),
        ("concern list", "those that are yours to handle (product owners, the AI function, HR)"),
        ("concern code", "opens one without your name, by its code"),
        ("concern changes", "what changed because somebody spoke"),
        ("concern figures", "how they are answered (HR, the AI function, product owners)"),
    ),
    commands={
        "concern": raising.on_command,
        "concern changes": changes.on_changes,
        "concern figures": figures.on_figures,
        "concern code": codes.on_command,
        "concern mine": mine.on_command,
        "concern list": listing.on_list,
        "concern show": listing.on_show,
        "concern thread": listing.on_thread,
    },
    presses={
        "concern.new": raising.on_new,
        "concern.changes": changes.on_more,
        "concern.publish": publishing.on_publish,
        "concern.published": correcting.on_published,
        "concern.correct": correcting.on_correct,
        "concern.withdraw": correcting.on_withdraw,
        "concern.code": codes.on_enter,
        "concern.mine": mine.on_list,
        "concern.mine.open": mine.on_open,
        "concern.mine.reply": mine.on_reply,
        "concern.mine.settled": mine.on_settled,
        "concern.mine.not_settled": mine.on_not_settled,
        "concern.line.off": handing.on_off,
        "concern.line.on": handing.on_on,
        "concern.show": listing.on_show_pressed,
        "concern.list": listing.on_list_pressed,
        "concern.turn": listing.on_turn,
        "concern.take": handling.on_take,
        "concern.hand": handling.on_hand,
        "concern.answer": handling.on_answer,
        "concern.note": handling.on_note,
        "concern.sort": handling.on_sort,
        "concern.merge": merging.on_merge,
        "concern.close": closing.on_close,
    },
    forms={
        form.NAME: FormRoute(submit=raising.on_submit, again=raising.again),
        publishing.FORM: FormRoute(submit=publishing.on_submit, again=publishing.again),
        correcting.CORRECT: FormRoute(submit=correcting.on_correct_submit, again=correcting.correct_again),
        correcting.WITHDRAW: FormRoute(submit=correcting.on_withdraw_submit, again=correcting.withdraw_again),
        codes.ENTER: FormRoute(submit=codes.on_entered, again=codes.enter_again),
        codes.CASE: FormRoute(submit=codes.on_case, again=codes.case_again),
        mine.FORM: FormRoute(submit=mine.on_form, again=mine.again),
        handling.HAND: FormRoute(submit=handling.on_hand_submit, again=handling.hand_again),
        handling.ANSWER: FormRoute(submit=handling.on_answer_submit, again=handling.answer_again),
        handling.NOTE: FormRoute(submit=handling.on_note_submit, again=handling.note_again),
        handling.SORT: FormRoute(submit=handling.on_sort_submit, again=handling.sort_again),
        merging.FORM: FormRoute(submit=merging.on_submit, again=merging.again),
        closing.FORM: FormRoute(submit=closing.on_submit, again=closing.again),
    },
    actions={"raise_concern": raising.on_message},
    waiting=_waiting,
    views={mine.VIEW: mine.view, telling.VIEW: card.live_card, published.VIEW: published.card},
    digest=(concern_sections.WEEK, concern_sections.STANDING),
    brief=(concern_sections.BRIEF,),
    schedules=(handing.HAND_OVER, handing.WEEKLY_LINE, levels.REMINDERS),
    chores=(levels.ESCALATION, levels.FORGETTING),
    reads=frozenset(
        {
            *("concern", "concern code", "concern mine", "raise_concern", "concern.new", "concern.code"),
            *("concern.mine", "concern.mine.open", "concern.mine.reply", "concern.mine.not_settled"),
            *("concern figures", "concern changes", "concern.changes", "concern.publish"),
            *("concern.published", "concern.correct", "concern.withdraw"),
            *(
                "concern list",
                "concern show",
                "concern thread",
                "concern.show",
                "concern.list",
                "concern.turn",
            ),
            *(
                "concern.hand",
                "concern.answer",
                "concern.note",
                "concern.sort",
                "concern.merge",
                "concern.close",
            ),
        }
    ),
    traceless=frozenset(
        {
            "concern show",
            "concern thread",
            "concern",
            "concern code",
            "concern mine",
            form.NAME,
            codes.ENTER,
            codes.CASE,
            publishing.FORM,
            correcting.CORRECT,
            correcting.WITHDRAW,
        }
    ),
    limited={
        form.NAME: raising.LIMIT,
        "concern code": codes.LOOK_UPS,
        codes.ENTER: codes.LOOK_UPS,
        codes.CASE: codes.REPLIES,
    },
)

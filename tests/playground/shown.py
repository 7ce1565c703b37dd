"""What the sample bot shows: forms, a report with most kinds of blocks, and a home page."""

from typing import Any


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str | None = None) -> dict[str, Any]:
    return {"text": plain(text), "value": value or text.lower()}


def button(text: str, action_id: str, value: str = "1", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": value, **more}


def field_block(label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = element["action_id"]
    return {"type": "input", "block_id": f"{name}_block", "label": plain(label), "element": element, **more}


KINDS = [option("Data"), option("Expertise"), option("Testing"), option("Operational change", "change")]


def big_modal() -> dict[str, Any]:
    """A modal with every kind of input."""
    initiatives = [
        {
            "label": plain("Operations"),
            "options": [option("Claims triage", "claims"), option("Complaints drafting", "drafts")],
        },
        {"label": plain("Finance"), "options": [option("Invoice matching", "invoices")]},
    ]
    select = {
        "type": "static_select",
        "action_id": "kind",
        "options": KINDS,
        "placeholder": plain("Pick one"),
    }
    grouped = {"type": "static_select", "action_id": "initiative", "option_groups": initiatives}
    external = {"type": "external_select", "action_id": "lookup", "min_query_length": 1}
    effort = {
        "type": "number_input",
        "action_id": "effort",
        "is_decimal_allowed": True,
        "min_value": "0",
        "max_value": "24",
    }
    several = {"type": "multi_static_select", "action_id": "skills", "options": KINDS}
    degree = {
        "type": "radio_buttons",
        "action_id": "degree",
        "options": [option("Lead"), option("Equal"), option("Supporting")],
    }
    return {
        "type": "modal",
        "callback_id": "big",
        "title": plain("Log a contribution"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "notify_on_close": True,
        "private_metadata": "c1",
        "blocks": [
            {"type": "section", "text": mrkdwn("Only you and the *product owner* see this.")},
            field_block("Kind", select),
            field_block("Initiative", grouped),
            field_block(
                "Effort in hours", effort, hint=plain("Leave it empty if you do not know"), optional=True
            ),
            field_block("Day", {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-20"}),
            field_block("Time", {"type": "timepicker", "action_id": "time"}, optional=True),
            field_block(
                "What",
                {"type": "plain_text_input", "action_id": "what", "multiline": True, "max_length": 500},
            ),
            field_block("Colleague", {"type": "users_select", "action_id": "colleague"}, optional=True),
            field_block("Look-up", external, optional=True),
            field_block("Skills", several, optional=True),
            field_block("Link", {"type": "url_text_input", "action_id": "link"}, optional=True),
            field_block(
                "Options",
                {
                    "type": "checkboxes",
                    "action_id": "flags",
                    "options": [option("Share it"), option("Remind me")],
                },
                optional=True,
            ),
            field_block("Degree", {**degree, "initial_option": option("Equal")}),
            {"type": "actions", "elements": [button("More", "push_more"), button("Change title", "retitle")]},
        ],
    }


def small_modal(title: str = "More") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "small",
        "title": plain(title),
        "blocks": [{"type": "section", "text": plain("Nothing to fill in.")}],
    }


RICH = (
    "*42 h* by _7 people_ since <!date^1793000000^{date_long}|October>. ~Not 40.~ See `sheet 3` or "
    "<https://example.com/a?b=1&amp;c=2|the notes>, <@U0003> &amp; <#C0CLAIMS>.\n• first\n• second\n"
    "> quoted words\n```if x < y:\n    go()```"
)


def report_blocks() -> list[dict[str, Any]]:
    """A message with most kinds of blocks."""
    months = ["Aug", "Sep", "Oct", "Nov"]

    def series(name: str, *values: float) -> dict[str, Any]:
        return {"name": name, "data": [{"label": m, "value": v} for m, v in zip(months, values, strict=True)]}

    def chart(kind: str, title: str, *lines: dict[str, Any]) -> dict[str, Any]:
        axis = {"categories": months, "x_label": "Month", "y_label": "Hours"}
        return {
            "type": "data_visualization",
            "title": title,
            "chart": {"type": kind, "series": list(lines), "axis_config": axis},
        }

    def cell(value: str | float) -> dict[str, Any]:
        if isinstance(value, str):
            return {"type": "raw_text", "text": value}
        return {"type": "raw_number", "value": value, "text": f"{value:g} h"}

    rows: list[list[str | float]] = [
        ["Team", "Kind", "Effort"],
        ["Claims", "Data", 42.5],
        ["Complaints", "Testing", 18],
        ["Underwriting support", "Expertise", 9],
        ["Payments", "Data", 6],
        ["Reporting", "Training", 4],
        ["Claims", "Testing", 3],
        ["Claims", "Review", 2],
    ]
    return [
        {"type": "header", "text": plain("Contributions to claims triage")},
        {"type": "section", "text": mrkdwn(RICH), "accessory": button("Open", "open_big", style="primary")},
        {
            "type": "section",
            "fields": [
                mrkdwn("*Business sponsor*\n<@U0001>"),
                mrkdwn("*Technical sponsor*\n<@U0025>"),
                mrkdwn("*Stage*\nMVP scope"),
                mrkdwn("*Charter*\nsigned"),
            ],
        },
        {"type": "divider"},
        chart("bar", "Hours by month", series("Data", 4, 9, 14, 15), series("Testing", 2, 3, 8, 6)),
        {
            "type": "data_table",
            "caption": "By team and kind",
            "rows": [[cell(v) for v in row] for row in rows],
            "page_size": 5,
        },
        {
            "type": "context",
            "elements": [mrkdwn("Seen by *product owners* and sponsors"), plain("updated today")],
        },
        {
            "type": "actions",
            "block_id": "acts",
            "elements": [
                button(
                    "Approve",
                    "approve",
                    style="primary",
                    confirm={
                        "title": plain("Approve?"),
                        "text": mrkdwn("Both sponsors see it."),
                        "confirm": plain("Approve"),
                        "deny": plain("Not yet"),
                    },
                ),
                button("Reject", "reject", style="danger"),
                {
                    "type": "static_select",
                    "action_id": "pick",
                    "placeholder": plain("Kind"),
                    "options": KINDS,
                },
                {
                    "type": "overflow",
                    "action_id": "dots",
                    "options": [option("Export CSV", "csv"), option("Export XLSX", "xlsx")],
                },
            ],
        },
    ]


def home_view() -> dict[str, Any]:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("My log this month")},
            {
                "type": "section",
                "text": mrkdwn("*11 h* over 2 initiatives"),
                "accessory": button("Log a contribution", "open_big"),
            },
            {"type": "divider"},
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_list",
                        "style": "bullet",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "text", "text": "Claims triage", "style": {"bold": True}},
                                    {"type": "text", "text": ", 8 h"},
                                ],
                            },
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "user", "user_id": "U0002"},
                                    {"type": "text", "text": " thanked you"},
                                ],
                            },
                        ],
                    }
                ],
            },
        ],
    }

"""What the adapter uses of Slack: `manifest.yaml` declares exactly this, and a test compares the two."""

#: Bot events that the app handles.
EVENTS = frozenset(
    {"app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked", "user_change"}
)

#: Bot scopes, each with the call or event that needs it.
SCOPES = {
    "app_mentions:read": "app_mention",
    "chat:write": "chat.postMessage, chat.postEphemeral, chat.update",
    "commands": "slash commands and shortcuts",
    "files:write": "files.getUploadURLExternal, files.completeUploadExternal",
    "im:history": "message.im",
    "im:write": "conversations.open",
    "users:read": "users.info, user_change",
    "users:read.email": "users.lookupByEmail, and the e-mail address in users.info, by which people are matched",
}

#: Shortcuts by callback id: where each stands, and the message action that it means.
SHORTCUTS = {
    "log_contribution": ("message", "log_contribution"),
    "new_contribution": ("global", "log_contribution"),
    "raise_concern": ("message", "raise_concern"),
}

#: Slash commands: what each is for, and how it is used.
COMMANDS = {
    "/contribute": (
        "Log what you put into an AI initiative",
        "3h data on claims triage: labelled 400 exceptions",
    ),
    "/concern": (
        "Raise a concern about an AI tool, with your name or without it",
        "the triage flagged two correct claims last week | mine | code",
    ),
    "/initiative": (
        "Who answers for an initiative, its numbers, plan and limits",
        "list | show claims | kpi claims",
    ),
    "/pulse": ("Short questions, answered in a locked box, read only in groups", "new | plans | results"),
    "/showcase": ("Teams show what they tried: dates, offers, agenda", "next | offer | agenda"),
    "/signoff": ("Sign milestones off, business and technology together", "list | request claims go-live"),
    "/tandem": ("What Tandem can do, and your own page", "help | home | digest | brief | settings | privacy"),
}

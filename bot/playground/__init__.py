"""A local, fictional workspace that speaks Slack's wire formats: for trying the bot and for its tests."""

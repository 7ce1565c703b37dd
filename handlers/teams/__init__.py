"""Microsoft Teams: activities to inbound values, cards to Adaptive Cards, and the Bot Connector."""

"""Attacks on what is promised about anonymity, each with a leaky variant on which it must succeed."""

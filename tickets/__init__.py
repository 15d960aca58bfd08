"""Tickets: from a customer's words to a case someone can work."""

"""Conversations, the queue of those who want a person, and the agents who serve it."""

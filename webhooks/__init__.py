"""Telling other systems of events: signed HTTP calls that are tried again until they arrive."""

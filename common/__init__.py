"""What every feature rests on; nothing here knows about customers."""

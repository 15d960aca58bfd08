"""What the assistant does: thin Rasa actions over our use cases. Words are in `domain.yml`."""

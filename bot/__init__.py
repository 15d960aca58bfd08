"""What is loaded into Rasa: input channel, tracker store, and cures for its costs."""

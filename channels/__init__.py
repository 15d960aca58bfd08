"""How a customer reaches us: one folder a channel."""

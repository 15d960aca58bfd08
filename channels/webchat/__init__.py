"""The web-chat channel: a widget on a page, a token for an identity, a socket."""

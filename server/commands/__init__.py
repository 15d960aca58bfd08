"""The command line, a module a group; each is loaded only when it is called."""

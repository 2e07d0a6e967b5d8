"""Systems that shops run on."""

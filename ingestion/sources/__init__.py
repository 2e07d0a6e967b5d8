"""One module per kind of source: what its inputs folder looks like and which tables it fills."""

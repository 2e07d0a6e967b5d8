"""Systems that ask: forms, their questions and what was answered."""

"""Systems that know who the customers are."""

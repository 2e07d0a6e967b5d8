"""Systems in which customer service works."""

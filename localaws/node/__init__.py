"""Node programs that answer questions."""

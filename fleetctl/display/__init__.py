"""Facts in, text out: tables, the live board, plain lines. Never fetches, never sleeps."""

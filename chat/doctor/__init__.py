"""Whether an installation is well: what it stands on, whom it asks, and what becomes of its streams on their way out."""

"""Conversations as files: JSON with the whole tree, Markdown and a page to print with what is shown."""

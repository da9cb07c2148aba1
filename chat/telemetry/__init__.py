"""What a process tells of itself to those who run it: figures, log lines, spans. Never what anybody said."""

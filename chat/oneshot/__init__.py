"""Whole answers, for programs and for files: nobody watches them being written."""

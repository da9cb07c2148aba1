"""What is read on a page of a text that a model wrote."""

from html.parser import HTMLParser

from chat.markdown import render


def read(text: str) -> str:
    """The text of the HTML that the server makes of it."""
    reader = _Reader()
    reader.feed(render(text))
    return reader.text


def letters(text: str) -> str:
    """Without marks and spaces, some of which wait at the end of a reply until it is clear what they mean."""
    return "".join(char for char in text if char.isalnum())


class _Reader(HTMLParser):
    text = ""

    def handle_data(self, data: str) -> None:
        self.text += data

"""What becomes of a model's words: safe HTML, whatever they are."""

import re
import time

import pytest

from chat.markdown import HEAVIEST, render

SENT = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "<!-- c -->",
    "<a href=javascript:x>",
]
SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "&#106;avascript:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "file:///etc",
    "ftp://h",
]
HEAVY = {
    "brackets": "[" * 50_000,
    "images": "![" * 25_000,
    "emphasis": "*a **b " * 10_000,
    "nested list": "".join("  " * depth + "- a\n" for depth in range(300)),
    "nested quotes": "> " * 20_000,
    "backticks": "".join("`" * count + " " for count in range(300)),
    "formulae": "\\[a\n" * 20_000,
    "a megabyte": "word " * 200_000,
}


@pytest.mark.parametrize("text", SENT)
def test_raw_html_is_text(text):
    html = render(text)
    assert set(re.findall(r"</?(\w+)", html)) == {"p"}
    assert "&lt;" in html


@pytest.mark.parametrize("url", SCHEMES)
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", "![x]({})", "[x]\n\n[x]: {}"])
def test_links_have_no_other_scheme_than_those_of_the_web_and_of_mail(form, url):
    assert "href" not in render(form.format(url))


@pytest.mark.parametrize("url", ["/logout", "docs/x.md", "//evil.example", "#top", "?q=1"])
def test_an_address_without_a_host_leads_nowhere(url):
    assert render(f"[x]({url})") == f'<p><span title="{url}">x</span></p>\n'


def test_links_open_elsewhere_and_tell_nobody_whence():
    assert render("[x](https://e.org 't')") == (
        '<p><a href="https://e.org" rel="noopener noreferrer nofollow" target="_blank" title="t">x</a></p>\n'
    )


def test_an_image_is_a_link_that_names_its_host():
    html = render("![a *red* panda](https://user@pics.example/p.png 'title')")
    assert "<img" not in html
    assert 'class="image" href="https://user@pics.example/p.png"' in html
    assert '>a red panda<span class="host">pics.example</span></a>' in html


def test_an_image_in_a_link_is_words():
    html = render("[![build](https://ci.example/b.svg)](https://ci.example)")
    assert html.count("<a ") == 1
    assert 'build<span class="host">ci.example</span>' in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("\\(a_1*b*\\)", '<p><span class="math">a_1*b*</span></p>\n'),
        ("x $$\\frac{1}{2}$$", '<p>x <span class="math math-display">\\frac{1}{2}</span></p>\n'),
        ("a\n\\[\nx\n- y\n\\]\nb", '<p>a</p>\n<div class="math math-display">x\n- y</div>\n<p>b</p>\n'),
        ("$$\nx\n\n$$", "<p>$$\nx</p>\n<p>$$</p>\n"),
        ("$5 and $10, $$ 7", "<p>$5 and $10, $$ 7</p>\n"),
    ],
)
def test_formulae_are_kept_as_they_were_written(text, html):
    assert render(text) == html


def test_tables_tasks_and_strikethrough():
    assert '<th align="center">a</th>' in render("| a |\n|:-:|")
    assert render("- [ ] a\n- [x] b") == '<ul>\n<li class="task">☐ a</li>\n<li class="task">☑ b</li>\n</ul>\n'
    assert render("~~a~~") == "<p><s>a</s></p>\n"
    assert render("```c++ x\ny\n```") == '<pre><code class="language-c++">y\n</code></pre>\n'


def test_no_markup_carries_styles_or_handlers():
    text = '| a |\n|-:|\n| b |\n\n```" onclick=x\nc\n```\n\n[x](https://e.org/"onclick=x)'
    assert not re.search(r"<[^>]*\s(style|on\w+)=", render(text))


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_texts_take_no_longer_than_a_reader_would_wait(name):
    began = time.process_time()
    html = render(HEAVY[name])
    assert time.process_time() - began < 20
    letters = re.sub(r"<[^>]*>|[^a-z]", "", html)
    assert letters.startswith(re.sub(r"[^a-z]", "", HEAVY[name])[:1000])


def test_what_is_too_heavy_goes_on_as_plain_text():
    html = render("*a* " + "word " * HEAVIEST)
    assert html.count("<em>") == 1
    assert html.count('<p class="plain">') == HEAVIEST * 4 / 4_000 + 1
    assert html.endswith("word word </p>\n")

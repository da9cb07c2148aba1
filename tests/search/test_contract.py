"""What is found, and how it is shown: the same on SQLite and on PostgreSQL."""

from tests.search.conftest import write

LONG = "filler words " * 40
CHATS = [
    (
        "alice",
        "Tea in the garden",
        ["How long does green tea brew?", f"{LONG} the kettle whistles {LONG}"],
        {},
    ),
    ("alice", "Straße oder Gasse?", ["Ein naïver Besucher im Café fragt."], {"days": 3}),
    ("alice", "東京都の天気", ["日本語のテキストも見つかる。"], {}),
    ("alice", "Arabic", ["رسالة إلى الجيران عن مَرْحَبًا"], {}),
    ("alice", "Old herons", ["Where do herons nest?"], {"days": 400}),
    ("alice", "New herons", ["Where do herons nest?"], {"days": 1}),
    ("alice", "In the archive", ["Put away: zanzibar."], {"archived": True}),
    ("alice", "Temporary", ["A secret: zanzibar."], {"temporary": True}),
    (
        "alice",
        "<img src=x onerror=alert(1)>",
        ["<script>alert('needle')</script> & \"needle\" <b>needle</b>"],
        {},
    ),
    ("alice", "snake_case", ["call read_file(path) at https://example.com/a/b?x=1"], {}),
    ("charlie", "Charlie's zanzibar", ["zanzibar tea, brewed by charlie"], {}),
]

FINDS = {
    "tea": ["Tea in the garden"],
    "gard": ["Tea in the garden"],
    "green brew": ["Tea in the garden"],
    "brew nothing": [],
    '"green tea"': ["Tea in the garden"],
    '"tea green"': [],
    '"green te"': [],
    "STRASSE": ["Straße oder Gasse?"],
    "straße": ["Straße oder Gasse?"],
    "naiver cafe": ["Straße oder Gasse?"],
    "天気": ["東京都の天気"],
    "京": ["東京都の天気"],
    "日本語": ["東京都の天気"],
    "本日": [],
    "テキスト 見つ": ["東京都の天気"],
    "مرحبا": ["Arabic"],
    "read_file": ["snake_case"],
    "example.com": ["snake_case"],
    "secret": [],
    "": [],
}


async def test_words_are_found_as_people_mean_them(alice):
    assert {query: await alice.titles(query) for query in FINDS} == FINDS


async def test_of_what_fits_alike_the_newer_comes_first(alice):
    assert await alice.titles("herons") == ["New herons", "Old herons"]


async def test_the_archive_is_searched_and_named_and_a_temporary_chat_is_in_no_index(alice):
    found = await alice.find("zanzibar")
    assert [each.title for each in found] == ["In the archive"]
    assert "Archived" in found[0].whole


async def test_nobody_finds_what_is_somebody_elses(alice, charlie):
    assert await charlie.titles("zanzibar") == ["Charlie's zanzibar"]
    assert await charlie.titles("herons") == []
    assert "Charlie's zanzibar" not in await alice.titles("zanzibar")


async def test_the_words_are_marked_where_they_stand(alice):
    (found,) = await alice.find("kettle")
    assert "the <mark>kettle</mark> whistles" in found.hits[0]
    assert len(found.hits[0]) < 300
    (found,) = await alice.find("strass")
    assert found.title == "<mark>Straße</mark> oder Gasse?"


async def test_hostile_text_is_shown_as_text(alice):
    (found,) = await alice.find("needle alert")
    assert "<script" not in found.whole
    assert "<img" not in found.whole
    assert "<b>" not in found.whole
    assert "&lt;script&gt;<mark>alert</mark>(&#x27;<mark>needle</mark>" in found.hits[0]


async def test_a_hit_leads_to_its_message(alice):
    (found,) = await alice.find("kettle")
    page = await alice.person.get(found.links[0].partition("#")[0])
    assert page.status == 200
    assert f'id="{found.links[0].partition("#")[2]}"' in page.html


HOSTILE = [
    *(
        '"',
        '""',
        '"""',
        "'",
        "*",
        "a*",
        "*a",
        "AND",
        "OR",
        "NOT",
        "NEAR(a b)",
        "a AND",
        "-a",
        "a:b",
        "^a",
        "{a b}",
    ),
    *(
        "a)",
        "((",
        "a | b",
        "!a",
        "a & !b",
        "<->",
        "a:*",
        "'a':*",
        "\\",
        "%",
        "_",
        "; DROP TABLE x",
        "\x00",
        "a\x00b",
    ),
    *("😀", "\u202e", "\u200b", "e\u0301", "ﬁ", "½", "\ufffd", "🇩🇪", "a" * 3_000, '"a ' * 200, "字" * 300),
]


async def test_no_query_is_an_error(alice):
    for query in HOSTILE:
        await alice.find(query)


async def test_what_is_renamed_is_found_by_its_new_name_alone_and_what_is_deleted_by_none(alice, library):
    write(library, [("alice", "Quokka", ["The quokka smiles."], {})])
    (found,) = await alice.find("quokka")
    address = found.links[0].partition("?")[0]
    await alice.person.post(f"{address}title/", title="Wombat")
    assert await alice.titles("wombat") == ["Wombat"]
    assert "<mark>" not in (await alice.find("quokka"))[0].title
    await alice.person.post(f"{address}delete/")
    assert await alice.titles("wombat") == await alice.titles("smiles") == []


async def test_a_question_is_found_at_once_and_a_reply_when_it_has_ended(alice):
    await alice.person.start("Which platypus is it?")
    assert len(await alice.find("platypus")) == 1

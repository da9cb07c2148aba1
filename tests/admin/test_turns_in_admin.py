import pytest

from tests.admin import chats

LIST = "/admin/chat/turn/"


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


def rows(answer):
    return len(answer.context["cl"].result_list)


@pytest.mark.django_db
class TestTurns:
    def test_the_list_shows_times_and_figures(self, admin, owner):
        chats.conversation(owner)
        text = admin.get(LIST).content.decode()
        for shown in ("complete", "alice", "tiny", "0.25 s", "1,500", "2,000.0"):
            assert shown in text

    def test_it_is_filtered_by_status_model_and_day(self, admin, owner):
        chat = chats.conversation(owner, status="failed", reason="gone")
        chats.conversation(owner)
        day = chat.updated.date().isoformat()
        other = chats.model("other")
        assert rows(admin.get(LIST, {"status__exact": "failed"})) == 1
        assert rows(admin.get(LIST, {"model__id__exact": chat.model_id})) == 2
        assert rows(admin.get(LIST, {"model__id__exact": other.pk})) == 0
        assert rows(admin.get(LIST, {"day": day, "status__exact": "complete"})) == 1

    @pytest.mark.parametrize("count", [2, 120])
    def test_its_queries_do_not_grow_with_the_rows(self, admin, owner, django_assert_max_num_queries, count):
        chats.many(owner, count)
        admin.get(LIST)  # the first page of a session also notes its device
        with django_assert_max_num_queries(8):
            admin.get(LIST)

    def test_a_turn_is_looked_at_and_not_changed(self, admin, owner):
        turn = chats.conversation(owner, status="failed", error="Gone.", error_detail="HTTP 404").leaf.turn
        page = admin.get(f"{LIST}{turn.pk}/change/")
        text = page.content.decode()
        assert "HTTP 404" in text
        assert f"/admin/chat/conversation/{turn.message.conversation_id}/change/" in text
        assert 'name="_save"' not in text
        assert admin.post(f"{LIST}{turn.pk}/change/", {"status": "complete"}).status_code == 403
        assert admin.post(f"{LIST}{turn.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_no_words_of_a_conversation_are_on_its_pages(self, admin, owner):
        turn = chats.conversation(owner, "A private title").leaf.turn
        text = admin.get(LIST).content.decode() + admin.get(f"{LIST}{turn.pk}/change/").content.decode()
        for words in ("private", "question 0", "answer 0"):
            assert words not in text

"""Conversations in the admin: the list, and a transcript that is read on record."""

import logging

import pytest
from django.contrib.auth.models import Permission, User

from chat.models import Conversation, TranscriptReading
from tests.admin import chats

LIST = "/admin/chat/conversation/"


def page_of(chat):
    return f"{LIST}{chat.pk}/change/"


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


@pytest.mark.django_db
class TestList:
    def test_it_shows_owner_title_model_count_and_dates(self, admin, owner):
        chats.conversation(owner, "Sourdough", exchanges=3)
        text = admin.get(LIST).content.decode()
        for shown in ("alice", "Sourdough", "tiny", '<span class="number">6</span>'):
            assert shown in text

    @pytest.mark.parametrize(("query", "found"), [("sour", 1), ("ALIC", 1), ("bob", 1), ("nothing", 0)])
    def test_it_is_searched_by_title_and_owner(self, admin, owner, guest, query, found):
        chats.conversation(owner, "Sourdough")
        chats.conversation(guest, "Bicycles")
        assert len(admin.get(LIST, {"q": query}).context["cl"].result_list) == found

    def test_it_is_filtered_by_day(self, admin, owner):
        chat = chats.conversation(owner)
        day = chat.updated.date().isoformat()
        assert len(admin.get(LIST, {"day": day}).context["cl"].result_list) == 1
        assert len(admin.get(LIST, {"day": "1999-01-01"}).context["cl"].result_list) == 1

    @pytest.mark.parametrize("count", [2, 120])
    def test_its_queries_do_not_grow_with_the_rows(self, admin, owner, django_assert_max_num_queries, count):
        chats.many(owner, count)
        admin.get(LIST)  # the first page of a session also notes its device
        with django_assert_max_num_queries(8):
            admin.get(LIST)

    def test_it_counts_no_further_than_it_pages(self, admin, owner, monkeypatch):
        monkeypatch.setattr("chat.admin.lists.MOST", 10)
        chats.many(owner, 60)
        answer = admin.get(LIST)
        assert answer.context["cl"].result_count == 11
        assert "search or filter" in answer.content.decode()

    def test_nothing_is_added_changed_or_deleted_in_it(self, admin, owner):
        chat = chats.conversation(owner)
        assert admin.get(f"{LIST}add/").status_code == 403
        assert admin.post(f"{LIST}{chat.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": str(chat.pk), "post": "yes"}
        admin.post(LIST, data)
        assert Conversation.objects.filter(pk=chat.pk).exists()


@pytest.mark.django_db
class TestTranscript:
    def test_it_shows_the_current_path_with_its_figures(self, admin, owner):
        chat = chats.conversation(owner, exchanges=2)
        text = admin.get(page_of(chat)).content.decode()
        for shown in (
            "question 0",
            "answer 0",
            "question 1",
            "answer 1",
            "0.25 s",
            "12 in, 1,500 out",
            "2,000.0 tokens/s",
        ):
            assert shown in text

    def test_it_shows_one_branch_and_says_that_there_are_others(self, admin, owner):
        chat = chats.conversation(owner)
        chats.answered(chat, chat.leaf.parent, "a second answer")
        text = admin.get(page_of(chat)).content.decode()
        assert "a second answer" in text
        assert "answer 0" not in text
        assert "2 of 2" in text

    def test_it_shows_what_went_wrong(self, admin, owner):
        chat = chats.conversation(
            owner, status="failed", error="The model is gone.", error_detail="HTTP 404", reason="x"
        )
        text = admin.get(page_of(chat)).content.decode()
        for shown in ("failed", "The model is gone.", "HTTP 404"):
            assert shown in text

    def test_what_a_model_said_is_shown_as_text(self, admin, owner):
        chat = chats.conversation(
            owner, "<script>alert(1)</script>", status="failed", error="<b>x</b>", error_detail="<i>"
        )
        chat.leaf.text = '<img src=x onerror="alert(1)">'
        chat.leaf.save()
        text = admin.get(page_of(chat)).content.decode() + admin.get(LIST).content.decode()
        for markup in ("<script>alert", "<img src=x", "<b>x</b>", "<i>"):
            assert markup not in text

    def test_a_long_conversation_is_read_by_the_page(self, admin, owner, django_assert_max_num_queries):
        chat = chats.conversation(owner, exchanges=120)
        admin.get(LIST)
        with django_assert_max_num_queries(9):
            first = admin.get(page_of(chat)).content.decode()
        assert first.count('class="line"') == 100
        assert admin.get(page_of(chat), {"p": 3}).content.decode().count('class="line"') == 40

    def test_reading_somebody_elses_is_put_on_record(self, admin, administrator, owner, caplog):
        chat = chats.conversation(owner, "A private title")
        with caplog.at_level(logging.INFO, "chat.audit"):
            admin.get(page_of(chat))
            admin.get(page_of(chat))
        first, second = TranscriptReading.objects.all()
        assert (first.reader, first.owner_name, first.conversation) == (administrator, "alice", chat.pk)
        assert first.address == second.address == "127.0.0.1"
        assert f"reader={administrator.pk} conversation={chat.pk} owner={owner.pk}" in caplog.text
        assert "private" not in caplog.text

    def test_what_cannot_be_put_on_record_is_not_shown(self, admin, owner, monkeypatch):
        chat = chats.conversation(owner)
        admin.raise_request_exception = False

        def full_disk(**fields):
            raise OSError("disk full")

        monkeypatch.setattr(TranscriptReading.objects, "create", full_disk)
        answer = admin.get(page_of(chat))
        assert answer.status_code == 500
        assert "answer 0" not in answer.content.decode()

    def test_reading_ones_own_is_nobodys_business(self, admin, administrator):
        admin.get(page_of(chats.conversation(administrator)))
        assert not TranscriptReading.objects.exists()

    def test_the_record_lists_who_read_what_and_loses_nothing(self, admin, owner):
        chat = chats.conversation(owner)
        admin.get(page_of(chat))
        reading = TranscriptReading.objects.get()
        listed = admin.get("/admin/chat/transcriptreading/").content.decode()
        assert page_of(chat) in listed
        assert (
            admin.post(f"/admin/chat/transcriptreading/{reading.pk}/delete/", {"post": "yes"}).status_code
            == 403
        )
        assert admin.post("/admin/chat/transcriptreading/add/").status_code == 403

    @pytest.mark.parametrize("pk", ["x", "00000000-0000-0000-0000-000000000000", "_2e"])
    def test_what_is_not_there_is_not_found(self, admin, pk):
        assert admin.get(f"{LIST}{pk}/change/").status_code == 404

    def test_staff_without_the_permission_reads_nothing(self, owner, guest, browser_of):
        chat = chats.conversation(owner)
        User.objects.filter(pk=guest.pk).update(is_staff=True)
        assert browser_of(guest).get(page_of(chat)).status_code == 403
        guest.user_permissions.add(Permission.objects.get(codename="view_conversation"))
        assert browser_of(guest).get(page_of(chat)).status_code == 200
        assert TranscriptReading.objects.count() == 1

    def test_posting_to_it_changes_nothing(self, admin, owner):
        chat = chats.conversation(owner)
        admin.post(page_of(chat), {"title": "changed", "_save": "1"})
        chat.refresh_from_db()
        assert chat.title == "Sourdough"


@pytest.mark.django_db
def test_conversations_go_with_the_account_that_owns_them(admin, owner):
    chats.conversation(owner)
    answer = admin.post(f"/admin/auth/user/{owner.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not Conversation.objects.exists()

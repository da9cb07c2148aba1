"""Models in the admin: what may be entered, what may not, and the reply that tries one out."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from chat.models import Model, Provider
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick, silent_after_headers

pytestmark = pytest.mark.django_db
LIST = "/admin/chat/model/"


@pytest.fixture
def admin(administrator, browser_of):
    return browser_of(administrator)


@pytest.fixture
def provider(db):
    return Provider.objects.create(name="Lab", base_url="http://lab:8000/v1")


@pytest.fixture
def model(provider):
    return provider.models.create(name="m")


def save(admin, model, **changed):
    data = {"provider": model.provider_id, "name": model.name, "enabled": "on", "streams": "on", **changed}
    answer = admin.post(f"{LIST}{model.pk}/change/", data)
    model.refresh_from_db()
    return answer


def errors(answer):
    assert answer.status_code == 200, "it was saved"
    return answer.context["adminform"].form.errors.as_text()


def test_a_name_can_be_entered_that_no_server_lists(admin, provider):
    data = {"provider": provider.pk, "name": "ft:deployment/1", "label": "Ours", "enabled": "on"}
    assert admin.post(f"{LIST}add/", data).status_code == 302
    made = Model.objects.get()
    assert (str(made), made.position, made.parameters) == ("Ours", 100, {})
    assert "by hand" in admin.get(LIST).content.decode()


def test_everything_about_it_is_set_on_one_page(admin, model):
    group, other = Group.objects.create(name="research"), model.provider.models.create(name="other")
    given = {
        "position": 5,
        "groups": group.pk,
        "fallback": other.pk,
        "context_window": 8192,
        "max_output": 1024,
    }
    given |= {"input_price": "0.5", "output_price": "1.25", "takes_images": "on", "reasons": "on"}
    given |= {"api": "responses", "parameters": '{"temperature": 0.3}', "first_token_seconds": "90"}
    assert save(admin, model, **given).status_code == 302
    assert (model.position, model.fallback, list(model.groups.all())) == (5, other, [group])
    assert (model.takes_tools, model.takes_images, model.reasons) == (False, True, True)
    assert (model.parameters, model.first_token_seconds) == ({"temperature": 0.3}, 90)
    page = admin.get(LIST).content.decode()
    for shown in ("research", "8,192", "0.5\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}1.25", "images, reasoning"):
        assert shown in page


@pytest.mark.parametrize("given", ["[1]", '"text"', "{", "3"])
def test_parameters_are_a_json_object(admin, model, given):
    assert "JSON" in errors(save(admin, model, parameters=given))


@pytest.mark.parametrize("name", ["model", "messages", "input", "stream", "tools"])
def test_no_parameter_makes_another_request_of_it(admin, model, name):
    assert name in errors(save(admin, model, parameters=json.dumps({name: 1, "temperature": 1})))


def test_a_model_does_not_stand_in_for_itself_nor_by_way_of_others(admin, model):
    assert "stand in for itself" in errors(save(admin, model, fallback=model.pk))
    second = model.provider.models.create(name="second", fallback=model)
    third = model.provider.models.create(name="third", fallback=second)
    assert "stand in for itself" in errors(save(admin, model, fallback=third.pk))
    assert save(admin, third, fallback=second.pk).status_code == 302


@pytest.mark.parametrize("field", ["first_token_seconds", "idle_seconds", "total_seconds"])
def test_a_deadline_is_positive(admin, model, field):
    assert "greater than 0" in errors(save(admin, model, **{field: "0"}))
    assert save(admin, model, **{field: ""}).status_code == 302


def test_a_price_is_not_negative(admin, model):
    assert "not below 0" in errors(save(admin, model, input_price="-1"))


def rows(*models, **changed):
    data = {"form-TOTAL_FORMS": len(models), "form-INITIAL_FORMS": len(models), "_save": "Save"}
    for number, model in enumerate(models):
        data |= {f"form-{number}-id": model.pk, f"form-{number}-position": model.position}
        data |= {f"form-{number}-enabled": "on"} if model.enabled else {}
    return {**data, **changed}


def test_order_and_switch_are_set_in_the_list(admin, model):
    answer = admin.post(LIST, rows(model, **{"form-0-position": "7", "form-0-enabled": ""}))
    assert answer.status_code == 302
    model.refresh_from_db()
    assert (model.position, model.enabled) == (7, False)


def test_the_default_cannot_be_switched_off_there(admin, model):
    Model.objects.update(is_default=True)
    answer = admin.post(LIST, rows(model, **{"form-0-enabled": ""}))
    assert "has to be enabled" in answer.content.decode()
    admin.post(LIST, {"action": "disable", "_selected_action": model.pk})
    assert Model.objects.get().enabled


def test_many_are_enabled_at_once(admin, provider):
    models = [provider.models.create(name=f"m{n}", enabled=False) for n in range(3)]
    admin.post(LIST, {"action": "enable", "_selected_action": [model.pk for model in models]})
    assert Model.objects.filter(enabled=True).count() == 3


def test_the_number_of_queries_does_not_depend_on_that_of_models(
    admin, provider, django_assert_max_num_queries
):
    group = Group.objects.create(name="research")
    for number in range(60):
        provider.models.create(name=f"m{number}").groups.add(group)
    with django_assert_max_num_queries(20):
        admin.get(LIST)


@pytest.fixture
def served(model):
    scripts = {"m": quick, "silent": silent_after_headers, "broken": broken, "hostile": hostile}
    with ModelServer(scripts).serving() as server:
        Provider.objects.update(base_url=server.url)
        model.provider.refresh_from_db()
        model.server = server
        yield model


async def broken(wire):
    await wire.head(status=500, kind="application/json")
    await wire.send(b'{"error": {"message": "2 < 3 & 4"}}')


async def hostile(wire):
    await wire.head()
    await wire.say("<script>alert(1)</script>")
    await wire.finish()


def trial(admin, model):
    return admin.post(f"{LIST}{model.pk}/trial/").content.decode()


def test_a_test_shows_one_reply_and_its_figures(admin, served):
    assert f"{LIST}{served.pk}/trial/" in "".join(admin.get(f"{LIST}{served.pk}/change/").content.decode())
    assert not served.server.requests
    page = trial(admin, served)
    assert "Done." in page
    assert "stop" in page
    assert 'role="alert"' not in page
    assert len(served.server.requests) == 1
    assert "Tested: answered (stop)" in LogEntry.objects.get().get_change_message()


def test_looking_at_the_page_asks_nobody(admin, served):
    assert admin.get(f"{LIST}{served.pk}/trial/").status_code == 200
    assert not served.server.requests
    assert not LogEntry.objects.exists()


def test_what_goes_wrong_is_told_in_words_with_what_the_server_said(admin, served):
    Model.objects.update(name="broken")
    page = trial(admin, served)
    assert 'role="alert"' in page
    assert "HTTP 500: 2 &lt; 3 &amp; 4" in page
    assert "Tested: failed" in LogEntry.objects.get().get_change_message()


def test_a_reply_is_text(admin, served):
    Model.objects.update(name="hostile")
    page = trial(admin, served)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_server_that_never_answers_is_given_up(admin, served):
    Model.objects.update(name="silent", total_seconds=0.3)
    assert "not whole within 0.3 s" in trial(admin, served)


def test_it_is_for_administrators(browser_of, owner, served):
    assert browser_of(owner).post(f"{LIST}{served.pk}/trial/").status_code == 302
    assert not served.server.requests

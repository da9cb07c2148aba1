from django.urls import path

from .views import accounts, conversations, events, health, messages, setup, turns, words

urlpatterns = [
    path("", conversations.home, name="home"),
    path("conversations/", conversations.collection, name="conversations"),
    path("conversations/<uuid:pk>/", conversations.detail, name="conversation"),
    path("conversations/<uuid:pk>/title/", conversations.rename, name="conversation_title"),
    path("conversations/<uuid:pk>/delete/", conversations.delete, name="conversation_delete"),
    path("conversations/<uuid:pk>/messages/", messages.create, name="messages"),
    path("conversations/<uuid:pk>/events/", events.stream, name="events"),
    path("conversations/<uuid:pk>/events/poll/", events.poll, name="events_poll"),
    path("messages/<uuid:pk>/", messages.detail, name="message"),
    path("turns/<uuid:pk>/stop/", turns.stop, name="turn_stop"),
    path("turns/<uuid:pk>/retry/", turns.retry, name="turn_retry"),
    path("turns/<uuid:pk>/continue/", turns.resume, name="turn_continue"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", accounts.SignOut.as_view(), name="logout"),
    path("accounts/password/", accounts.ChangePassword.as_view(), name="password_change"),
    path("accounts/token/", accounts.token, name="csrf_token"),
    path("setup/<str:token>/", setup.create_administrator, name="setup"),
    path("words/<str:language>/<str:version>.js", words.words, name="words"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from chat.models import Model, Provider
from chat.providers import kinds
from chat.providers.base import ProviderError

from .generics import AnyAdmin, FormOfProvider, ModelsOfProvider
from .lists import id_in, number
from .models import DefaultForm, save
from .synchronise import listed, synchronise

MOST_INLINE = 50


class ProviderForm(FormOfProvider):
    """The key goes in and never comes out: an empty field keeps the one that is set."""

    key = forms.CharField(
        required=False,
        max_length=4000,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    kind = forms.ChoiceField(choices=kinds, initial=Provider.Kind.OPENAI)
    forget_key = forms.BooleanField(required=False, label="Forget the key that is set")

    class Meta:
        model = Provider
        fields = ("name", "kind", "base_url", "enabled", "turns_at_once")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].help_text = _state_of_key(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("key") and data.get("forget_key"):
            self.add_error("forget_key", "Either set a new key or forget the old one.")
        if data.get("kind") == Provider.Kind.OPENAI and not data.get("base_url"):
            self.add_error("base_url", "Say where the server is, for instance https://api.openai.com/v1")
        return data

    def save(self, commit: bool = True) -> Provider:
        if self.cleaned_data["key"]:
            self.instance.key = self.cleaned_data["key"]
        elif self.cleaned_data["forget_key"]:
            self.instance.key = ""
        return super().save(commit)


def _state_of_key(provider: Provider) -> str:
    if not provider.key_sealed:
        return "No key is set."
    if not provider.key:
        return "The key that is set cannot be read, because SECRET_KEY has changed. Enter it again."
    hint = f" that ends in {provider.key_hint}" if provider.key_hint else ""
    return f"A key{hint} is set. Leave this empty to keep it."


class ModelInline(ModelsOfProvider):
    """The few that a provider may have. A gateway's hundreds would be more fields than a form may send."""

    model = Model
    form = DefaultForm
    fields = ("name", "label", "enabled", "is_default")
    extra = 0
    show_change_link = True


@admin.register(Provider)
class ProviderAdmin(AnyAdmin):
    form = ProviderForm
    inlines = (ModelInline,)
    change_form_template = "admin/chat/provider/change_form.html"
    list_display = ("name", "kind", "base_url", "key_state", "enabled", "models")
    actions = ("synchronise_models",)
    fields = ("name", "kind", "base_url", "key", "forget_key", "enabled", "turns_at_once")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        providers: QuerySet[Provider] = super().get_queryset(request)
        return providers.annotate(model_count=Count("models"))

    @admin.display(description="key")
    def key_state(self, provider: Provider) -> str:
        if not provider.key_sealed:
            return "–"
        return f"…{provider.key_hint}" if provider.key_hint else "set"

    @admin.display(description="models")
    def models(self, provider: Any) -> SafeString:
        return number(provider.model_count)

    def get_inlines(self, request: HttpRequest, obj: Provider | None) -> Any:
        return () if obj and obj.models.count() > MOST_INLINE else self.inlines

    @admin.action(description="Synchronise models", permissions=["change"])
    def synchronise_models(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            self._synchronise(request, provider)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.synchronise_view))
        name = "chat_provider_synchronise"
        return [path("<path:object_id>/synchronise/", view, name=name), *super().get_urls()]

    def synchronise_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        provider = get_object_or_404(Provider, pk=id_in(object_id))
        if not self.has_change_permission(request, provider):
            raise PermissionDenied
        self._synchronise(request, provider)
        return redirect("admin:chat_provider_change", provider.pk)

    def _synchronise(self, request: HttpRequest, provider: Provider) -> None:
        try:
            found = synchronise(provider)
        except ProviderError as error:
            detail = f" ({error.detail})" if error.detail else ""
            messages.error(request, f"{provider}: {error.message}{detail}")
            return
        messages.success(request, f"{provider}: {', '.join(found.sentences())}.")
        if found.gone:
            messages.warning(request, f"{provider}: {listed(found.gone)} no longer offered.")
        self.log_change(
            request, provider, f"Models synchronised: {len(found.added)} added, {len(found.gone)} gone"
        )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        models = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        for model in models:
            save(model)

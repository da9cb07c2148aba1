from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from chat.models import Model, Provider
from chat.providers.base import ProviderError

from .generics import AnyAdmin, FormOfModel, FormOfProvider, ModelsOfProvider
from .lists import number
from .synchronise import synchronise


class ProviderForm(FormOfProvider):
    """The key goes in and never comes out: an empty field keeps the one that is set."""

    key = forms.CharField(
        required=False,
        max_length=4000,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    kind = forms.ChoiceField(choices=Provider.Kind.choices, initial=Provider.Kind.OPENAI)
    forget_key = forms.BooleanField(required=False, label="Forget the key that is set")

    class Meta:
        model = Provider
        fields = ("name", "kind", "base_url", "enabled")

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


class ModelForm(FormOfModel):
    """Choosing a default is no clash with the old one: it takes its place."""

    class Meta:
        model = Model
        fields = ("provider", "name", "label", "enabled", "is_default")

    def _get_validation_exclusions(self) -> set[str]:
        exclude: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclude | {"is_default"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("is_default") and not data.get("enabled"):
            self.add_error("is_default", "The default has to be enabled.")
        return data


def _save(model: Model) -> None:
    if model.is_default:
        Model.objects.filter(is_default=True).exclude(pk=model.pk).update(is_default=False)
    model.save()


class ModelInline(ModelsOfProvider):
    model = Model
    form = ModelForm
    extra = 0


@admin.register(Provider)
class ProviderAdmin(AnyAdmin):
    form = ProviderForm
    inlines = (ModelInline,)
    list_display = ("name", "kind", "base_url", "key_state", "enabled", "models")
    actions = ("synchronise_models",)
    fields = ("name", "kind", "base_url", "key", "forget_key", "enabled")

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

    @admin.action(description="Synchronise models", permissions=["change"])
    def synchronise_models(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            try:
                added, gone = synchronise(provider)
            except ProviderError as error:
                detail = f" ({error.detail})" if error.detail else ""
                messages.error(request, f"{provider}: {error.message}{detail}")
                continue
            messages.success(request, f"{provider}: {_listed(added, 'added, to be enabled')}")
            if gone:
                messages.warning(request, f"{provider}: {_listed(gone, 'no longer offered')}")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        models = formset.save(commit=False)
        for gone in formset.deleted_objects:
            gone.delete()
        for model in models:
            _save(model)


def _listed(names: list[str], what: str) -> str:
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"{len(names)} {what} ({shown})." if names else f"none {what}."


@admin.register(Model)
class ModelAdmin(AnyAdmin):
    form = ModelForm
    list_display = ("name", "label", "provider", "enabled", "is_default")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    search_fields = ("name", "label")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        _save(obj)

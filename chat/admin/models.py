"""The models that people may choose: which, in which order, for whom, and how they are asked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from chat.models import Model

from .generics import AnyAdmin, FormOfModel
from .lists import CHECKBOXES, id_in, number
from .trial import try_out

# What a request is made of. Parameters beside these go along; in place of these they would make another request of it.
RESERVED = {
    *("model", "messages", "input", "prompt", "system", "instructions", "stream", "stream_options"),
    *(
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "response_format",
        "n",
        "store",
        "previous_response_id",
    ),
}
DEADLINES = ("first_token_seconds", "idle_seconds", "total_seconds")
PRICES = ("input_price", "output_price")
SECONDS_HELP = "In seconds. Empty: as the settings have it."


class DefaultForm(FormOfModel):
    """Choosing a default is no clash with the old one: it takes its place."""

    class Meta:
        model = Model
        fields = ("provider", "name", "label", "enabled", "is_default")

    def _get_validation_exclusions(self) -> set[str]:
        exclude: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclude | {"is_default"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_default = data.get("is_default", self.instance.is_default)
        if is_default and not data.get("enabled"):
            field = "is_default" if "is_default" in self.fields else "enabled"
            self.add_error(field, "The default has to be enabled.")
        return data


class ModelForm(DefaultForm):
    position = forms.IntegerField(
        required=False, min_value=0, max_value=32767, initial=100, help_text="Small numbers come first."
    )
    parameters = forms.JSONField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField code"}),
        help_text='Sent along with each request, for instance {"temperature": 0.3}. What a conversation sets goes before.',
    )

    class Meta(DefaultForm.Meta):
        fields = (  # type: ignore[assignment]
            *("provider", "name", "label", "enabled", "is_default", "position", "groups", "fallback"),
            *("takes_tools", "takes_images", "reasons", "context_window", "max_output", *PRICES),
            *("api", "streams", "parameters", *DEADLINES),
        )
        labels = {
            "api": "API",
            "first_token_seconds": "To the first token",
            "idle_seconds": "Between two tokens",
            "total_seconds": "For the whole reply",
        }
        help_texts = {
            "name": "As the server calls it. It may be one that the server does not list.",
            "label": "What people see; the name where it is empty.",
            "is_default": "Chosen for whoever has chosen none. There is one.",
            **dict.fromkeys(PRICES, "For a million tokens, in the currency of the settings."),
            **dict.fromkeys(DEADLINES, SECONDS_HELP),
        }

    def clean_position(self) -> int:
        given: int | None = self.cleaned_data["position"]
        return 100 if given is None else given

    def clean_parameters(self) -> dict[str, Any]:
        given = self.cleaned_data["parameters"] or {}
        if not isinstance(given, dict):
            raise ValidationError('These are a JSON object, such as {"temperature": 0.3}.')
        if taken := sorted(RESERVED & given.keys()):
            raise ValidationError(f"These are set by Rivulet itself: {', '.join(taken)}.")
        return given

    def clean_fallback(self) -> Model | None:
        first: Model | None = self.cleaned_data["fallback"]
        seen, model = {self.instance.pk}, first
        while model is not None:
            if model.pk in seen and model.pk is not None:
                raise ValidationError("A model cannot stand in for itself, not by way of others either.")
            seen.add(model.pk)
            model = model.fallback
        return first

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in DEADLINES:
            if (seconds := data.get(name)) is not None and seconds <= 0:
                self.add_error(name, "A deadline is greater than 0.")
        for name in PRICES:
            if (price := data.get(name)) is not None and price < 0:
                self.add_error(name, "A price is not below 0.")
        return data


@admin.register(Model)
class ModelAdmin(AnyAdmin):
    form = ModelForm
    change_form_template = "admin/chat/model/change_form.html"
    list_display = (
        *("shown", "provider", "position", "enabled", "is_default", "for_whom"),
        *("window", "prices", "can", "state"),
    )
    list_display_links = ("shown",)
    list_editable = ("position", "enabled")
    list_filter = ("provider", "enabled", "gone", "groups")
    list_select_related = ("provider",)
    search_fields = ("name", "label")
    ordering = ("provider__name", "position", "name")
    formfield_overrides = CHECKBOXES
    actions = ("enable", "disable")
    fieldsets = (
        (None, {"fields": ("provider", "name", "label", "enabled", "is_default", "position")}),
        ("Who may use it", {"fields": ("groups",)}),
        (
            "What it can",
            {
                "fields": ("takes_tools", "takes_images", "reasons", "context_window", "max_output"),
                "description": "Where the server's list said so, this was filled in when the model was added.",
            },
        ),
        ("What it costs", {"fields": PRICES}),
        ("How it is asked", {"fields": ("api", "streams", "parameters", *DEADLINES, "fallback")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        models: QuerySet[Model] = super().get_queryset(request)
        return models.prefetch_related("groups")

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": DefaultForm, **kwargs})

    @admin.display(description="model", ordering="name")
    def shown(self, model: Model) -> SafeString | str:
        return format_html("{}<br><small>{}</small>", model.label, model.name) if model.label else model.name

    @admin.display(description="for")
    def for_whom(self, model: Model) -> str:
        return ", ".join(group.name for group in model.groups.all()) or "everybody"

    @admin.display(description="window", ordering="context_window")
    def window(self, model: Model) -> SafeString:
        return number(model.context_window)

    @admin.display(description="in / out")
    def prices(self, model: Model) -> str:
        if model.input_price is None and model.output_price is None:
            return "–"
        return "\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}".join(
            "–" if p is None else f"{p.normalize():f}" for p in (model.input_price, model.output_price)
        )

    @admin.display(description="can")
    def can(self, model: Model) -> str:
        told = {"tools": model.takes_tools, "images": model.takes_images, "reasoning": model.reasons}
        return ", ".join(name for name, able in told.items() if able) or "–"

    @admin.display(description="offered")
    def state(self, model: Model) -> str:
        if model.gone:
            return "no longer"
        return f"{model.listed:%Y-%m-%d}" if model.listed else "by hand"

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        messages.success(request, f"{queryset.update(enabled=True)} enabled.")

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        if queryset.filter(is_default=True).exists():
            messages.warning(request, "The default stays enabled. Choose another default first.")
        messages.success(request, f"{queryset.filter(is_default=False).update(enabled=False)} disabled.")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        save(obj)

    def get_urls(self) -> list[Any]:
        trial = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.trial_view))
        return [path("<path:object_id>/trial/", trial, name="chat_model_trial"), *super().get_urls()]

    def trial_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page with the button; by POST also what came of it."""
        model = get_object_or_404(Model.objects.select_related("provider"), pk=id_in(object_id))
        if not self.has_change_permission(request, model):
            raise PermissionDenied
        trial = try_out(model) if request.method == "POST" else None
        if trial:
            said = f"answered ({trial.finish})" if trial.worked else f"failed: {trial.error or 'no end'}"
            self.log_change(request, model, f"Tested: {said}")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Test {model}",
            "model": model,
            "trial": trial,
        }
        return render(request, "admin/chat/model/trial.html", context)


def save(model: Model) -> None:
    if model.is_default:
        Model.objects.filter(is_default=True).exclude(pk=model.pk).update(is_default=False)
    model.save()

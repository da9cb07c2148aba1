"""What comes in by forms, checked at the edge."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from .models import Model


class CleanTextField(forms.CharField):
    """Text as typed, without what databases refuse: NUL and lone surrogates."""

    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n").replace("\x00", "")
        return text.encode("utf-8", "replace").decode()

    def validate(self, value: str) -> None:
        if self.required and not value.strip():
            raise ValidationError(self.error_messages["required"], code="required")


class KeyedForm(forms.Form):
    """A command that the browser may repeat: `key` is its name for it, the same for each try."""

    key = forms.CharField(max_length=64, required=False)
    model = forms.ModelChoiceField(
        Model.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This model is not available."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["model"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Model.objects.usable()

    def clean_key(self) -> str:
        return self.cleaned_data["key"] or uuid.uuid4().hex


class MessageForm(KeyedForm):
    text = CleanTextField(
        strip=False,
        error_messages={"required": "Write a message first."},
        max_length=settings.MESSAGE_MAX_CHARS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = f"{settings.MESSAGE_MAX_CHARS:,}"
        self.fields["text"].error_messages["max_length"] = (
            f"This message is too long: at most {limit} characters can be sent at once."
        )
        for validator in self.fields["text"].validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = self.fields["text"].error_messages["max_length"]  # type: ignore[attr-defined]


class TitleForm(forms.Form):
    title = CleanTextField(max_length=200, error_messages={"required": "A title cannot be empty."})

"""What comes in by forms, checked at the edge."""

import uuid
from typing import Any, Self

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .models import Feedback, Model, SavedPrompt

SYSTEM_MAX_CHARS = 20_000
KEY_MAX_CHARS = 64
OUT_OF_RANGE = {
    "temperature": _("The temperature is a number from 0 to 2."),
    "top_p": _("Top P is a number from 0 to 1."),
    "max_tokens": _("The longest reply is a whole number of tokens, at least 1."),
}
STEPS = {"temperature": "0.1", "top_p": "0.05", "max_tokens": "1"}


class CleanTextField(forms.CharField):
    """Text as typed, without what databases refuse: NUL and lone surrogates."""

    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n").replace("\x00", "")
        return text.encode("utf-8", "replace").decode()

    def validate(self, value: str) -> None:
        if self.required and not value.strip():
            raise ValidationError(self.error_messages["required"], code="required")


class KeyedForm(forms.Form):
    """A command that the browser may repeat: `key` is its name for it, the same for each try. The models are those that
    `user` may choose."""

    key = forms.CharField(max_length=KEY_MAX_CHARS, required=False)
    model = forms.ModelChoiceField(
        Model.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("This model is not available.")},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = Model.objects.usable(user)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = usable

    @classmethod
    def posted(cls, request: HttpRequest) -> Self:
        """What came in. A proxy that may send it twice names it where the page does not."""
        return cls(
            request.POST, user=request.user, initial={"key": request.headers.get("Idempotency-Key", "")}
        )

    def clean_key(self) -> str:
        by_proxy = self.initial.get("key", "")
        named = by_proxy if len(by_proxy) <= KEY_MAX_CHARS else ""
        return self.cleaned_data["key"] or named or uuid.uuid4().hex


class IdsField(forms.Field):
    """Any number of ids under one name."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[uuid.UUID]:
        try:
            return [uuid.UUID(each) for each in value or ()]
        except ValueError:
            raise ValidationError(_("One of the files is no longer there."), code="invalid") from None


class AttachmentsForm(forms.Form):
    """Which files."""

    attachments = IdsField(required=False)


class UploadForm(forms.Form):
    """A file for the next question. `key` is as that of `KeyedForm`."""

    key = forms.CharField(max_length=KEY_MAX_CHARS, required=False)
    file = forms.FileField(
        allow_empty_file=True, max_length=1000, error_messages={"required": _("Choose a file first.")}
    )


class MessageForm(KeyedForm):
    """What somebody says, which may be in `attachments` alone. With `beside`, a second model answers it next to the first."""

    attachments = IdsField(required=False)

    beside = forms.ModelChoiceField(
        Model.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("This model is not available.")},
    )
    text = CleanTextField(
        strip=False,
        error_messages={"required": _("Write a message first.")},
        max_length=settings.MESSAGE_MAX_CHARS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not (self.is_bound and self._has_files())
        limit = f"{settings.MESSAGE_MAX_CHARS:,}"
        self.fields["text"].error_messages["max_length"] = gettext(
            "This message is too long: at most %(limit)s characters can be sent at once."
        ) % {"limit": limit}
        for validator in self.fields["text"].validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = self.fields["text"].error_messages["max_length"]  # type: ignore[attr-defined]

    def _has_files(self) -> bool:
        getlist = getattr(self.data, "getlist", None)
        return bool(getlist and getlist("attachments"))

    def clean_text(self) -> str:
        """Beside files, blanks say nothing."""
        text: str = self.cleaned_data["text"]
        return text if text.strip() else ""


class WindowForm(forms.Form):
    """Which piece of a conversation a page shows. What is no message's name asks for its end."""

    before = forms.UUIDField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A word of Python's, which can be no attribute of a class.
        self.fields["from"] = forms.UUIDField(required=False)
        self.full_clean()

    @property
    def earlier_than(self) -> uuid.UUID | None:
        return self.cleaned_data.get("before")

    @property
    def since(self) -> uuid.UUID | None:
        return self.cleaned_data.get("from")


class LeafForm(forms.Form):
    """The message whose branch is to be shown."""

    message = forms.UUIDField(
        error_messages={"required": _("Which message?"), "invalid": _("Which message?")}
    )


class FeedbackForm(forms.Form):
    """A thumb, with a comment or without. A comment that is not sent stays as it is."""

    value = forms.TypedChoiceField(
        choices=Feedback.Value.choices,
        coerce=int,
        error_messages={"required": _("Up or down?"), "invalid_choice": _("Up or down?")},
    )
    comment = CleanTextField(
        required=False,
        max_length=2000,
        error_messages={"max_length": _("A comment has at most 2,000 characters.")},
    )

    def comment_given(self) -> str | None:
        return self.cleaned_data["comment"].strip() if "comment" in self.data else None


class SettingsForm(forms.Form):
    """How a conversation asks its model. What is empty is left to the model's server."""

    system = CleanTextField(
        required=False,
        max_length=SYSTEM_MAX_CHARS,
        label=_("System prompt"),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    temperature = forms.FloatField(required=False, min_value=0, max_value=2, label=_("Temperature"))
    top_p = forms.FloatField(required=False, min_value=0, max_value=1, label=_("Top P"))
    max_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=10_000_000, label=_("Longest reply")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, sentence in OUT_OF_RANGE.items():
            for validator in self.fields[name].validators:
                validator.message = sentence  # type: ignore[attr-defined]
            self.fields[name].error_messages["invalid"] = sentence
            self.fields[name].widget.attrs |= {"step": STEPS[name], "inputmode": "decimal"}

    def settings(self) -> dict[str, Any]:
        """Those that are set."""
        given = {name: self.cleaned_data[name] for name in SettingsForm.base_fields}
        given["system"] = given["system"].strip()
        return {name: value for name, value in given.items() if value not in ("", None)}


class StartForm(MessageForm, SettingsForm):
    """The first message of a conversation, and what is to hold for it from then on."""

    temporary = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SettingsForm.base_fields:
            # They stand below the message box, outside of its form.
            self.fields[name].widget.attrs["form"] = "composer"


class SavedPromptForm(forms.ModelForm):  # type: ignore[type-arg]
    name = forms.CharField(
        max_length=40, label=_("Name"), error_messages={"required": _("A prompt needs a name.")}
    )
    text = CleanTextField(
        strip=False,
        max_length=settings.MESSAGE_MAX_CHARS,
        label=_("Text"),
        help_text=_("A word in double braces, such as {{name}}, is filled in when the prompt is used."),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        error_messages={"required": _("A prompt without text is of no use.")},
    )

    class Meta:
        model = SavedPrompt
        fields = ("name", "text")

    def clean_name(self) -> str:
        name: str = slugify(self.cleaned_data["name"], allow_unicode=True)
        if not name:
            raise ValidationError(_("A name is made of letters and digits."))
        others = SavedPrompt.objects.filter(user=self.instance.user_id, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("You have a prompt of this name already."))
        return name


class TitleForm(forms.Form):
    title = CleanTextField(max_length=200, error_messages={"required": _("A title cannot be empty.")})

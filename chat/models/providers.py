"""The model servers that are connected, and their models."""

import base64
import logging
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import TextChoices

log = logging.getLogger(__name__)


def server_url(value: str) -> None:
    """Django's own check refuses names without a dot, and inside a company or a container those are usual."""
    try:
        url = urlsplit(value)
        good = url.scheme in {"http", "https"} and url.hostname and not url.username and url.port != 0
    except ValueError:
        good = False
    if not good or re.search(r"[\s\\]", value) or url.query or url.fragment:
        raise ValidationError("Enter an address such as https://api.openai.com/v1, without a password.")


class Provider(models.Model):
    """`kind` names an adapter of settings.PROVIDERS."""

    class Kind(TextChoices):
        DEMO = "demo", "Demo (built in)"
        OPENAI = "openai", "OpenAI-compatible"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, default=Kind.OPENAI)
    base_url = models.CharField(
        "base URL",
        max_length=200,
        blank=True,
        validators=[server_url],
        help_text="For instance https://api.openai.com/v1",
    )
    key_sealed = models.TextField(blank=True, editable=False)
    key_hint = models.CharField(max_length=8, blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    turns_at_once = models.PositiveIntegerField(
        "replies at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Those beyond it wait in line, and are told how many are before them. Empty: no limit.",
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The key in clear; empty where there is none, or where SECRET_KEY has changed since it was set."""
        return unseal(self.key_sealed)

    @key.setter
    def key(self, value: str) -> None:
        self.key_sealed = seal(value)
        self.key_hint = value[-4:] if len(value) >= 12 else ""


class ModelQuerySet(models.QuerySet["Model"]):
    def connected(self) -> "ModelQuerySet":
        """Those that can be asked, by whomever, the default first."""
        return (
            self.filter(enabled=True, gone=False, provider__enabled=True)
            .select_related("provider")
            .order_by("-is_default", "position", "provider__kind", "provider__name", "name")
        )

    def usable(self, user: Any) -> "ModelQuerySet":
        """Those that somebody may choose, which is asked again wherever a model is named."""
        named = Model.groups.through.objects.filter(model=models.OuterRef("pk"))
        shared = named.filter(group__user=user.pk)
        return self.connected().filter(~models.Exists(named) | models.Exists(shared))

    def make_default(self, model: "Model") -> None:
        """In place of the one that was. Where two do so at once, the first prevails."""
        try:
            with transaction.atomic():
                self.filter(is_default=True).exclude(pk=model.pk).update(is_default=False)
                self.filter(pk=model.pk).update(is_default=True)
        except IntegrityError:
            log.info("another default model was chosen meanwhile")


class Model(models.Model):
    """A model of a provider. `name` is what goes on the wire, `label` what people see.

    Prices are for a million tokens, in the currency of settings.CURRENCY. `parameters` go into each request, below those of
    the conversation. Seconds that are not set are those of the settings. `listed` is when the server last named it in its
    list; `gone`: it once did, and does no more. A name entered by hand is never gone.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    is_default = models.BooleanField("default", default=False)
    position = models.PositiveSmallIntegerField(default=100, help_text="Small numbers come first.")
    groups = models.ManyToManyField(
        "auth.Group", blank=True, help_text="Who may use it; everybody where no group is chosen."
    )
    gone = models.BooleanField(default=False, editable=False)
    listed = models.DateTimeField(null=True, editable=False)
    context_window = models.PositiveIntegerField(
        null=True, blank=True, help_text="In tokens, question and answer together."
    )
    max_output = models.PositiveIntegerField("longest answer", null=True, blank=True, help_text="In tokens.")
    input_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    output_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    takes_tools = models.BooleanField("tools", default=True)
    takes_images = models.BooleanField("images", default=False)
    reasons = models.BooleanField("reasoning", default=False)
    api = models.CharField(
        max_length=20, blank=True, help_text="For OpenAI: `responses` for models that want the Responses API."
    )
    parameters = models.JSONField(default=dict, blank=True)
    streams = models.BooleanField(
        default=True, help_text="Off: answers are asked for whole, for servers that cannot stream."
    )
    first_token_seconds = models.FloatField(null=True, blank=True)
    idle_seconds = models.FloatField(null=True, blank=True)
    total_seconds = models.FloatField(null=True, blank=True)
    fallback = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Is asked instead where this one fails before its first token.",
    )
    scale = models.FloatField(
        null=True, editable=False, help_text="Its tokens for one that we estimate, as replies have told."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = ModelQuerySet.as_manager()

    class Meta:
        ordering = ["provider__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="one_model_per_name"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_model"
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.name


def seal(secret: str) -> str:
    """For a column: encrypted with a key that is derived from SECRET_KEY."""
    return _cipher().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret in clear; empty where there is none, or where SECRET_KEY has changed since it was sealed."""
    try:
        return _cipher().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _cipher() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rivulet provider keys")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))

"""Settings of Rivulet, read from the environment. Every variable is described in docs/settings.md."""

from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from .databases import database
from .environment import env, env_bool, env_list, env_number, env_pairs, kept_secret
from .logs import logging_of

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR") or BASE_DIR / "data").resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    SECRET_KEY = env("SECRET_KEY") or kept_secret(DATA_DIR / "secret_key")
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR={DATA_DIR} cannot be written: {error.strerror}.") from error
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
DEBUG = env_bool("DEBUG")
# The machine itself always gets an answer: health checks ask from there.
ALLOWED_HOSTS = [*env_list("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]

# The origins under which the site is reached. One of them being https means that a proxy ends TLS in front of us.
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HTTPS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)

INSTALLED_APPS = [
    "daphne",
    "chat.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "csp",
    "axes",
    "chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chat.middleware.StaticFiles",
    "chat.middleware.lent_connection",
    "chat.middleware.without_nul",
    "csp.middleware.CSPMiddleware",
    "chat.middleware.security_headers",
    "chat.middleware.NoteRoute",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "chat.middleware.Language",
    "chat.limits.Limits",
    "chat.middleware.SignInRequired",
    "chat.middleware.note_device",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "chat.middleware.in_one_thread",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "chat.rendering.Templates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["chat.templatetags.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "chat.context.shell",
            ],
        },
    }
]

# --- Data ---
# The most connections to PostgreSQL that one process has. Who wants one more waits for a while.
DATABASE_CONNECTIONS = int(env_number("DATABASE_CONNECTIONS", 20))
DATABASES = {"default": database(env("DATABASE_URL"), DATA_DIR, DATABASE_CONNECTIONS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# With a Redis, several processes share the work, and the database has less of it.
REDIS_URL = env("REDIS_URL")
REDIS_PREFIX = env("REDIS_PREFIX", "rivulet:")
JOURNAL: dict[str, Any] = {"BACKEND": "chat.journal.database.DatabaseJournal"}
if REDIS_URL:
    JOURNAL = {"BACKEND": "chat.journal.redis.RedisJournal", "URL": REDIS_URL, "PREFIX": REDIS_PREFIX}

# --- Accounts and sessions ---
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "chat.accounts.Accounts"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "rivulet_sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "rivulet_csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "chat.views.errors.csrf_failure"
# Sign-in is throttled by failures per account and address; see chat/throttle.py, which has the limits.
AXES_HANDLER = "chat.throttle.Throttle"
AXES_CLIENT_IP_CALLABLE = "chat.throttle.address_of"
AXES_LOCKOUT_CALLABLE = "chat.throttle.locked"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False

# --- Browser security ---
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, "'strict-dynamic'"],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["rivulet", "default"],
    }
}

# --- Static files ---
STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT") or BASE_DIR / ".static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "attachments", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "chat.static.ModuleManifestStorage"},
}
ATTACHMENTS_S3_BUCKET = env("ATTACHMENTS_S3_BUCKET")
if ATTACHMENTS_S3_BUCKET:
    # Loads boto3, which nobody else has to wait for.
    STORAGES["attachments"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": ATTACHMENTS_S3_BUCKET,
            "endpoint_url": env("ATTACHMENTS_S3_ENDPOINT") or None,
            "region_name": env("ATTACHMENTS_S3_REGION") or None,
            "access_key": env("ATTACHMENTS_S3_ACCESS_KEY") or None,
            "secret_key": env("ATTACHMENTS_S3_SECRET_KEY") or None,
            "addressing_style": "path" if env("ATTACHMENTS_S3_ENDPOINT") else "auto",
            "file_overwrite": False,
            "default_acl": None,
        },
    }

# --- Language and time ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "chat" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Models: found at first start, see chat/providers ---
OPENAI_API_KEY = env("OPENAI_API_KEY")
OPENAI_BASE_URL = env("OPENAI_BASE_URL")
OPENAI_MODEL = env("OPENAI_MODEL")
ANTHROPIC_API_KEY = env("ANTHROPIC_API_KEY")
PROVIDERS = {
    "demo": "chat.providers.demo.DemoProvider",
    "openai": "chat.providers.openai.OpenAIProvider",
    "anthropic": "chat.providers.anthropic.AnthropicProvider",
    **env_pairs("PROVIDERS"),
}
CURRENCY = env("CURRENCY", "USD")
OLLAMA_URL = env("OLLAMA_URL", "http://127.0.0.1:11434")
DEMO_TOKENS_PER_SECOND = env_number("DEMO_TOKENS_PER_SECOND", 40)

# --- Turns: seconds, attempts, bytes ---
TURN_CONNECT_SECONDS = env_number("TURN_CONNECT_SECONDS", 5)
TURN_FIRST_TOKEN_SECONDS = env_number("TURN_FIRST_TOKEN_SECONDS", 60)
TURN_IDLE_SECONDS = env_number("TURN_IDLE_SECONDS", 60)
TURN_TOTAL_SECONDS = env_number("TURN_TOTAL_SECONDS", 15 * 60)
TURN_RETRIES = int(env_number("TURN_RETRIES", 2))
TURN_RETRY_MAX_SECONDS = env_number("TURN_RETRY_MAX_SECONDS", 30)
TURN_MAX_BYTES = int(env_number("TURN_MAX_BYTES", 4 * 1024 * 1024))
TURN_DELTA_MAX_BYTES = 256 * 1024
TURN_LEASE_SECONDS = env_number("TURN_LEASE_SECONDS", 10)
TURNS_PER_USER = int(env_number("TURNS_PER_USER", 10))
WORKER_TURNS = int(env_number("WORKER_TURNS", 1000))
WORKER_DRAIN_SECONDS = env_number("WORKER_DRAIN_SECONDS", 20)
TITLES = env_bool("TITLES", "on")
TEMPORARY_KEEP_SECONDS = env_number("TEMPORARY_KEEP_SECONDS", 10 * 60)

# --- Traces: what was seen of a reply's stream ---
TRACE_DAYS = env_number("TRACE_DAYS", 0)
TRACE_CONTENT = env_bool("TRACE_CONTENT")
TRACE_FOR_OWNERS = env_bool("TRACE_FOR_OWNERS")

# --- Tools: typed functions that models may call, by module and name ---
TOOLS = [
    "chat.tools.clock.current_time",
    "chat.tools.calculator.calculator",
    "chat.tools.conversations.search_conversations",
    "chat.tools.web.read_web_page",
    *env_list("TOOLS"),
]
TOOL_ROUNDS = int(env_number("TOOL_ROUNDS", 10))
TOOL_SECONDS = env_number("TOOL_SECONDS", 30)
TOOL_RESULT_MAX_CHARS = int(env_number("TOOL_RESULT_MAX_CHARS", 32 * 1024))
TOOL_APPROVAL_SECONDS = env_number("TOOL_APPROVAL_SECONDS", 15 * 60)
EGRESS_ALLOW = env_list("EGRESS_ALLOW")

# --- Doors: caps, in bytes, seconds and counts ---
MESSAGE_MAX_CHARS = int(env_number("MESSAGE_MAX_CHARS", 200_000))
API_AT_ONCE = int(env_number("API_AT_ONCE", 4))
BODY_MAX_BYTES = int(env_number("BODY_MAX_BYTES", 2 * 1024 * 1024))
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_MAX_BYTES
IMPORT_MAX_BYTES = int(env_number("IMPORT_MAX_BYTES", 100 * 1024 * 1024))
ATTACHMENT_MAX_BYTES = int(env_number("ATTACHMENT_MAX_BYTES", 20 * 1024 * 1024))
ATTACHMENTS_PER_MESSAGE = int(env_number("ATTACHMENTS_PER_MESSAGE", 10))
ATTACHMENTS_USER_MAX_BYTES = int(env_number("ATTACHMENTS_USER_MAX_BYTES", 1024**3))
CONNECTIONS = int(env_number("CONNECTIONS", 10_000))
CONNECTIONS_PER_ADDRESS = int(env_number("CONNECTIONS_PER_ADDRESS", 500))
PAGES_AT_ONCE = int(env_number("PAGES_AT_ONCE", 8))
CLIENT_HEAD_SECONDS = env_number("CLIENT_HEAD_SECONDS", 20)
CLIENT_IDLE_SECONDS = env_number("CLIENT_IDLE_SECONDS", 15)
CLIENT_UNREAD_SECONDS = env_number("CLIENT_UNREAD_SECONDS", 25)
MESSAGES_PER_MINUTE = int(env_number("MESSAGES_PER_MINUTE", 30))
UPLOADS_PER_MINUTE = int(env_number("UPLOADS_PER_MINUTE", 60))
SEARCHES_PER_MINUTE = int(env_number("SEARCHES_PER_MINUTE", 120))
TRANSFERS_PER_MINUTE = int(env_number("TRANSFERS_PER_MINUTE", 20))
API_PER_MINUTE = int(env_number("API_PER_MINUTE", 120))
ANONYMOUS_PER_MINUTE = int(env_number("ANONYMOUS_PER_MINUTE", 300))
SHARING = env_bool("SHARING", "on")
VIEWERS_PER_USER = int(env_number("VIEWERS_PER_USER", 50))
# A window that polls while a reply streams asks up to 400 times, one that finds no server a dozen times.
STREAMS_PER_MINUTE = int(env_number("STREAMS_PER_MINUTE", 60 * VIEWERS_PER_USER))
ADDRESS_STREAMS_PER_MINUTE = int(env_number("ADDRESS_STREAMS_PER_MINUTE", 12_000))
VIEWER_WINDOW_BYTES = 256 * 1024
VIEWER_ACK_SECONDS = env_number("VIEWER_ACK_SECONDS", 30)
VIEWER_HEARTBEAT_SECONDS = env_number("VIEWER_HEARTBEAT_SECONDS", 15)
VIEWER_CHECK_SECONDS = env_number("VIEWER_CHECK_SECONDS", 2)
SSE_MAX_BYTES = 1024 * 1024
SSE_MAX_SECONDS = env_number("SSE_MAX_SECONDS", 60)
POLL_SECONDS = env_number("POLL_SECONDS", 25)
JOURNAL_KEEP_SECONDS = env_number("JOURNAL_KEEP_SECONDS", 10 * 60)

# --- What it tells of itself: figures, spans ---
METRICS_TOKEN = env("METRICS_TOKEN")
WORKER_METRICS_HOST = env("WORKER_METRICS_HOST", "127.0.0.1")
WORKER_METRICS_PORT = int(env_number("WORKER_METRICS_PORT", 0))
OTEL_EXPORTER_OTLP_ENDPOINT = env("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_SERVICE_NAME = env("OTEL_SERVICE_NAME", "rivulet")

# --- Logs: ids, never contents ---
LOG_LEVEL = env("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env("LOG_FORMAT", "line")
ACCESS_LOG = env_bool("ACCESS_LOG")
LOGGING = logging_of(LOG_LEVEL, LOG_FORMAT)

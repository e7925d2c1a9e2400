"""Django's settings. The owner changes them with environment variables, which chat/conf.py reads."""

import os

from chat import conf
from chat.entrance.secret_key import secret_key
from chatsite import engines

try:
    CHAT = conf.load(os.environ)
    SECRET_KEY = secret_key(CHAT)
except conf.SettingError as error:
    raise SystemExit(f"chatsite cannot start: {error}") from None

BASE_DIR = conf.BASE_DIR
DEBUG = CHAT.debug
ALLOWED_HOSTS = list(CHAT.allowed_hosts)

INSTALLED_APPS = [
    "chat",  # before daphne and staticfiles: its runserver takes precedence
    "daphne",
    "channels",
    "corsheaders",
    "servestatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "chat.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",  # it responds by itself when it redirects to https
    "chatsite.static.StaticFilesMiddleware",  # below those that add headers: static files have them too
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # below static files, which have no language
    "chat.middleware.RateLimitMiddleware",
    "chat.middleware.GzipMiddleware",
    "chat.middleware.BatchPriorityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "chatsite.urls"
FORCE_SCRIPT_NAME = CHAT.script_name or None
ASGI_APPLICATION = "chatsite.asgi.application"
CHANNEL_LAYERS = engines.channel_layers(CHAT, SECRET_KEY)
DATABASES = engines.databases(CHAT)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "chat.views.appearance.appearance",
            ],
            "libraries": {"scripted": "chat.views.scripted"},
            "builtins": ["django.templatetags.i18n"],  # every template has texts
        },
    }
]

STATIC_URL = f"{CHAT.script_name}/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "chatsite.static.StaticFilesStorage"}}
SERVESTATIC_USE_FINDERS = True  # a checkout serves its files without collectstatic
SERVESTATIC_ALLOW_ALL_ORIGINS = False

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "chat" / "locale"]  # also for what templates/ and static/ say: see CONTRIBUTING.md
LANGUAGE_COOKIE_NAME = "chatsite_language"  # static/chat/view/language.js writes it
FORMAT_MODULE_PATH = "chatsite.formats"

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_PATH = f"{CHAT.script_name}/"
CSRF_COOKIE_HTTPONLY = True  # the forms of a page contain the token
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = CHAT.https
CSRF_FAILURE_VIEW = "chat.views.errors.csrf_failure"
if CHAT.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
# HSTS for subdomains, and preloading, affect hosts that are not chatsite's: the owner decides, at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CORS_ALLOWED_ORIGINS = list(CHAT.allowed_origins)
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        **{f"{kind}-src": ["'self'"] for kind in ("script", "style", "img", "font", "connect", "manifest", "worker")},
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["chat-html", "chat-worker"],
    }
}

LOG_FORMATTER = {"text": "line", "json": "json"}[CHAT.log_format]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chatsite.log.LineFormatter",
            "fmt": "{asctime} {levelname} {name}{request_note}: {message}",
            "style": "{",
        },
        "json": {"()": "chatsite.log.JsonFormatter"},
    },
    "filters": {
        "client_errors": {"()": "chatsite.log.ClientErrorFilter"},
        "flood": {"()": "chatsite.log.FloodFilter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMATTER, "filters": ["client_errors", "flood"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "chat": {"level": "INFO"},
        "chatsite": {"level": "INFO"},
        # Scanners send arbitrary hosts. chat/views/errors.py logs one line per minute instead.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # After a lost connection it warns of the pipeline too, which the line about the database says already.
        "psycopg": {"level": "ERROR"},
    },
}

"""Settings. Everything a body may change is a ``GUANLAN_*`` variable or a line in ``.env``."""

from __future__ import annotations

from pathlib import Path

from guanlan.desk.common.env import Env

env = Env.load()

BASE_DIR = Path(__file__).parent
DATA: Path = env.path("GUANLAN_DATA", Path.cwd() / "data")
DEBUG = env.flag("GUANLAN_DEBUG", False)
SECRET_KEY: str = env.secret_key(DATA)
ALLOWED_HOSTS = env.list("GUANLAN_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("GUANLAN_ORIGINS", [])

#: Proxies (addresses or networks) whose X-Forwarded-For says who asks. None: nobody is believed.
TRUSTED_PROXIES = env.list("GUANLAN_TRUSTED_PROXIES", [])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rules",
    "guanlan.desk.common",
    "guanlan.desk.audit",
    "guanlan.desk.organisation",
    "guanlan.desk.sources",
    "guanlan.desk.alerts",
    "guanlan.desk.documents",
    "guanlan.desk.watch",
    "guanlan.desk.counts",
    "guanlan.desk.events",
    "guanlan.desk.disclosure",
    "guanlan.desk.reports",
    "guanlan.desk.pipeline",
    "guanlan.desk.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every page needs a person unless it is on the short tested list.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "guanlan.desk.web.middleware.PersonMiddleware",
    "guanlan.desk.web.middleware.ContentPolicyMiddleware",
]

ROOT_URLCONF = "guanlan.desk.urls"
ASGI_APPLICATION = "guanlan.desk.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "guanlan.desk.web.context.desk",
            ],
            "builtins": ["guanlan.desk.web.templatetags.desk"],
        },
    },
]

DATABASES = {"default": env.database("GUANLAN_DATABASE_URL", DATA / "guanlan.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

# UTC inside, Asia/Shanghai on screen; a system check refuses anything else (common.E001).
USE_TZ = True
TIME_ZONE = "UTC"
DISPLAY_TIME_ZONE = "Asia/Shanghai"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [Path(__file__).parent / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Served straight from the package: nothing to collect, nothing to forget after an upgrade.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 86400

MEDIA_ROOT = DATA / "media"
CAPTURE_ROOT = DATA / "captures"
UPLOAD_ROOT = DATA / "uploads"
#: A body's own table of how long captured bytes are kept; empty: packs/retention/default.json.
RETENTION_TABLE = env.text("GUANLAN_RETENTION_TABLE", "")
#: One upload through the page; larger files go through ``guanlan ingest`` on the machine itself.
UPLOAD_MAX_BYTES = env.integer("GUANLAN_UPLOAD_MAX_MB", 200) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # one shift
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("GUANLAN_HTTPS", False)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.flag("GUANLAN_HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
#: Where ``clock`` hands e-mail over, as an apprise address such as mailtos://user:pass@host
MAIL_URL = env.secret("GUANLAN_MAIL_URL", "")
#: Webhooks to hosts inside (private, loopback addresses) are refused unless a body says otherwise.
ALLOW_PRIVATE_WEBHOOKS = env.flag("GUANLAN_ALLOW_PRIVATE_WEBHOOKS", False)

#: How collecting introduces itself: put an address there where a site's keeper can complain.
COLLECT_AGENT = env.text("GUANLAN_COLLECT_AGENT", "")
#: Seconds between two requests to one site, when its robots.txt does not ask for more.
COLLECT_DELAY_SECONDS = env.integer("GUANLAN_COLLECT_DELAY_SECONDS", 10)
#: Pages fetched at the same time, each from another site.
COLLECT_AT_ONCE = env.integer("GUANLAN_COLLECT_AT_ONCE", 40)
#: Hosts inside (``oa.example.gov.cn``, ``10.1.2.3:8080``) that may be fetched; all others are refused.
COLLECT_INNER_HOSTS = env.list("GUANLAN_COLLECT_INNER_HOSTS", [])

#: The chromium that renders pages: a path, ``off``, or empty for the first one found (``guanlan[browser]``).
CHROMIUM = env.text("GUANLAN_CHROMIUM", "")
#: Chromium's own sandbox. Off only where the system cannot give it one (some containers).
CHROMIUM_SANDBOX = env.flag("GUANLAN_CHROMIUM_SANDBOX", True)
#: Pages rendered side by side; each takes about 200 MB.
BROWSER_AT_ONCE = env.integer("GUANLAN_BROWSER_AT_ONCE", 2)
#: Time-stamp authority (RFC 3161) that vouches for the chain of captures; empty: none is asked.
TIMESTAMP_URL = env.text("GUANLAN_TIMESTAMP_URL", "").strip()
#: PEM file with the authority's root: only stamps that lead there are kept.
TIMESTAMP_CA = env.text("GUANLAN_TIMESTAMP_CA", "").strip()
#: The policy to ask for, as a dotted number; empty leaves it to the authority.
TIMESTAMP_POLICY = env.text("GUANLAN_TIMESTAMP_POLICY", "").strip()
#: ``user:password`` where the authority wants one.
TIMESTAMP_LOGIN = env.secret("GUANLAN_TIMESTAMP_LOGIN", "")
#: Least minutes between two stamps; a graded event and an evidence pack ask for one at once.
TIMESTAMP_MINUTES = env.integer("GUANLAN_TIMESTAMP_MINUTES", 60)
#: Percent of what came in by one kind of source from which the desk warns of hearing by one ear only (W3).
CHANNEL_SHARE_PERCENT = env.integer("GUANLAN_CHANNEL_SHARE_PERCENT", 80)

#: Processes that analyse pages side by side inside one ``work``; 1 means in the same process.
WORK_PROCESSES = env.integer("GUANLAN_WORK_PROCESSES", 1)
# A larger tone model (GUANLAN_TONE_…) is read where it is loaded, in processes without Django: pipeline/tone_choice.py
#: Hours of documents that are compared when a new one is grouped.
GROUP_WINDOW_HOURS = env.integer("GUANLAN_GROUP_WINDOW_HOURS", 72)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("GUANLAN_LOG_LEVEL", "INFO")},
    # A line for each page would drown the rest.
    "loggers": {
        "readability": {"level": "ERROR"},
        "htmldate": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
    },
}

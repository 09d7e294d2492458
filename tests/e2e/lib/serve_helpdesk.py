"""A helpdesk of the package django-helpdesk with a few tickets, for the scenario of connections.

`python serve_helpdesk.py <folder> <port>` makes it anew in the folder and serves it; the name is `desk`, the password `desk`.
"""

import os
import sys

folder, port = sys.argv[1], sys.argv[2]
sys.argv[0] = "manage"

from django.conf import settings

settings.configure(
    SECRET_KEY="only for a test",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "desk.sqlite3")}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.messages",
        "django.contrib.admin",
        "django.contrib.humanize",
        "django.contrib.staticfiles",
        "rest_framework",
        "helpdesk",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    SITE_ID=1,
    STATIC_URL="/static/",
    MEDIA_ROOT=folder,
    USE_TZ=True,
    LANGUAGES=[("en", "English")],
    LANGUAGE_CODE="en",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_ACTIVATE_API_ENDPOINT=True,
    LOGGING_CONFIG=None,
)

import django

django.setup()

from django.contrib import admin
from django.core.management import call_command
from django.urls import include, path
from rest_framework.schemas import get_schema_view
from rest_framework.permissions import AllowAny

urlpatterns = [
    path("admin/", admin.site.urls),
    path("openapi", get_schema_view(title="Helpdesk", version="2.6", permission_classes=[AllowAny], public=True), name="openapi"),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]


def fill():
    from django.contrib.auth import get_user_model
    from helpdesk.models import Queue, Ticket
    from helpdesk.update_ticket import update_ticket

    desk = get_user_model().objects.create_superuser("desk", "desk@example.com", "desk")
    queue = Queue.objects.create(title="Support", slug="support", allow_public_submission=True)
    for number in range(1, 31):
        ticket = Ticket.objects.create(
            queue=queue,
            title=f"Question {number}",
            description=f"What about {number}?",
            submitter_email=f"person{number}@example.com",
        )
        update_ticket(user=desk, ticket=ticket, title="Opened", comment=f"What about {number}?", public=True)
        if number % 3 == 0:
            update_ticket(user=desk, ticket=ticket, title="Answered", comment="Like this.", public=True)


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    fill()
    print("filled", flush=True)
    call_command("runserver", f"127.0.0.1:{port}", "--noreload", "--nothreading")

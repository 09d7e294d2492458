"""A helpdesk of the package django-helpdesk with a few tickets, for the scenario of connections.

`python serve_helpdesk.py <folder> <port>` makes it anew in the folder and serves it; the name is `desk`, the password `desk`.
Where the environment has CALL_ADDRESS and CALL_SECRET, it calls there whenever somebody changes a ticket, and signs the call.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
import urllib.request

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
    LOGIN_URL="helpdesk:login",
    TIME_ZONE="UTC",
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
from rest_framework.renderers import JSONOpenAPIRenderer
from rest_framework.schemas import get_schema_view
from rest_framework.permissions import IsAdminUser

# The document is made for whoever asks: a public one is made without a request, and the helpdesk's lists look at who asks.
document = get_schema_view(
    title="Helpdesk",
    version="2.6",
    permission_classes=[IsAdminUser],
    public=False,
    renderer_classes=[JSONOpenAPIRenderer],
)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("openapi", document, name="openapi"),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]


SUBJECTS = ["Cannot sign in", "Invoice is wrong", "Parcel is late"]


def fill():
    """What people write into the public form, and what the desk does with every third of it."""
    from django.contrib.auth import get_user_model
    from helpdesk.forms import PublicTicketForm
    from helpdesk.models import Queue, Ticket
    from helpdesk.update_ticket import update_ticket

    desk = get_user_model().objects.create_superuser("desk", "desk@example.com", "desk")
    queue = Queue.objects.create(title="Support", slug="support", allow_public_submission=True)
    for number in range(1, 31):
        said = {"queue": queue.id, "title": SUBJECTS[number % 3], "body": f"What about {number}?", "priority": 3}
        form = PublicTicketForm(data={**said, "submitter_email": f"person{number}@example.com"})
        assert form.is_valid(), form.errors
        ticket = form.save(user=None)
        if number % 3 == 0:
            update_ticket(user=desk, ticket=ticket, comment="Like this.", public=True, new_status=Ticket.RESOLVED_STATUS)


def call_out(address, secret):
    """Calls an address, signed, when a ticket has changed; what has changed is for the other side to ask."""
    from helpdesk.signals import new_ticket_done, update_ticket_done

    def call(ticket):
        body = json.dumps({"ticket": ticket.id}).encode()
        sign = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={sign}"}
        urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10).close()

    # Nobody at the desk waits for the call.
    later = lambda ticket: threading.Thread(target=call, args=[ticket], daemon=True).start()
    update_ticket_done.connect(lambda followup, **_: later(followup.ticket), weak=False)
    new_ticket_done.connect(lambda ticket, **_: later(ticket), weak=False)


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    fill()
    if "CALL_ADDRESS" in os.environ:
        call_out(os.environ["CALL_ADDRESS"], os.environ["CALL_SECRET"])
    print("filled", flush=True)
    # Its own server of styles too, so that its pages look as they do.
    call_command("runserver", f"127.0.0.1:{port}", "--noreload", "--nothreading", "--insecure")

"""What the web process serves."""

from __future__ import annotations

import os
import warnings

from django.core.asgi import get_asgi_application

from guanlan.desk.web.body_limit import BodyLimit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")
# WhiteNoise hands files over synchronously; they are small and come from the page cache.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
application = BodyLimit(get_asgi_application())

"""Where the system's chromium is, and how it is started so that it speaks to nobody but our proxy."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

#: Looked for in this order on the PATH, then at the places where macOS has them.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
#: ``GUANLAN_CHROMIUM`` says so to have none although one is there.
OFF = frozenset({"off", "no", "none", "0"})

#: Nothing runs but the page itself: no updates, reports, accounts or look-ups of the browser's own.
ARGUMENTS = (
    "--disable-quic",
    # Media connections go through the proxy or not at all: their packets would pass it by. The switch has had
    # two names; that it works is proved at each start (process.py).
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # No name is looked up by the browser itself, whatever asks for it; the proxy alone is reached by number.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-file-system",
    "--disable-notifications",
    "--disable-speech-api",
    "--disable-print-preview",
    "--deny-permission-prompts",
    "--block-new-web-contents",
    "--no-first-run",
    "--mute-audio",
    # One tab of a hostile page must not eat the machine: megabytes of its script's memory.
    "--js-flags=--max-old-space-size=256",
)
#: Of our environment only this reaches the browser: the desk's secrets are none of its business.
KEPT_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_RUNTIME_DIR",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chromium:
    """What was found. ``missing`` is ``""``, ``off``, ``playwright`` (the extra) or ``chromium``."""

    path: str = ""
    missing: str = ""

    @property
    def usable(self) -> bool:
        return not self.missing


def find_chromium(wanted: str = "") -> Chromium:
    """The browser that ``wanted`` names (a path, or ``off``), else the first of NAMES and PLACES.

    A path that leads nowhere is not replaced by another browser: a person chose it. Nothing is started.
    """
    if wanted.lower() in OFF:
        return Chromium(missing="off")
    path = shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, (*NAMES, *PLACES))), None)
    if path is None:
        return Chromium(missing="chromium")
    if importlib.util.find_spec("playwright") is None:
        return Chromium(path, missing="playwright")
    return Chromium(path)


def may_sandbox() -> bool:
    """Whether chromium's own sandbox can be on. Root cannot have it: chromium then refuses to start, for a
    sandbox is made by giving up rights that root would still hold. Run ``collect`` under its own account.
    """
    return not hasattr(os, "geteuid") or os.geteuid() != 0


def environment(ours: Mapping[str, str]) -> dict[str, str | float | bool]:
    """What the browser is given of our environment."""
    return {name: ours[name] for name in KEPT_VARIABLES if name in ours}

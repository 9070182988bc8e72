"""Reason codes of items that were not stored, as sentences. One table for pages and command line."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    # readers (guanlan.collect.files.REASONS)
    "not_found": _("There is no such file or folder."),
    "unreadable": _("The file cannot be read."),
    "empty_file": _("The file is empty."),
    "no_rows": _("There is not a single row in it."),
    "no_items": _("Nothing in it could be read."),
    "no_header": _("No row names a column with a title, a text or a link."),
    "too_large": _("Larger than the limit; it was not read."),
    "truncated": _("The file breaks off; what came before was kept."),
    "damaged": _("The file is damaged at this place."),
    "binary": _("This is a binary file, not a page or a table."),
    "unknown_format": _("The format is not one that can be imported."),
    "old_office": _("An old Office file; save it as .xlsx first."),
    "encrypted": _("The file is protected by a password."),
    "unsafe_path": _("A name inside the archive points outside of it."),
    "unsafe_xml": _("The workbook holds XML that could do harm; it was not opened."),
    "zip_bomb": _("The archive unpacks to far more than it should; it was stopped."),
    "wrong_columns": _("The row has another number of columns than the header."),
    "unclosed_quote": _("A quotation mark is opened and never closed."),
    "nul_bytes": _("The row holds NUL bytes."),
    "bad_json": _("This line is not valid JSON."),
    "not_a_record": _("This is JSON, but not a record with fields."),
    "empty_row": _("The row has no title, text or link."),
    "http_error": _("The recorded page is an error page."),
    # collecting (guanlan.collect.net, guanlan.collect.kinds)
    "http_401": _("The site asks for a log-in; it is not fetched."),
    "http_403": _("The site refuses us; we do not try another way in."),
    "http_404": _("The page is not there."),
    "http_410": _("The page was taken away."),
    "http_429": _("The site asks us to come less often."),
    "http_451": _("The site may not show the page for legal reasons."),
    "http_500": _("The site has a fault of its own."),
    "http_502": _("The site has a fault of its own."),
    "http_503": _("The site is not available at the moment."),
    "http_504": _("The site has a fault of its own."),
    "robots": _("The site's robots.txt asks robots not to fetch it."),
    "robots_unread": _("The site's robots.txt does not answer; until it does, nothing is fetched there."),
    "inside": _("The address leads to a machine inside; such are never fetched."),
    "scheme": _("The address leads to something other than a web page."),
    "port": _("The address names a port where public sites do not answer."),
    "userinfo": _("The address carries a user name; such are never fetched."),
    "host": _("The address names no proper host."),
    "address": _("This is not an address that can be fetched."),
    "dns": _("The name of the site is not known."),
    "connect": _("The site does not answer."),
    "tls": _("The site's certificate is not valid."),
    "broken_off": _("The connection broke off."),
    "encoding": _("The page is packed in a way that cannot be undone."),
    "redirect_loop": _("The address leads in a circle."),
    "not_a_feed": _("The address does not give a feed any more."),
    "not_a_sitemap": _("The address does not give a sitemap any more."),
    "not_a_page": _("The address does not give a page that can be read."),
    "no_links": _("No links to articles were found on the page."),
    "bad_selector": _("The CSS selector cannot be read."),
    "bad_expression": _("The expression for the rows cannot be read."),
    # rendering (guanlan.collect.browser)
    "no_browser": _(
        "It needs a browser, and none can be had where it is collected; guanlan doctor says what is missing."
    ),
    "render": _("The browser could not show the page."),
    "render_timeout": _("The page was not done in the browser in time."),
    "render_crashed": _("The browser broke down on the page; the next page got a fresh one."),
    "no_picture": _("No picture could be taken of the page."),
    # mailboxes (guanlan.collect.mailbox)
    "login": _("The mailbox refuses the user name or the password."),
    "no_password": _("The password of the mailbox is not set; see the page of the source."),
    "no_folder": _("The mailbox has no such folder."),
    "not_a_mailbox": _("The server does not answer as a mailbox should."),
    # analysis (guanlan.analysis.pipeline)
    "empty": _("There is nothing in it."),
    "error_page": _("An error page or a log-in wall, not an article."),
    "list_page": _("A page of links, not an article."),
    "no_text": _("No readable text was found."),
    "timeout": _("The analysis took too long; the item was put aside."),
    # the desk
    "same_text": _("The same text from the same place is here already."),
    "capture_missing": _("The captured page is no longer on the disk."),
    "analysis_failed": _("The analysis failed on this item; it was put aside with its cause."),
    "failed": _("The analysis failed on this item; it was put aside with its cause."),
    "store_failed": _("The item could not be stored; it was put aside with its cause."),
    "interrupted": _("Reading was cut off. Run the same import again: nothing is stored twice."),
}


def sentence(code: str) -> str:
    """The sentence of a reason code; the code itself when it is unknown (a newer database)."""
    return str(SENTENCES.get(code, code))

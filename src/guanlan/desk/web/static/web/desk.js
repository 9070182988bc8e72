// Keyboard, relative times, previews. Every page works without this file; it only saves hands and time.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const wide = () => window.matchMedia("(min-width: 992px)").matches;

  // --- relative times: words come from the page, so that they are in the reader's language
  function renewTimes() {
    const words = document.body.dataset;
    const now = Date.now();
    for (const time of $$("time[data-ago]")) {
      const minutes = Math.floor((now - Date.parse(time.dateTime)) / 60000);
      if (minutes < 0 || minutes >= 24 * 60) continue; // the server's words stay right for longer spans
      const text = minutes < 1 ? words.agoNow
        : minutes < 60 ? words.agoMinutes.replace("%s", minutes)
        : words.agoHours.replace("%s", Math.floor(minutes / 60));
      const shown = $(".rel", time);
      if (shown && text) shown.textContent = text;
    }
  }

  // --- folds remember how this person left them (on this machine)
  function rememberFolds(root) {
    for (const fold of $$("details[data-remember]", root)) {
      const key = "fold:" + fold.dataset.remember;
      const left = localStorage.getItem(key);
      if (left !== null) fold.open = left === "1";
      fold.addEventListener("toggle", () => localStorage.setItem(key, fold.open ? "1" : "0"));
    }
  }

  // --- rows of a list: one is current, j and k move, its preview stands at the right
  const rows = () => $$("[data-row]");
  const current = () => $("[data-row].current");

  function makeCurrent(row, show = true) {
    if (!row) return;
    for (const other of $$("[data-row].current")) other.classList.remove("current");
    row.classList.add("current");
    if (show) row.scrollIntoView({ block: "nearest" });
    const link = $("a[data-preview]", row);
    if (!link) return;
    if (!show) return; // the page came with its first preview
    link.focus({ preventScroll: true });
    if (wide() && $("#preview")) {
      window.htmx.ajax("GET", link.dataset.preview, { target: "#preview", swap: "innerHTML" });
    }
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(current());
    makeCurrent(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]);
  }

  function tick() {
    const box = current() && $("input[type=checkbox]", current());
    if (box) { box.checked = !box.checked; countTicks(); }
  }

  function countTicks() {
    const ticked = $$("[data-row] input[type=checkbox]:checked").length;
    for (const bar of $$("[data-ticked]")) bar.dataset.ticked = ticked;
    for (const place of $$("[data-ticked-count]")) place.textContent = ticked;
  }

  // --- a key presses the visible button that names it; ticked rows win over the preview
  let settled = ""; // address of the text whose preview stands there, ready to be judged
  let early = ""; // a key pressed before the preview of the current row had come
  const shownText = () => { const link = $("#preview h2 a"); return link ? link.href : ""; };

  function previewIsComing() {
    const link = current() && $("a[data-preview]", current());
    return Boolean(link && $("#preview") && wide() && link.href !== settled);
  }

  function press(key) {
    const buttons = $$(`[data-key="${key}"]`).filter((one) => one.offsetParent !== null);
    const some = $$("[data-row] input[type=checkbox]:checked").length > 0;
    early = !some && previewIsComing() ? key : ""; // else the text before would be judged
    if (early) return;
    const chosen = buttons.find((one) => some === one.hasAttribute("data-bulk"));
    if (chosen) chosen.click();
  }

  function onSettled(event) {
    if (!event.target.closest("#preview")) return;
    settled = shownText();
    if (early && !previewIsComing()) press(early);
  }

  let waitingForG = false;
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing) { if (event.key === "Escape") event.target.blur(); return; }
    if ($("dialog[open]")) return;
    if (waitingForG) {
      waitingForG = false;
      const link = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const acts = {
      "/": () => $("#find") && $("#find").focus(),
      "?": () => $("#keys") && $("#keys").showModal(),
      g: () => { waitingForG = true; setTimeout(() => { waitingForG = false; }, 1500); },
      j: () => move(1), k: () => move(-1), x: tick,
      r: () => press("r"), n: () => press("n"), e: () => press("e"),
    };
    if (Object.hasOwn(acts, event.key)) { event.preventDefault(); acts[event.key](); }
  }

  function onClick(event) {
    const link = event.target.closest("a[data-preview]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain && wide() && $("#preview")) {
      event.preventDefault();
      makeCurrent(link.closest("[data-row]"));
    }
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-open]");
    if (opener && $(opener.dataset.open)) $(opener.dataset.open).showModal();
  }

  function onChange(event) {
    const field = event.target;
    if (field.matches("[data-row] input[type=checkbox]")) countTicks();
    if (field.matches("[data-tick-all]")) {
      for (const box of $$("[data-row] input[type=checkbox]")) box.checked = field.checked;
      countTicks();
    }
    if (field.matches("[data-submit]")) field.form.requestSubmit();
  }

  // --- words marked in a text go into the form that keeps them as proof
  let marked = "";
  function onMarked() {
    const chosen = document.getSelection();
    const inText = chosen && chosen.anchorNode && chosen.anchorNode.parentElement.closest(".reading");
    if (inText && !chosen.isCollapsed) marked = chosen.toString().slice(0, 2000);
  }
  function onOpened(event) {
    const field = event.target.open && event.target.matches("[data-quotes]") && $("textarea", event.target);
    if (field && !field.value) field.value = marked;
  }

  // --- a file may be dropped on its field's box
  function onDrop(event) {
    const box = event.target.closest && event.target.closest("[data-drop]");
    if (!box) return;
    event.preventDefault();
    box.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop") return;
    const field = $("input[type=file]", box);
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("selectionchange", onMarked);
  document.addEventListener("toggle", onOpened, true);
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, onDrop);
  // The row that was just judged steps aside for the next one.
  document.addEventListener("screened", () => move(1));
  document.addEventListener("htmx:afterSettle", onSettled);
  document.addEventListener("htmx:afterSwap", (event) => { rememberFolds(event.target); renewTimes(); });
  document.addEventListener("DOMContentLoaded", () => {
    rememberFolds(document);
    renewTimes();
    countTicks();
    settled = shownText();
    setInterval(renewTimes, 60000);
    if (wide() && $("#preview") && rows().length) makeCurrent(rows()[0], false);
  });
})();

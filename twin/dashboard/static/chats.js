// A conversation stays where it is while messages come above and below, and asks for more at its
// ends. The list keeps the focus when a chat moves up in it.
(() => {
  const NEAR = 240; // pixels from an end at which more is asked for
  const READ_MS = 3000; // until what was asked for is there, and screen readers have taken note

  function follow(log) {
    const entries = log.querySelector(".chat-entries");
    const bound = (element) => element.getBoundingClientRect();
    const isShown = (element) => element.offsetParent !== null;
    const [older, newer] = [".chat-older", ".chat-newer"].map((name) => log.querySelector(name));
    let atEnd = true, first = null, top = 0, height = 0, asked = false, quiet = null;
    log.dataset.followed = "";

    const below = () => log.scrollHeight - log.scrollTop - log.clientHeight;
    function look() {
      const edge = bound(log).top;
      height = entries.offsetHeight;
      atEnd = below() < 8 && !isShown(newer);
      first = [...entries.children].find(
        (one) => !one.classList.contains("chat-day") && bound(one).bottom > edge);
      top = first ? bound(first).top - edge : 0;
      const more = [[log.scrollTop, older], [below(), newer]].find(
        ([pixels, button]) => pixels < NEAR && isShown(button));
      if (more && !asked) {
        asked = true;
        more[1].click();
      }
    }
    function keep() {
      if (atEnd) log.scrollTop = log.scrollHeight;
      else if (first?.isConnected) log.scrollTop += bound(first).top - bound(log).top - top;
    }
    // Screen readers read out what comes by itself, not what was there and is shown on request.
    function hush() {
      log.setAttribute("aria-live", "off");
      clearTimeout(quiet);
      quiet = setTimeout(() => log.setAttribute("aria-live", "polite"), READ_MS);
    }
    for (const button of [older, newer]) button.addEventListener("click", hush, { capture: true });
    const wanted = log.querySelector(".chat-wanted");
    if (wanted) {
      atEnd = false;
      wanted.scrollIntoView({ block: "center" });
      wanted.focus({ preventScroll: true });
    } else keep();
    look();
    // A picture that has just come is no scrolling up: the observer hears of it after this event.
    log.addEventListener("scroll", () => { if (entries.offsetHeight === height) look(); }, { passive: true });
    new ResizeObserver(() => { keep(); look(); }).observe(entries);
    new MutationObserver(() => { keep(); asked = false; look(); }).observe(entries, { childList: true });
  }

  let focused = null;
  document.addEventListener("focusin", (event) => { focused = event.target.closest(".chat-row a"); });
  document.addEventListener("pointerdown", () => { focused = null; });
  new MutationObserver(() => {
    const log = document.querySelector(".chat-log:not([data-followed])");
    if (log) follow(log);
    if (focused?.isConnected && document.activeElement === document.body)
      focused.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });

  addEventListener("popstate", () => emitEvent("own_place", location.pathname + location.search));
})();

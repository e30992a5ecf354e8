// The friend's side of the page. What is typed stays here until it is sent, so a lost
// connection or a reload takes no words away.
(() => {
  const draft = "draft:" + location.pathname;
  const field = () => document.querySelector(".twin-field");
  let atEnd = true;
  let waiting = null;

  function changed() {
    const box = field();
    box.style.height = "auto";
    box.style.height = Math.min(Math.max(box.scrollHeight + 2, 44), 140) + "px";
    sessionStorage.setItem(draft, box.value);
  }

  function send() {
    const box = field();
    clearTimeout(waiting);
    const connected = Boolean(window.socket?.connected && window.did_handshake);
    box.parentElement.classList.toggle("twin-waiting", !connected);
    if (!connected) {
      waiting = setTimeout(send, 300);
      return;
    }
    if (!box.value.trim()) return;
    // Not crypto.randomUUID: it is missing on plain http, as in a home network.
    const id = Date.now().toString(36) + "-" + Math.random().toString(36).slice(2, 12);
    emitEvent("friend_message", { text: box.value, id });
    box.value = "";
    atEnd = true;
    changed();
    box.focus();
  }

  // Called by the server when it did not take the message.
  window.twinRestore = (text) => {
    const box = field();
    box.value = box.value ? text + "\n" + box.value : text;
    changed();
  };

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".twin-field")) return;
    // Enter also picks a word in a Chinese input method; that must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
      return;
    event.preventDefault();
    send();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches?.(".twin-field")) changed();
  });
  // Not "click": the tap would take the focus first and close the phone's keyboard.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.(".twin-send")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".twin-send")) send();
  });

  function fit() {
    const height = window.visualViewport ? window.visualViewport.height : window.innerHeight;
    document.documentElement.style.setProperty("--height", height + "px");
    window.scrollTo(0, 0);
    const log = document.querySelector(".twin-log");
    if (log && atEnd) log.scrollTop = log.scrollHeight;
  }
  window.visualViewport?.addEventListener("resize", fit);

  function arrange(log) {
    for (const bubble of log.querySelectorAll("[data-at]:not([data-time])")) {
      const at = new Date(Number(bubble.dataset.at));
      const today = at.toDateString() === new Date().toDateString();
      const time = { hour: "2-digit", minute: "2-digit" };
      bubble.dataset.time = at.toLocaleString(
        [], today ? time : { month: "short", day: "numeric", ...time });
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  function start() {
    const log = document.querySelector(".twin-log");
    if (!log) return requestAnimationFrame(start);
    document.documentElement.lang = log.dataset.lang;
    log.addEventListener("scroll", () => {
      atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    });
    new MutationObserver(() => arrange(log)).observe(log, { childList: true, subtree: true });
    field().value = sessionStorage.getItem(draft) || "";
    changed();
    fit();
    arrange(log);
    if (matchMedia("(hover: hover)").matches) field().focus();
  }
  start();
})();

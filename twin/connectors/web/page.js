// The friend's side of the page: the field, the scrolling, the times of the messages. What is typed
// stays here across a reload; what was sent is in outbox.js.
(() => {
  const draft = "draft:" + location.pathname;
  const field = () => document.querySelector(".twin-field");
  let atEnd = true;

  function changed() {
    const box = field();
    box.style.height = "auto";
    box.style.height = Math.min(Math.max(box.scrollHeight + 2, 44), 140) + "px";
    sessionStorage.setItem(draft, box.value);
  }

  function send() {
    const box = field();
    const text = box.value.replace(/\p{Cs}/gu, "\uFFFD").trim(); // half an emoji is no text
    if (!text) return;
    if ([...text].length > box.dataset.most) return twinOutbox.notice("too_long");
    atEnd = true;
    twinOutbox.add(text);
    box.value = "";
    changed();
    box.focus();
  }

  // A message that will never be taken.
  function giveBack(text) {
    const box = field();
    box.value = box.value ? box.value + "\n" + text : text;
    changed();
  }

  function tellConnection(socket) {
    const page = document.querySelector(".twin");
    socket.on("connect", () => page.classList.remove("twin-offline"));
    socket.on("disconnect", () => page.classList.add("twin-offline"));
  }

  // NiceGUI would leave for the browser's error page while the network is away.
  function stayWhileUnreachable(socket) {
    let tried = false;
    socket.off("connect_error");
    socket.on("connect_error", async (error) => {
      if (error.message === "timeout" && !tried) {
        tried = true;
        socket.io.opts.transports = ["polling", "websocket"]; // a proxy may block websockets
      } else if (["timeout", "Implicit handshake failed"].includes(error.message)) {
        await fetch("/healthz").then(() => location.reload(), () => {});
      }
    });
  }

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
    twinOutbox.settle(log);
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  function start() {
    const log = document.querySelector(".twin-log");
    if (!log) return requestAnimationFrame(start);
    document.documentElement.lang = log.dataset.lang;
    log.addEventListener("scroll", () => {
      atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    });
    field().value = sessionStorage.getItem(draft) || "";
    changed();
    twinOutbox.start(log, giveBack);
    stayWhileUnreachable(window.socket);
    tellConnection(window.socket);
    new MutationObserver(() => arrange(log)).observe(log, { childList: true, subtree: true });
    fit();
    arrange(log);
    if (matchMedia("(hover: hover)").matches) field().focus();
  }
  start();
})();

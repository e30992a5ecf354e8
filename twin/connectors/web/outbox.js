// What the friend sent is kept in their browser until the server has it on its disk. Until then it
// is sent again with the same id, one message after the other, also after a reload.
window.twinOutbox = (() => {
  const prefix = "outbox:" + location.pathname + ":";
  const PATIENCE_MS = 10000;
  const LONGEST_PAUSE_MS = 5000;
  const FINAL = ["empty", "too_long", "unknown"]; // sent again, it would be refused again
  let unsent = []; // { id, text, at }, the oldest first
  let sending = false;
  let pauseMs = 500;
  let timer = null;
  let page = null; // { texts, list, status, giveBack }

  // The storage may be full or forbidden; then a message lives as long as the tab.
  function store(message) {
    try {
      localStorage.setItem(prefix + message.id, JSON.stringify(message));
    } catch {}
  }

  function stored() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
      return keys.map((key) => JSON.parse(localStorage.getItem(key)));
    } catch {
      return [];
    }
  }

  function forget(id) {
    unsent = unsent.filter((message) => message.id !== id);
    try {
      localStorage.removeItem(prefix + id);
    } catch {}
  }

  const bubble = (id) => page.list.querySelector(`[data-pending="${id}"]`);

  function draw(message) {
    const made = document.createElement("div");
    made.className = "twin-bubble twin-mine twin-unsent";
    made.textContent = message.text;
    made.dataset.pending = message.id;
    page.list.append(made);
    mark(message.id, "sending");
  }

  function mark(id, state) {
    const drawn = bubble(id);
    if (!drawn || drawn.dataset.state === state) return;
    drawn.dataset.state = state;
    drawn.dataset.time = page.texts[state];
    if (state !== "sending") page.status.textContent = page.texts[state];
  }

  function notice(reason) {
    page.list.querySelector(".twin-notice")?.remove();
    if (!reason) return;
    const made = document.createElement("div");
    made.className = "twin-notice";
    made.setAttribute("role", "alert");
    made.textContent = page.texts[reason];
    page.list.append(made);
  }

  function add(text) {
    notice(null);
    // Not crypto.randomUUID: it is missing on plain http, as in a home network.
    const id = Date.now().toString(36) + "-" + Math.random().toString(36).slice(2, 12);
    const at = Math.max(Date.now(), ...unsent.map((message) => message.at + 1));
    const message = { id, text, at };
    unsent.push(message);
    store(message);
    draw(message);
    send();
  }

  async function post({ id, text }) {
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), PATIENCE_MS);
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ id, text });
    try {
      const options = { method: "POST", headers, body, signal: patience.signal };
      return await (await fetch(location.pathname, options)).json();
    } catch {
      return {};
    } finally {
      clearTimeout(limit);
    }
  }

  async function send() {
    if (sending || !unsent.length) return;
    clearTimeout(timer);
    sending = true;
    const message = unsent[0];
    const { receipt, wait_ms: waitMs } = await post(message);
    sending = false;
    if (receipt === "accepted") {
      pauseMs = 500;
      mark(message.id, "sent");
      forget(message.id);
    } else if (FINAL.includes(receipt)) {
      bubble(message.id)?.remove();
      forget(message.id);
      if (receipt !== "empty") refuse(message.text, receipt);
    } else {
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      for (const { id } of unsent) mark(id, receipt === "too_fast" ? "too_fast" : "unsent");
      timer = setTimeout(send, waitMs ?? pauseMs);
      return;
    }
    send();
  }

  function refuse(text, reason) {
    notice(reason);
    page.giveBack(text);
  }

  // What the chat shows has arrived, whatever became of the answer.
  function settle(log) {
    for (const drawn of page.list.querySelectorAll("[data-pending]")) {
      const id = drawn.dataset.pending;
      if (!log.querySelector(`[data-id="${id}"]`)) continue;
      drawn.remove();
      forget(id);
    }
  }

  function start(log, giveBack) {
    const list = log.querySelector(".twin-pending");
    const status = document.querySelector(".twin-status");
    page = { texts: JSON.parse(log.dataset.texts), list, status, giveBack };
    unsent = stored().sort((one, other) => one.at - other.at);
    unsent.forEach(draw);
    settle(log);
    send();
    window.addEventListener("online", send);
    document.addEventListener("visibilitychange", send);
    window.addEventListener("storage", ({ key, newValue }) => {
      if (!key?.startsWith(prefix) || newValue !== null) return;
      const id = key.slice(prefix.length); // another tab has done with it
      unsent = unsent.filter((message) => message.id !== id);
      bubble(id)?.remove();
    });
  }

  return { add, notice, settle, start };
})();

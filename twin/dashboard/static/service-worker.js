/* Shows a page of its own while the bot can't be reached. Pages and answers are never kept here: they
   are private, and the bot's alone. */
const OFFLINE = "/offline" + self.location.search; // in the language that the worker was asked for in
const SHELL = "shell";
const FRIENDS = /^\/[bc]\//; // friends' pages say by themselves that the connection is lost
const [PUSH, TOLD] = ["push", "/notifications/told"]; // no page: a name for what is written down
const NO_BOT = [502, 504]; // what a proxy answers in its place

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.add(OFFLINE)));
});

self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));

async function dropOthers() {
  const shell = await caches.open(SHELL);
  for (const kept of await shell.keys()) if (!kept.url.endsWith(OFFLINE)) await shell.delete(kept);
}

self.addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  if (mode !== "navigate" || method !== "GET" || FRIENDS.test(new URL(url).pathname)) return;
  const page = pageOrOffline(event.request);
  event.respondWith(page);
  event.waitUntil(page.then(() => tellAddress(false)).catch(() => null));
});

async function pageOrOffline(request) {
  const answer = await fetch(request).catch(() => null);
  if (answer && !NO_BOT.includes(answer.status)) return answer;
  return (await caches.match(OFFLINE)) ?? answer ?? Response.error();
}

/* What the bot tells its owner: encrypted for this browser, so nobody else has written it. */
self.addEventListener("push", (event) => {
  const { title, body, lang, tag, silent, page } = event.data.json();
  const pictures = { icon: "/icons/icon-192.png", badge: "/icons/badge-96.png" };
  const shown = { body, lang, tag, silent, data: { page }, ...pictures };
  event.waitUntil(self.registration.showNotification(title, shown));
});

/* A push service may give a browser another address; nobody but the worker hears of it. The page wrote
   down what the bot was told. Where the bot can't be reached, the next visit of a page tells it. */
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(tellAddress(true)));

async function tellAddress(wasLost) {
  const kept = await caches.open(PUSH);
  const told = await (await kept.match(TOLD))?.json();
  if (!told) return;
  const push = self.registration.pushManager;
  const bound = { userVisibleOnly: true, applicationServerKey: told.key };
  const now = (await push.getSubscription()) ?? (wasLost && (await push.subscribe(bound)));
  if (!now || now.endpoint === told.endpoint) return;
  const { endpoint, keys } = now.toJSON();
  const answer = await fetch("/notifications/renewed", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ old: told.endpoint, endpoint, ...keys }),
  });
  if (answer.ok) await kept.put(TOLD, new Response(JSON.stringify({ ...told, endpoint })));
  else if (answer.status === 404) await kept.delete(TOLD); // the owner removed this device
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.page));
});

async function show(page) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((one) => new URL(one.url).pathname === page);
  return there ? there.focus() : self.clients.openWindow(page);
}

/* Notices on this device, as far as the browser has them. Each answer is what the page shows. */
const twinPush = {
  /* `key`: the bot's public one, to which the browser binds what it gives. */
  async state(key) {
    this.key = key;
    if (!isSecureContext) return { state: "insecure" };
    if (!navigator.serviceWorker || !window.PushManager || !window.Notification)
      return { state: "unsupported" };
    if (Notification.permission === "denied") return { state: "denied" };
    const given = await (await this.worker()).pushManager.getSubscription();
    return given ? { state: "on", endpoint: given.endpoint } : { state: "off" };
  },

  /* To be called by a click: browsers ask for permission only then. */
  async enable() {
    try {
      if ((await Notification.requestPermission()) !== "granted") return { state: "denied" };
      const push = (await this.worker()).pushManager;
      await (await push.getSubscription())?.unsubscribe(); // it may be for an earlier key
      const point = Uint8Array.from(atob(this.key.replace(/-/g, "+").replace(/_/g, "/")), (sign) =>
        sign.charCodeAt(0)
      );
      const given = await push.subscribe({ userVisibleOnly: true, applicationServerKey: point });
      const { endpoint, keys } = given.toJSON();
      await this.note(endpoint);
      return { state: "on", endpoint, p256dh: keys.p256dh, auth: keys.auth };
    } catch (error) {
      return { state: "failed", cause: error.name };
    }
  },

  async disable() {
    await (await (await this.worker()).pushManager.getSubscription())?.unsubscribe();
    await caches.delete("push");
    return { state: "off" };
  },

  /* For the worker: what the bot is told, to which it compares what the browser has later. */
  async note(endpoint) {
    const told = new Response(JSON.stringify({ endpoint, key: this.key }));
    await (await caches.open("push")).put("/notifications/told", told);
  },

  async worker() {
    const { tag } = document.documentElement.dataset;
    await navigator.serviceWorker.register("/service-worker.js?lang=" + tag);
    return navigator.serviceWorker.ready;
  },
};

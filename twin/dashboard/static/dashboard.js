/* Pages refresh themselves only while somebody can see them. */
const tellVisible = () => emitEvent("own_visible", !document.hidden);
document.addEventListener("visibilitychange", tellVisible);
addEventListener("load", () => { if (document.hidden) tellVisible(); }); // opened behind another tab
/* Only over https or on the machine itself do browsers have it. */
navigator.serviceWorker
  ?.register("/service-worker.js?lang=" + document.documentElement.dataset.tag)
  .catch((error) => console.info("no service worker: " + error.message));
/* Whoever logs out is told nothing more in this browser; the push service may be slow to say yes. */
const SLOW_MS = 1000;
document.addEventListener("submit", async (event) => {
  if (event.target.getAttribute("action") !== "/logout") return;
  event.preventDefault();
  const slow = new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  await Promise.race([endNotices().catch(() => null), slow]);
  event.target.submit();
});

async function endNotices() {
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  await caches.delete("push");
}

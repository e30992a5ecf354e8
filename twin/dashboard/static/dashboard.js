/* Pages refresh themselves only while somebody can see them. */
document.addEventListener("visibilitychange", () => emitEvent("own_visible", !document.hidden));
/* Only over https or on the machine itself do browsers have it. */
navigator.serviceWorker?.register("/service-worker.js?lang=" + document.documentElement.dataset.tag);

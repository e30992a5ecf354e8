/* Pages refresh themselves only while somebody can see them. */
document.addEventListener("visibilitychange", () => emitEvent("own_visible", !document.hidden));

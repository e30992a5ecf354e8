/* Search over the settings: those without all of the words are hidden, the others unfolded. */
document.addEventListener("input", (event) => {
  if (event.target.id !== "settings-search") return;
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const box of document.querySelectorAll(".own-field-box")) {
    const title = box.closest("details.own-card").querySelector("summary");
    const text = `${title.textContent} ${box.textContent}`.toLowerCase();
    box.hidden = !words.every((word) => text.includes(word));
  }
  for (const fold of document.querySelectorAll("details.own-fold")) {
    fold.dataset.open ??= fold.open;
    fold.hidden = fold.querySelector(".own-field-box:not([hidden])") === null;
    fold.open = words.length ? !fold.hidden : fold.dataset.open === "true";
    if (!words.length) delete fold.dataset.open;
  }
  const said = document.getElementById("settings-found");
  const some = document.querySelector("details.own-fold:not([hidden])") !== null;
  said.textContent = some ? "" : said.dataset.none;
});

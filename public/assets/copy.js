// @ts-check
// Buttons that copy what they name, shown or not, and say that they did.

const SAID_MS = 1_600;

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  const secrets = [...document.querySelectorAll(button.dataset["copy"] ?? "")];
  const copied = await write(secrets.map((secret) => secret.textContent).join("\n"));
  say(button, (copied ? button.dataset["copied"] : button.dataset["failed"]) ?? "");
});

/** @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not a secure page, or not allowed: the key can be shown and marked by hand.
    return false;
  }
}

/**
 * @param {HTMLElement} button
 * @param {string} words
 */
function say(button, words) {
  const label = button.dataset["label"] ?? button.textContent ?? "";
  button.dataset["label"] = label;
  button.textContent = words;
  const announcement = document.getElementById("announcement");
  if (announcement) announcement.textContent = words;
  setTimeout(() => {
    button.textContent = label;
  }, SAID_MS);
}

// @ts-check
// A form that is sent is not sent again by an impatient finger: its button counts down and then
// gives in, for the case that the answer never comes. One order is the server's promise all the
// same (the idempotency key); this spares the visitor the wait for the same answer twice.

const SECONDS = 5;

/** @type {WeakMap<HTMLFormElement, () => void>} Forms that were sent, and how to free them. */
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const words = form.dataset["guard"];
  if (words === undefined || event.defaultPrevented) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter ?? form.querySelector("button[type=submit]");
  if (button instanceof HTMLElement) guard(form, button, words);
});

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} button
 * @param {string} words
 */
function guard(form, button, words) {
  const before = [...button.childNodes];
  let left = SECONDS;
  const show = () => button.replaceChildren(`${words} ${left}`);
  const free = () => {
    clearInterval(timer);
    button.replaceChildren(...before);
    button.removeAttribute("aria-disabled");
    sent.delete(form);
  };
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) show();
    else free();
  }, 1000);
  button.setAttribute("aria-disabled", "true");
  sent.set(form, free);
  show();
}

// Back from the payment page, out of the browser's memory: the form is as it was when it was sent.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) sent.get(form)?.();
});

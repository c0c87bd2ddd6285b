// @ts-check
// The waiting line: asks for this browser's place as often as the server says, shows what it hears,
// and goes to the checkout when it is its turn. Loses nothing when it is closed or reloaded: the place
// is in a cookie, and all that is shown is asked for anew.

// Each look waits for the one before it.
/* oxlint-disable no-await-in-loop */

/**
 * What GET /drops/{id}/place says, in the visitor's language.
 * @typedef {{
 *   phase: string, headline: string, lead: string, still: string | null,
 *   ahead: string | null, wait: string | null, in_line: string | null,
 *   picture: { ahead: number, behind: number, legend: string } | null,
 *   keys: { sold: number, held: number, free: number } | null,
 *   enter: string | null, poll_after_ms: number | null, opens_at_ms: number, now_ms: number,
 * }} Place
 */

const RETRY_MS = 2_000;
const RETRY_MS_MAX = 60_000;
/** A page that nobody looks at asks this seldom: its title still calls when it is time. */
const HIDDEN_MS = 60_000;
/** Time to read that it is one's turn. */
const ENTER_MS = 1_200;
/** Someone who hears the page is told of the people before them no more often than this. */
const SAY_MS = 60_000;

const found = document.querySelector("#room[data-place]");
if (found instanceof HTMLElement) void follow(found);

/** Ends a pause early: the page is seen again, the line is back, the drop opens. */
let wake = () => {};
addEventListener("online", () => wake());
document.addEventListener("kamidrop:opens", () => {
  if (found instanceof HTMLElement && found.dataset["phase"] === "upcoming") draw(found);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wake();
});
// Back from the checkout, out of the browser's memory: look at once.
addEventListener("pageshow", (event) => {
  if (event.persisted) wake();
});

/** @param {HTMLElement} room */
async function follow(room) {
  let failures = 0;
  for (;;) {
    const heard = await ask(room.dataset["place"] ?? "");
    failures = heard.place === null ? failures + 1 : 0;
    if (heard.place === null) trouble(room, room.dataset["offline"] ?? "");
    else show(room, heard.place);
    if (heard.place?.enter) return enter(heard.place.enter);
    if (heard.place?.poll_after_ms === null) {
      if (heard.place.phase !== "none") return;
      // Nothing to wait for; but they may join in another tab, and come back to this one.
      await seenAgain();
      continue;
    }
    const backOffMs = Math.random() * Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** failures);
    await pause(heard.place?.poll_after_ms ?? Math.max(heard.retryAfterMs, RETRY_MS + backOffMs));
  }
}

/**
 * @param {string} address
 * @returns {Promise<{ place: Place | null, retryAfterMs: number }>}
 */
async function ask(address) {
  const sentAt = performance.now();
  try {
    const response = await fetch(address, {
      cache: "no-store",
      headers: { accept: "application/json" },
    });
    const retryAfterMs = Number(response.headers.get("retry-after")) * 1000 || 0;
    if (!response.ok) return { place: null, retryAfterMs };
    const place = /** @type {Place} */ (await response.json());
    const detail = {
      nowMs: place.now_ms,
      opensAtMs: place.opens_at_ms,
      sentAt,
      receivedAt: performance.now(),
    };
    document.dispatchEvent(new CustomEvent("kamidrop:time", { detail }));
    return { place, retryAfterMs };
  } catch {
    // No line, or no sense in what came: as good as no answer.
    return { place: null, retryAfterMs: 0 };
  }
}

/**
 * @param {HTMLElement} room
 * @param {Place} place
 */
function show(room, place) {
  const isNew = room.dataset["phase"] !== place.phase;
  room.dataset["phase"] = place.phase;
  fill(room, "#headline", place.headline);
  fill(room, "#lead", place.lead);
  fill(room, "[data-ahead]", place.ahead);
  fill(room, "[data-wait]", place.wait);
  fill(room, "[data-in-line]", place.in_line);
  room.querySelector(".room-in-line")?.toggleAttribute("hidden", place.in_line === null);
  trouble(room, place.still);
  if (place.picture) drawLine(room, place.picture);
  if (place.keys) drawKeys(room, place.keys);
  if (isNew) title(place.headline);
  say(isNew ? `${place.headline}. ${place.lead}` : (ahead(room) ?? ""), isNew);
}

/**
 * The moment has come; the server says within seconds who is where, to each in their own second.
 * @param {HTMLElement} room
 */
function draw(room) {
  fill(room, "#headline", room.dataset["drawing"] ?? null);
  fill(room, "#lead", room.dataset["drawingLead"] ?? null);
}

/**
 * @param {HTMLElement} room
 * @param {{ ahead: number, behind: number, legend: string }} picture
 */
function drawLine(room, { ahead: before, behind, legend }) {
  for (const person of room.querySelectorAll("[data-slot]")) {
    const slot = Number(person.getAttribute("data-slot"));
    person.classList.toggle("line-ahead", slot < before);
    person.classList.toggle("line-you", slot === before);
    person.classList.toggle("line-behind", slot > before && slot <= before + behind);
    person.classList.toggle("line-nobody", slot > before + behind);
  }
  fill(room, "[data-legend]", legend);
}

/**
 * @param {HTMLElement} room
 * @param {{ sold: number, held: number, free: number }} keys
 */
function drawKeys(room, keys) {
  const bar = room.querySelector("[data-keys-bar]");
  const whole = bar?.querySelector("svg")?.viewBox.baseVal.width ?? 0;
  const all = Math.max(1, keys.sold + keys.held + keys.free);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  for (const [kind, count] of Object.entries(keys)) {
    fill(room, `[data-count="${kind}"]`, number.format(count));
  }
  const widths = { sold: keys.sold, held: keys.sold + keys.held };
  for (const [kind, count] of Object.entries(widths)) {
    bar
      ?.querySelector(`[data-bar="${kind}"]`)
      ?.setAttribute("width", String((whole * count) / all));
  }
}

/** @param {string} address */
async function enter(address) {
  await new Promise((resolve) => setTimeout(resolve, ENTER_MS));
  // In the place of this page: the way back from the checkout does not lead here and forth again.
  location.replace(address);
}

/**
 * @param {HTMLElement} room
 * @param {string | null} words
 */
function trouble(room, words) {
  const note = room.querySelector("#trouble");
  if (!note) return;
  note.textContent = words ?? "";
  note.toggleAttribute("hidden", words === null);
}

/** @param {string} headline */
function title(headline) {
  const shop = document.title.split(" · ").at(-1);
  document.title = shop ? `${headline} · ${shop}` : headline;
}

/** @param {HTMLElement} room */
function ahead(room) {
  const figure = room.querySelector("[data-ahead]");
  const label = figure?.parentElement?.querySelector("dt")?.textContent;
  return label && figure?.checkVisibility() ? `${label}: ${figure.textContent}` : null;
}

let saidAt = -SAY_MS;
/**
 * @param {string} words
 * @param {boolean} isNews
 */
function say(words, isNews) {
  const place = document.getElementById("announcement");
  if (!place || words === "" || (!isNews && performance.now() - saidAt < SAY_MS)) return;
  saidAt = performance.now();
  place.textContent = words;
}

/**
 * @param {HTMLElement} room
 * @param {string} selector
 * @param {string | null} words
 */
function fill(room, selector, words) {
  for (const place of room.querySelectorAll(selector)) {
    if (words !== null && place.textContent !== words) place.textContent = words;
  }
}

/** @returns {Promise<void>} */
function seenAgain() {
  return new Promise((resolve) => {
    wake = () => {
      wake = () => {};
      resolve();
    };
  });
}

/**
 * Waits, longer while nobody looks; what wakes it makes up for that.
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pause(ms) {
  const since = performance.now();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      wake = () => {};
      resolve();
    };
    const timer = setTimeout(end, document.hidden ? Math.max(ms, HIDDEN_MS) : ms);
    // Looking again soon is not looking again at once: the server's pace holds for the impatient, too.
    wake = () => {
      const leftMs = ms - (performance.now() - since);
      if (leftMs <= 0) return end();
      clearTimeout(timer);
      setTimeout(end, leftMs);
    };
  });
}

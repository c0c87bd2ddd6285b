// @ts-check
// The countdown to a drop, by the server's clock: the visitor's own may be wrong by hours. Whoever
// hears the time from the server says so by the event "kamidrop:time".

/**
 * The server's time less this page's own steady clock (performance.now), which nobody can set. At
 * first by what the page says, which is as old as the page; then by the shortest answer so far.
 */
let offsetMs = Number(document.querySelector("[data-now]")?.getAttribute("data-now")) || Date.now();
offsetMs -= performance.now();
let roundTripMs = Infinity;
let announcedOpen = false;

const words = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});

/** How much longer an answer may have taken than the best one and still correct the clock. */
const BETTER = 1.5;
const DAY_MS = 86_400_000;

document.addEventListener("kamidrop:time", (event) => {
  const { nowMs, opensAtMs, sentAt, receivedAt } = /** @type {CustomEvent} */ (event).detail;
  putOff(opensAtMs);
  const tripMs = receivedAt - sentAt;
  // Half the way is a guess; the shorter the way, the better.
  if (tripMs > roundTripMs * BETTER) return;
  roundTripMs = Math.min(roundTripMs, tripMs);
  offsetMs = nowMs - (sentAt + receivedAt) / 2;
  tick();
});

/**
 * The merchant has moved the opening: the countdown goes to where it is now, and is announced then.
 * @param {number | undefined} opensAtMs
 */
function putOff(opensAtMs) {
  if (opensAtMs === undefined) return;
  for (const countdown of document.querySelectorAll("[data-countdown]")) {
    if (countdown.getAttribute("data-countdown") === String(opensAtMs)) continue;
    countdown.setAttribute("data-countdown", String(opensAtMs));
    announcedOpen = false;
    const said = countdown.querySelector("time");
    said?.setAttribute("datetime", new Date(opensAtMs).toISOString());
    if (said) said.textContent = words.format(opensAtMs);
  }
}

function tick() {
  const nowMs = performance.now() + offsetMs;
  for (const countdown of document.querySelectorAll("[data-countdown]")) {
    const leftMs = Number(countdown.getAttribute("data-countdown")) - nowMs;
    paint(countdown, Math.max(0, Math.ceil(leftMs / 1000)));
    countdown.classList.toggle("countdown-soon", leftMs < 60_000);
    if (leftMs > 0 || announcedOpen) continue;
    announcedOpen = true;
    document.dispatchEvent(new CustomEvent("kamidrop:opens"));
  }
}

/**
 * @param {Element} countdown
 * @param {number} seconds
 */
function paint(countdown, seconds) {
  const parts = {
    days: Math.floor((seconds * 1000) / DAY_MS),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
  for (const [unit, value] of Object.entries(parts)) {
    const figure = countdown.querySelector(`[data-unit="${unit}"]`);
    if (!figure) continue;
    figure.textContent = String(value).padStart(2, "0");
    figure.parentElement?.toggleAttribute("hidden", unit === "days" && value === 0);
  }
}

tick();
setInterval(tick, 250);

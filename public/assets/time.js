// @ts-check
// Moments in the reader's own time zone, and deadlines as clocks that run down.

document.documentElement.classList.add("js");

/** Below this much time left a deadline is drawn as one that presses. */
const SOON_MS = 60_000;

const words = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium",
  timeStyle: "short",
});

/** How far the visitor's clock is ahead of the server's; known from what the server wrote. */
let aheadMs = 0;

/** Once for the page, and again for what is swapped in. */
function begin() {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(at.getTime())) time.textContent = words.format(at);
  }
  const clock = document.querySelector("[data-deadline][data-now]");
  if (clock) aheadMs = Date.now() - Number(clock.getAttribute("data-now"));
  tick();
}

function tick() {
  for (const clock of document.querySelectorAll("[data-deadline]")) {
    const leftMs = Math.max(0, Number(clock.getAttribute("data-deadline")) - Date.now() + aheadMs);
    const seconds = Math.ceil(leftMs / 1000);
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) =>
      String(part).padStart(2, "0"),
    );
    if (seconds >= 3600) parts.unshift(String(Math.floor(seconds / 3600)));
    clock.textContent = parts.join(":");
    clock.classList.toggle("soon", leftMs < SOON_MS);
  }
}

begin();
setInterval(tick, 1000);
document.addEventListener("kamidrop:swapped", begin);

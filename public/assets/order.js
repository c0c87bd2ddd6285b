// @ts-check
// Keeps an order's page true without a reload: listens to the order's events and swaps in what the
// server renders. Where listening does not work it asks, as often as the server says.

// Each step here waits for what the one before it brought.
/* oxlint-disable no-await-in-loop */

const POLL_MS = 3_000;
const RETRY_MS_MAX = 20_000;

const live = document.getElementById("live");
if (live) {
  tidyAddress();
  settle();
  void follow(live);
}

/** What a gateway appended to our address on the way back means nothing here: out of sight. */
function tidyAddress() {
  if (location.search !== "") history.replaceState(null, "", location.pathname);
}

/** The order as it is drawn now. */
function shown() {
  const order = document.getElementById("order");
  return {
    version: Number(order?.dataset["version"] ?? 0),
    settled: order?.dataset["settled"] !== undefined,
    pending: order?.dataset["state"] === "pending",
    productId: order?.dataset["productId"] ?? "",
    pollAfterMs: Number(order?.dataset["pollAfterMs"]) || POLL_MS,
  };
}

/**
 * Listens until the order waits for nothing. A line that breaks is taken up again; what happened in
 * between is fetched first, so nothing is missed.
 * @param {HTMLElement} page
 */
async function follow(page) {
  let failures = 0;
  while (!shown().settled) {
    const heard = await listen(page);
    failures = heard ? 0 : failures + 1;
    if (shown().settled) return;
    await pause(Math.min(shown().pollAfterMs * 2 ** Math.max(0, failures - 1), RETRY_MS_MAX));
    const fetched = await refresh(page);
    document.getElementById("offline")?.toggleAttribute("hidden", fetched);
  }
}

/**
 * One line of events (Server-Sent Events, read by hand: the browser's own reader cannot send the
 * token). True if anything was heard on it.
 * @param {HTMLElement} page
 */
async function listen(page) {
  let heard = false;
  try {
    const response = await fetch(`/api/v1/orders/${page.dataset["orderId"]}/events`, {
      headers: { authorization: `Bearer ${page.dataset["token"]}`, accept: "text/event-stream" },
      cache: "no-store",
    });
    if (!response.ok || !response.body) return false;
    const lines = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await lines.read();
      if (done) return heard;
      heard = true;
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      if (events.some(isNews)) await refresh(page);
      if (shown().settled) {
        await lines.cancel();
        return true;
      }
    }
  } catch {
    // The line broke: follow() takes it up again.
    return heard;
  }
}

/**
 * Whether an event speaks of a version that is not drawn yet.
 * @param {string} event
 */
function isNews(event) {
  const data = event
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5));
  if (data.length === 0) return false;
  return JSON.parse(data.join("\n")).version > shown().version;
}

/**
 * Fetches the order as the server draws it, and shows it if it is newer. True if it could be fetched.
 * @param {HTMLElement} page
 */
async function refresh(page) {
  try {
    const response = await fetch(`${location.pathname}?fragment=1`, { cache: "no-store" });
    if (!response.ok) return false;
    swap(page, await response.text());
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {HTMLElement} page
 * @param {string} html
 */
function swap(page, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("order");
  const before = shown();
  if (!fresh || Number(fresh.dataset["version"]) <= before.version) return;
  const hadFocus = page.contains(document.activeElement);
  if (page.querySelector(".ticket") === null) fresh.classList.add("order-arrived");
  page.replaceChildren(document.adoptNode(fresh));
  if (hadFocus) page.querySelector("h1")?.setAttribute("tabindex", "-1");
  if (hadFocus) page.querySelector("h1")?.focus();
  announce(fresh.dataset["announcement"] ?? "");
  settle();
  document.dispatchEvent(new CustomEvent("kamidrop:swapped"));
}

/** @param {string} words */
function announce(words) {
  const shop = document.title.split(" · ").at(-1);
  document.title = shop ? `${words} · ${shop}` : words;
  const announcement = document.getElementById("announcement");
  if (announcement) announcement.textContent = words;
}

/** An order that waits for no payment is done: buying the product again is another purchase. */
function settle() {
  const { pending, productId } = shown();
  if (pending || productId === "") return;
  try {
    sessionStorage.removeItem(`kamidrop:key:${productId}`);
  } catch {
    // No storage, no key kept in it.
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

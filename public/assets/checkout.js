// @ts-check
// The checkout's live total, its quantity buttons, and the key that makes a purchase one purchase.

document.documentElement.classList.add("js");

/**
 * @typedef {{ minQuantity: number, unitPriceMinor: number }} Tier
 * @typedef {{ priceMinor: number, priceTiers: Tier[] }} Price
 * @typedef {{ fixedMinor: number, basisPoints: number, minMinor: number, maxMinor: number }} Account
 * @typedef {{ locale: string, currency: string, digits: number, free: string,
 *   methods: Record<string, Account[]>, prices: Record<string, Price> }} PriceSheet
 */

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-checkout]"));
if (form) {
  keepKey(form);
  showTotal(form);
  form.addEventListener("input", () => showTotal(form));
  steppers(form);
  document.getElementById("problems")?.focus();
}

/**
 * The idempotency key is made here, kept for this product in this tab, and sent with every try of
 * the same purchase: a double click, a reload, the way back from the cashier all find one order.
 * Another choice is another purchase and gets another key. The order's page forgets the key once
 * the order waits for nothing any more.
 * @param {HTMLFormElement} checkout
 */
function keepKey(checkout) {
  const input = field(checkout, "idempotency_key");
  const place = `kamidrop:key:${checkout.dataset["checkout"]}`;
  let kept = checkout.dataset["keyRenewed"] === undefined ? read(place) : null;
  kept ??= { key: newKey(), purchase: null };
  input.value = kept.key;
  write(place, kept);

  checkout.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    const purchase = purchaseOf(checkout);
    const last = read(place) ?? { key: input.value, purchase: null };
    const key = last.purchase === null || last.purchase === purchase ? last.key : newKey();
    input.value = key;
    write(place, { key, purchase });
  });
}

/**
 * What makes two tries the same purchase: every answer, but the key and the sum.
 * @param {HTMLFormElement} checkout
 */
function purchaseOf(checkout) {
  const answers = [...new FormData(checkout)].filter(
    ([name]) => name !== "idempotency_key" && name !== "expected_amount_minor",
  );
  return digest(JSON.stringify([document.documentElement.lang, ...answers]));
}

/**
 * Short and not to be read back: the answers may hold a password. FNV-1a, twice, with two offsets.
 * @param {string} text
 */
function digest(text) {
  return [0x811c9dc5, 0x050c5d1f]
    .map((offset) => {
      let hash = offset;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      return (hash >>> 0).toString(16);
    })
    .join("");
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} place
 * @returns {{ key: string, purchase: string | null } | null}
 */
function read(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Without storage (private modes) the key lives as long as the page does.
 * @param {string} place
 * @param {{ key: string, purchase: string | null }} kept
 */
function write(place, kept) {
  try {
    sessionStorage.setItem(place, JSON.stringify(kept));
  } catch {
    // Nothing to do: the form itself still holds the key.
  }
}

/** @param {HTMLFormElement} checkout */
function showTotal(checkout) {
  /** @type {PriceSheet} */
  const sheet = JSON.parse(checkout.dataset["prices"] ?? "{}");
  const choice = new FormData(checkout);
  const price = sheet.prices[String(choice.get("variant") ?? "")];
  const quantity = Number(choice.get("quantity"));
  if (!price || !Number.isInteger(quantity) || quantity < 1) return;

  const unit = unitPrice(price, quantity);
  const saved = Math.max(0, (price.priceMinor - unit) * quantity);
  const sum = unit * quantity;
  const fee = showMethods(checkout, sheet, sum);
  const total = sum + fee;
  fill(checkout, "[data-total]", money(sheet, total));
  fill(checkout, "[data-unit]", money(sheet, unit));
  fill(checkout, "[data-count]", String(quantity));
  fill(checkout, "[data-saved]", money(sheet, saved));
  for (const row of checkout.querySelectorAll("[data-saved-row]")) {
    row.toggleAttribute("hidden", saved === 0);
  }
  fill(checkout, "[data-fee]", money(sheet, fee));
  for (const row of checkout.querySelectorAll("[data-fee-row]")) {
    row.toggleAttribute("hidden", fee === 0);
  }
  for (const label of checkout.querySelectorAll("button [data-total]")) {
    label.toggleAttribute("hidden", total === 0);
  }
  field(checkout, "expected_amount_minor").value = String(total);
}

/**
 * Shows the ways to pay that take the sum, each with its fee, and answers the fee of the chosen one.
 * @param {HTMLFormElement} checkout
 * @param {PriceSheet} sheet
 * @param {number} sum
 */
function showMethods(checkout, sheet, sum) {
  /** @type {{ input: HTMLInputElement, fee: number }[]} */
  const taking = [];
  for (const label of checkout.querySelectorAll("[data-method]")) {
    const input = label.querySelector("input");
    const side = label.querySelector("[data-method-fee]");
    if (!input || !side) continue;
    const fee = feeBy(sheet.methods[input.value] ?? [], sum);
    label.toggleAttribute("hidden", fee === null);
    input.disabled = fee === null;
    side.toggleAttribute("hidden", !fee);
    const amount = side.querySelector("span");
    if (amount) amount.textContent = money(sheet, fee ?? 0);
    if (fee !== null) taking.push({ input, fee });
  }
  checkout.querySelector("[data-no-method]")?.toggleAttribute("hidden", taking.length > 0);
  const chosen = taking.find(({ input }) => input.checked) ?? taking[0];
  if (chosen && sum > 0) chosen.input.checked = true;
  return chosen?.fee ?? 0;
}

/**
 * The fee of the first account that takes the sum, as the server reckons: the share rounded half up.
 * Null where none does.
 * @param {Account[]} accounts
 * @param {number} sum
 */
function feeBy(accounts, sum) {
  for (const { fixedMinor, basisPoints, minMinor, maxMinor } of accounts) {
    const fee = sum === 0 ? 0 : fixedMinor + Math.floor((sum * basisPoints + 5000) / 10000);
    if (sum + fee >= minMinor && sum + fee <= maxMinor) return fee;
  }
  return null;
}

/**
 * The tier with the largest minimum that the quantity reaches, as the server reckons.
 * @param {Price} price
 * @param {number} quantity
 */
function unitPrice(price, quantity) {
  let reached = { minQuantity: 0, unitPriceMinor: price.priceMinor };
  for (const tier of price.priceTiers) {
    if (tier.minQuantity <= quantity && tier.minQuantity > reached.minQuantity) reached = tier;
  }
  return reached.unitPriceMinor;
}

/**
 * @param {PriceSheet} sheet
 * @param {number} amountMinor
 */
function money({ locale, currency, digits, free }, amountMinor) {
  if (amountMinor === 0) return free;
  const format = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  return new Intl.NumberFormat(locale, /** @type {Intl.NumberFormatOptions} */ (format)).format(
    amountMinor / 10 ** digits,
  );
}

/** @param {HTMLFormElement} checkout */
function steppers(checkout) {
  for (const button of checkout.querySelectorAll("[data-step]")) {
    const input = /** @type {HTMLInputElement | null} */ (
      button.parentElement?.querySelector("input") ?? null
    );
    if (!input) continue;
    button.removeAttribute("hidden");
    button.addEventListener("click", () => {
      const next = (Number(input.value) || 0) + Number(button.getAttribute("data-step"));
      input.value = String(Math.min(Math.max(next, 1), Number(input.max) || next));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

/**
 * @param {HTMLFormElement} checkout
 * @param {string} selector
 * @param {string} text
 */
function fill(checkout, selector, text) {
  for (const place of checkout.querySelectorAll(selector)) place.textContent = text;
}

/**
 * @param {HTMLFormElement} checkout
 * @param {string} name
 */
function field(checkout, name) {
  return /** @type {HTMLInputElement} */ (checkout.elements.namedItem(name));
}

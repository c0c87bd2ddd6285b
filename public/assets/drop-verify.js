// @ts-check
// The verify page: works out a place from an e-mail without sending it. Where the browser lacks
// WebCrypto (a page that is not secure), the form goes to the server, which says the same.

const form = document.querySelector("form[data-proof]");
if (form instanceof HTMLFormElement && "subtle" in crypto) {
  const hint = form.querySelector(".hint");
  if (hint) hint.textContent = form.dataset["hint"] ?? "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) void prove(form);
  });
}

/** @param {HTMLFormElement} asked */
async function prove(asked) {
  // Under the address that this script has, so that a new version of one brings the other's.
  /** @type {typeof import("./drop-proof.js")} */
  const { drawOf, hex, identityOf } = await import(
    `./drop-proof.js${new URL(import.meta.url).search}`
  );
  const { drop = "", seed = "", early = "", people = "" } = asked.dataset;
  const email = String(new FormData(asked).get("email"));
  const identity = await identityOf(drop, email);
  const { digits, fraction } = await drawOf(seed, identity);
  const result = document.getElementById("proof-result");
  if (!result) return;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const total = Number(people);
  const isAdmitted = fraction < Number(early);
  fill(result, "identity", hex(identity));
  fill(result, "draw", `${fraction.toFixed(6)} (0x${digits} / 2^52)`);
  fill(
    result,
    "place",
    (asked.dataset["placeWords"] ?? "")
      .replace("#1", number.format(Math.max(1, Math.round(fraction * total))))
      .replace("#2", number.format(total)),
  );
  result.querySelector("[data-admitted]")?.toggleAttribute("hidden", !isAdmitted);
  result.querySelector("[data-refused]")?.toggleAttribute("hidden", isAdmitted);
  result.hidden = false;
  result.focus();
}

/**
 * @param {HTMLElement} result
 * @param {string} name
 * @param {string} words
 */
function fill(result, name, words) {
  const place = result.querySelector(`[data-proof-${name}]`);
  if (place) place.textContent = words;
}

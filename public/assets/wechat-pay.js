// @ts-check
// Opens WeChat's payment sheet with what the server signed. What the sheet answers may be made up: the server
// asks the gateway, and the page follows the order as it always does.

/** How long WeChat may take to put its bridge into the page. */
const BRIDGE_MS = 4_000;

const BUTTON = "[data-wechat-pay]";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest(BUTTON) : null;
  if (button instanceof HTMLButtonElement) void pay(button);
});

const now = document.querySelector(`${BUTTON}[data-now]`);
if (now instanceof HTMLButtonElement) void pay(now);

/** @param {HTMLButtonElement} button */
async function pay(button) {
  button.disabled = true;
  say(button, "");
  const bridge = await bridgeOf();
  if (bridge === null) {
    button.disabled = false;
    return say(button, button.dataset["outside"] ?? "");
  }
  const fields = JSON.parse(button.dataset["wechatPay"] ?? "{}");
  bridge.invoke("getBrandWCPayRequest", fields, (answer) => {
    button.disabled = false;
    if (answer.err_msg === "get_brand_wcpay_request:ok") {
      say(button, button.dataset["checking"] ?? "");
      void ask();
    } else if (answer.err_msg !== "get_brand_wcpay_request:cancel") {
      say(button, button.dataset["failed"] ?? "");
    }
  });
}

/** The notice says it too; whoever is first. */
async function ask() {
  const live = document.getElementById("live");
  const address = `/orders/${live?.dataset["orderId"]}/ask-gateway`;
  await fetch(address, { method: "POST", redirect: "manual" }).catch(() => undefined);
}

/**
 * @typedef {{ invoke(act: string, fields: object, heard: (answer: { err_msg: string }) => void): void }} Bridge
 * @returns {Promise<Bridge | null>} null outside WeChat
 */
function bridgeOf() {
  const found = () => /** @type {{ WeixinJSBridge?: Bridge }} */ (window).WeixinJSBridge ?? null;
  if (found() !== null) return Promise.resolve(found());
  return new Promise((resolve) => {
    document.addEventListener("WeixinJSBridgeReady", () => resolve(found()), { once: true });
    setTimeout(() => resolve(found()), BRIDGE_MS);
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} words
 */
function say(button, words) {
  const note = button.parentElement?.querySelector("[role=status]");
  if (note) note.textContent = words;
}

/** The script that WeChat puts into pages, as far as a payment needs it; its sheet is a question of the browser's. */
export const BRIDGE = `
const answer = (heard, word) => heard({ err_msg: "get_brand_wcpay_request:" + word });
const post = (path, body) =>
  fetch("/sandbox/wechat/" + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
window.WeixinJSBridge = {
  async invoke(act, fields, heard) {
    const sheet = act === "getBrandWCPayRequest" ? await post("jsapi", fields) : null;
    if (sheet === null || !sheet.ok) return answer(heard, "fail");
    const { order, title, minor } = await sheet.json();
    if (!confirm("微信支付 · " + title + " · ¥" + (minor / 100).toFixed(2))) return answer(heard, "cancel");
    const paid = await post("pay", { order, mode: "pay" });
    answer(heard, paid.ok ? "ok" : "fail");
  },
};
document.dispatchEvent(new Event("WeixinJSBridgeReady"));
`;

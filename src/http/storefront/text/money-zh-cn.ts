import type { moneyEn } from "./money-en.ts";

export const moneyZhCn: typeof moneyEn = {
  title: "您的款项",
  what: {
    waits: (sum) => `已收到 ${sum}，但到账时库存已空。`,
    stopped: (sum) => `您已选择不再等待，${sum} 将退还给您。`,
    too_late: (sum) => `${sum} 到账时订单已过期或取消，未购买任何商品。`,
    second_payment: (sum) => `本订单此前已付款，又收到 ${sum}，未购买其他商品。`,
    told_twice: (sum) => `两个支付渠道以同一交易号上报了 ${sum}，店家会核实是一笔还是两笔付款。`,
    paid_less: (sum, total) =>
      `收到 ${sum}，少于订单金额 ${total}，未购买任何商品。请勿补付差额，多笔款项不会合并计算。`,
    paid_more: (sum, total) => `收到 ${sum}，多于订单金额 ${total}，未购买任何商品。`,
    other_currency: (sum, total) => `收到 ${sum}，与订单金额 ${total} 币种不同，未购买任何商品。`,
    declined: (sum) => `店家未接受此订单，应退还您 ${sum}。`,
  },
  keys: "等待中的订单按付款先后发货。卡密到货后会自动显示在这里，并发送到您的邮箱。",
  setAside: (count, of) => `您的 ${of} 个卡密中已有 ${count} 个为您预留，其余到货后一并发货。`,
  keysUntil: "届时若仍无卡密，将自动退款：",
  keysForever: "店家未设置等待期限，您可以随时在下方选择不再等待。",
  refund: "我们会请支付平台按原路退回，银行到账可能需要几天。您无需任何操作。",
  refundBy: "最迟申请时间：",
  person: "店家会人工退款给您，或与您协商处理。您无需任何操作。",
  personBy: "最迟处理时间：",
  overdue: "已超过上述时间，请凭订单号联系店家。",
  stop: {
    open: "不再等待，申请退款",
    sure: (sum) => `确定不再等待并退回 ${sum} 吗？此后即使到货，本订单也不会再发卡密，且无法撤销。`,
    refund: "我们会立即请支付平台按原路退回，银行到账可能需要几天。",
    person: "店家会人工退款给您，最迟处理时间：",
    confirm: "不再等待，申请退款",
  },
  stopped: {
    headline: "您已选择不再等待",
    explain: "本订单不会再发卡密，款项的处理方式见下方。",
  },
};

import type { DeliveryPurpose } from "./delivery.ts";
import type { Locale } from "../locale.ts";

/** Every sentence of a mail. A locale that lacks one does not compile. */
export interface MailStrings {
  readonly subject: Readonly<Record<DeliveryPurpose, (title: string) => string>>;
  readonly heading: Readonly<Record<DeliveryPurpose, string>>;
  readonly intro: Readonly<Record<DeliveryPurpose, string>>;
  readonly product: string;
  readonly quantity: string;
  readonly amount: string;
  readonly orderId: string;
  readonly goneBack: string;
  readonly keys: (count: number) => string;
  readonly note: string;
  /** Beyond what the mail lists; with and without a link to the rest. */
  readonly moreOnPage: (count: number) => string;
  readonly more: (count: number) => string;
  readonly openOrder: string;
  readonly linkIsSecret: string;
  readonly footer: string;
}

const zhCN: MailStrings = {
  subject: {
    keys: (title) => `您的卡密：${title}`,
    unfilled: (title) => `已收到付款，等待补货：${title}`,
    refunded: (title) => `已退款：${title}`,
    part_refunded: (title) => `已退回款项：${title}`,
  },
  heading: {
    keys: "您的卡密",
    unfilled: "已收到您的付款",
    refunded: "您的订单已退款",
    part_refunded: "已向您退回款项",
  },
  intro: {
    keys: "感谢购买。您的卡密如下，请妥善保管。",
    unfilled:
      "您的付款已到账，但该商品暂时缺货。补货后会优先为等待中的订单自动发货，并再次发邮件给您；若无法补货，商家会为您退款。您也可以在订单页选择不再等待并申请退款。您无需再次付款。",
    refunded:
      "该订单的款项已全部退回。通过支付渠道退回的款项将原路返回，到账可能需要几天。您无需任何操作。",
    part_refunded:
      "该订单的以下款项已退回，订单本身不变。通过支付渠道退回的款项将原路返回，到账可能需要几天。您无需任何操作。",
  },
  product: "商品",
  quantity: "数量",
  amount: "金额",
  orderId: "订单号",
  goneBack: "已退回",
  keys: (count) => `卡密（${count}）`,
  note: "备注",
  moreOnPage: (count) => `另有 ${count} 个卡密，请在订单页查看。`,
  more: (count) => `另有 ${count} 个卡密未列出，请凭订单号查询订单。`,
  openOrder: "查看订单",
  linkIsSecret: "拿到此链接的人都能看到您的卡密，请勿转发。",
  footer: "这是一封自动发送的邮件。如非您本人购买，请忽略。",
};

const en: MailStrings = {
  subject: {
    keys: (title) => `Your keys: ${title}`,
    unfilled: (title) => `Payment received, waiting for stock: ${title}`,
    refunded: (title) => `Refunded: ${title}`,
    part_refunded: (title) => `Money sent back: ${title}`,
  },
  heading: {
    keys: "Your keys",
    unfilled: "We have your payment",
    refunded: "Your order was refunded",
    part_refunded: "Money was sent back to you",
  },
  intro: {
    keys: "Thank you for your purchase. Here is what you bought; keep it safe.",
    unfilled:
      "Your payment has arrived, and the product is out of stock at the moment. As soon as there is stock again, orders that wait come before anyone new, and we mail you the keys; if that cannot be done, the shop refunds you. On the order's page you may also stop waiting and have your money back. You need not pay again.",
    refunded:
      "All of the money of this order has gone back. What was returned the way you paid may take some days to arrive. You need not do anything.",
    part_refunded:
      "Money that you paid for this order has gone back, in the sums below; the order itself stays as it is. What was returned the way you paid may take some days to arrive. You need not do anything.",
  },
  product: "Product",
  quantity: "Quantity",
  amount: "Amount",
  orderId: "Order",
  goneBack: "Went back",
  keys: (count) => (count === 1 ? "Your key" : `Your ${count} keys`),
  note: "Note",
  moreOnPage: (count) => `${count} more ${count === 1 ? "key is" : "keys are"} on the order page.`,
  more: (count) =>
    `${count} more ${count === 1 ? "key is" : "keys are"} not listed here; look the order up by its number.`,
  openOrder: "View the order",
  linkIsSecret: "Whoever has this link can see your keys: do not pass it on.",
  footer: "This mail was sent automatically. If you bought nothing, please ignore it.",
};

export const MAIL_STRINGS: Readonly<Record<Locale, MailStrings>> = { "zh-CN": zhCN, en };

import type { OutlookKind } from "../../../domain/payments/money-outlook.ts";

/** `sum` is what came, `total` what the order costs. */
const what: Record<OutlookKind, (sum: string, total: string) => string> = {
  waits: (sum: string) => `${sum} arrived when no keys were left.`,
  stopped: (sum: string) => `You have stopped waiting: ${sum} goes back to you.`,
  too_late: (sum: string) => `${sum} arrived after this order had ended. It has bought nothing.`,
  second_payment: (sum: string) =>
    `${sum} arrived although this order was paid already. It has bought nothing more.`,
  told_twice: (sum: string) =>
    `${sum} was reported to us by two payment services under one number. The shop looks whether that is one payment or two.`,
  paid_less: (sum: string, total: string) =>
    `${sum} arrived, which is less than the ${total} of this order. It has bought nothing.`,
  paid_more: (sum: string, total: string) =>
    `${sum} arrived, which is more than the ${total} of this order. It has bought nothing.`,
  other_currency: (sum: string, total: string) =>
    `${sum} arrived, and this order is ${total}: another currency. It has bought nothing.`,
  declined: (sum: string) => `The shop has declined this order and owes you ${sum}.`,
};

/** What an order's page says of money that has not simply bought keys; its shape is what every language must have. */
export const moneyEn = {
  title: "Your money",
  what,
  /** What the buyer can do, beyond waiting. */
  can: {
    waits: null,
    stopped: null,
    declined: null,
    second_payment: null,
    told_twice: null,
    too_late: "If you still want the keys, place a new order.",
    paid_less:
      "Please do not send the difference: sums are not added up. If you still want the keys, place a new order.",
    paid_more: "If you still want the keys, place a new order.",
    other_currency: "If you still want the keys, place a new order.",
  } satisfies Record<OutlookKind, string | null> as Record<OutlookKind, string | null>,
  keys: "Keys that come go to orders that wait before anyone new can buy them. Yours appear here by themselves, and in your mail.",
  setAside: (count: number, of: number) =>
    `${count} of your ${of} keys ${count === 1 ? "is" : "are"} set aside for you; all are delivered together once the rest has come.`,
  keysUntil: "Without keys by then, your money goes back by itself:",
  keysForever: "The shop has set no end to the waiting. You may end it yourself, below.",
  refund:
    "The payment service is asked to send it back the way it came; your bank may then take some days. You need not do anything.",
  refundBy: "Asked at the latest:",
  person:
    "A person of the shop sends it back to you, or settles it with you. You need not do anything.",
  personBy: "At the latest:",
  overdue: "That time has passed. Please write to the shop and name your order number.",
  stop: {
    open: "Stop waiting, money back",
    sure: (sum: string) =>
      `Stop waiting and have ${sum} back? This order then gets no keys, even if some arrive. It cannot be undone.`,
    refund:
      "The payment service is asked at once to send it back the way it came; your bank may then take some days.",
    person: "A person of the shop sends it back to you, at the latest:",
    confirm: "Stop waiting, money back",
  },
  returning: {
    headline: "Paid: your money comes back",
    explain: "No keys were left when your payment arrived, and the shop gives it back.",
  },
  asked: {
    headline: "Your money is on its way back",
    explain:
      "The payment service was asked to send it back the way it came; your bank may then take some days.",
  },
  stopped: {
    headline: "You have stopped waiting",
    explain: "This order gets no keys any more. What happens to your money stands below.",
  },
};

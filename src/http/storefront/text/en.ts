import type { OrderState } from "../../../domain/order/order.ts";
import type { Availability } from "../../../domain/product/product.ts";
import { dropEn } from "./drop-en.ts";
import { moneyEn } from "./money-en.ts";

/** What the pages say in English; its shape is what every language must have. */
export const en = {
  name: "English",
  shop: {
    tagline: "Digital keys, delivered the second you pay.",
    products: "Products",
    lookup: "My orders",
    skip: "Skip to content",
    secure: "Keys are sealed until they are yours.",
    poweredBy: "Powered by kamidrop",
  },
  list: {
    empty: "Nothing is on sale yet",
    emptyHint: "Come back a little later: new keys are on their way.",
    /** Before and after the lowest price. */
    from: ["from ", ""] as [string, string],
  },
  availability: {
    in_stock: "In stock",
    low: "Few left",
    sold_out: "Sold out",
    upcoming: "Coming soon",
    closed: "Not on sale",
  } satisfies Record<Availability, string>,
  left: (count: number) => `${count} left`,
  product: {
    about: "About this product",
    free: "Free",
    variant: "Choose a version",
    quantity: "Quantity",
    buy: "Buy now",
    getFree: "Get it free",
    tiers: "Buy more, pay less",
    tierQuantity: "Quantity",
    tierPrice: "Price each",
    tierFrom: (count: number) => `${count} or more`,
    opens: "On sale from",
    closes: "On sale until",
    soldOut: "All keys are sold. Keys of unpaid orders come back within minutes.",
    closed: "This product is not on sale at the moment.",
    upcoming: "The sale has not begun yet.",
    auto: "Delivered automatically, on the page and by mail",
    manual: "Delivered by a person, by mail and on the order page",
    perOrder: (count: number) => `Up to ${count} per order`,
    perBuyer: (count: number) => `Up to ${count} per buyer`,
  },
  checkout: {
    title: "Checkout",
    back: "Back to the product",
    email: "E-mail",
    emailHint: "A copy of your keys goes here, and it finds your order again.",
    payment: "Pay with",
    details: "Details for this product",
    optional: "optional",
    password: "Look-up password",
    passwordSummary: "Set a look-up password",
    passwordHint: "With it and your e-mail you find your orders without their numbers.",
    total: "Total",
    saved: "You save",
    fee: "Payment fee",
    openElsewhere:
      "More ways to pay open in your own browser: use this app’s menu to open the page there.",
    noMethodForSum: "No way to pay takes this sum. Choose another quantity.",
    unit: "Price each",
    update: "Update total",
    more: "One more",
    less: "One less",
    pay: "Pay",
    getFree: "Get it free",
    submitting: "Submitting…",
    held: (minutes: number) => `Your keys are held for ${minutes} min while you pay.`,
    noMethods: "This shop takes no payments at the moment. Please come back later.",
  },
  challenge: {
    title: "Are you a person?",
    why: {
      order: "This order needs a quick check that a person is placing it. What you typed is kept.",
      ticket:
        "Many people want to join at the moment. A quick check that you are one of them: what you typed is kept.",
    },
    noScript: "The check needs scripts. Turn them on for this page, or write to the shop.",
    asked:
      "One more step: show that you are a person, below, and submit again. Nothing was ordered yet.",
    failed: "The check did not succeed. Nothing was ordered: please try it again.",
  },
  refusal: {
    heading: "Please check the following",
    email: "Enter a valid e-mail address, such as name@example.com.",
    quantity: (max: number) => `Enter a whole number from 1 to ${max}.`,
    variant: "Choose one of the versions.",
    payment: "Choose how you would like to pay.",
    field_required: (label: string) => `Fill in: ${label}.`,
    field_too_long: (label: string, max: number) => `${label}: at most ${max} characters.`,
    password: "A look-up password has 6 to 128 characters.",
    sold_out: (available: number) =>
      available === 0
        ? "The last key was just taken. Keys of unpaid orders come back within minutes."
        : `Only ${available} left. Choose a smaller quantity.`,
    limit_order: (limit: number) => `At most ${limit} per order.`,
    limit_buyer: (limit: number) => `At most ${limit} per buyer: you have reached that limit.`,
    risk_denied:
      "The shop cannot take this order. Nothing was ordered. If you think that this is a mistake, write to the shop.",
    limit_holds: (limit: number) =>
      `At most ${limit} may be reserved and unpaid at a time, by you or from your network. Pay for or cancel an order, or try again in some minutes.`,
    not_on_sale: "This product is not on sale at the moment.",
    ticket_required:
      "This product is being sold in a drop: join the line, and order when it is your turn.",
    ticket_not_admitted: "It is not your turn yet. Wait in the line: your place is kept.",
    ticket_used: "Your place in the line has bought already. Each place buys once.",
    price_changed: (money: string) =>
      `The total is now ${money}. Nothing was ordered: submit again to agree.`,
    amount_too_large: "This total is too large for one order. Choose a smaller quantity.",
    reused: "You have changed an order that was placed before. Submit again to place a new one.",
    too_many: (seconds: number) =>
      `Too many orders in a short time. Nothing was ordered: submit again in ${seconds} s.`,
    stale: "The page was too old to submit. Nothing was ordered: please submit again.",
  },
  handoff: {
    title: "To the payment page",
    text: "You are being taken to the payment page. If nothing happens, continue here:",
    go: "Continue to payment",
    back: "Back to my order",
  },
  order: {
    title: "Order",
    number: "Order number",
    headline: {
      pending: "Waiting for payment",
      paid: "Paid: your delivery is being prepared",
      delivered: "Your keys are here",
      expired: "This order has expired",
      cancelled: "This order was cancelled",
      unfilled: "Paid: we owe you a delivery",
      refunded: "This order was refunded",
    } satisfies Record<OrderState, string>,
    explain: {
      pending: "Your keys are held for you. They appear here the second your payment arrives.",
      paid: "A person of the shop delivers this product. It appears here and in your mail.",
      delivered: "Keep them safe. A copy is on its way to your mail.",
      expired: "It was not paid in time, so its keys went back on sale. You were not charged.",
      cancelled: "Nothing will be charged. If you have paid all the same, your keys appear here.",
      unfilled:
        "No keys were left when your payment arrived. Nothing is lost, and you need not pay again.",
      refunded: "The money goes back the way it came; the bank may need some days.",
    } satisfies Record<OrderState, string>,
    strayMoney: {
      headline: "Money arrived that this order could not take",
      explain:
        "It is not lost: what happens to it stands below. Please do not pay for this order again.",
    },
    money: moneyEn,
    refunds: {
      title: "Money back",
      asked: "on its way back",
      done: "went back",
      refused: "could not be sent back; the shop sees to it",
      total: (sum: string) => `Gone back so far: ${sum}`,
    },
    dispute: {
      open: {
        headline: "Paid: your bank decides about this money",
        explain:
          "Your bank or payment service was asked to take this payment back. Until it has decided, nothing more is delivered and the shop sends no refund, or you would be paid twice. If the money stays with the shop, the order goes on by itself.",
      },
      delivered:
        "Your bank or payment service was asked to take this payment back. Until it has decided the shop sends no refund, or you would be paid twice.",
      lost: {
        headline: "Your bank has taken this money back",
        explain:
          "The payment was disputed, and your bank or payment service returned it. This order is closed: nothing more is delivered for it.",
      },
    },
    review: {
      waiting: {
        headline: "Paid: the shop is checking your order",
        explain:
          "Your payment arrived and your keys are set aside for you. A person of the shop looks at this order before it is delivered; it then appears here and in your mail.",
      },
      rejected: {
        headline: "Paid: the shop does not deliver this order",
        explain:
          "The shop has looked at this order and declined it. No keys are delivered; it owes you your money back. Write to the shop with your order number.",
      },
    },
    step: { placed: "Placed", paid: "Paid", delivered: "Delivered" },
    remaining: "Time left to pay",
    minutes: (count: number) => `about ${count} min`,
    payNow: "Pay now",
    payCode: "Scan this code with your payment app",
    openInWechat: "Open this page inside WeChat to pay.",
    wechatFailed: "WeChat did not take the payment. You can try again.",
    wechatChecking: "Checking the payment…",
    gatewayRefused:
      "This payment method does not take the order. Please place it anew with another method.",
    gatewayUnavailable:
      "The payment service does not answer. Your order is kept; reload in a moment.",
    havePaid: "I have paid: check now",
    asked: {
      waiting:
        "The payment service has no payment for this order yet. If you have just paid, leave this page open: we go on asking by ourselves.",
      unavailable:
        "The payment service does not answer at the moment. Your money is not lost: we ask again by ourselves.",
      too_soon: "We asked a moment ago. Try again in a few seconds.",
      by_hand:
        "This payment cannot be checked from here: the shop confirms it when it has arrived.",
      refunded: "The payment service says that this payment was refunded to you.",
      not_recognized:
        "WeChat did not say who you are, so the payment could not be opened. Try again.",
      not_opened: "The payment could not be opened in WeChat. Try again in a moment.",
    },
    cancel: "Cancel order",
    cancelSure: "Cancel this order and give the keys back?",
    keys: (count: number) => (count === 1 ? "Your key" : `Your ${count} keys`),
    show: "Show",
    hide: "Hide",
    copy: "Copy",
    copyAll: "Copy all",
    copied: "Copied",
    copyFailed: "Show the key and copy it by hand.",
    download: "Download .txt",
    note: "Note",
    product: "Product",
    variant: "Version",
    quantity: "Quantity",
    price: "Price",
    fee: "Payment fee",
    amount: "Total",
    email: "E-mail",
    placed: "Placed",
    paid: "Paid",
    delivered: "Delivered",
    again: "Buy again",
    bookmark:
      "Come back to this page any time from this browser, or find the order with its number.",
    offline: "Connection lost. Trying again…",
  },
  lookup: {
    title: "Find my order",
    intro: "Enter your e-mail, and either the order number or the password you set at checkout.",
    email: "E-mail",
    orderId: "Order number",
    or: "or",
    password: "Look-up password",
    submit: "Find",
    needHalf: "Enter an order number or a look-up password.",
    nothing: "Nothing found",
    nothingHint: "Check both entries. An order appears here a few seconds after it is placed.",
    found: (count: number) => (count === 1 ? "1 order found" : `${count} orders found`),
    open: "Open",
  },
  drop: dropEn,
  problem: {
    not_found: "There is nothing here",
    not_found_hint: "The address may be mistyped, or the product is gone.",
    order: "We cannot show this order here",
    order_hint:
      "Open it from the link in your mail, or find it with its number and your e-mail below.",
    forbidden_origin: "This form came from another site",
    forbidden_origin_hint: "For your safety nothing was done. Please start from our own page.",
    shop_closed: "The shop is closed for now",
    shop_closed_hint:
      "Nothing was ordered. Orders and places in line are kept; please come back later.",
    orders_paused: "No new orders for the moment",
    orders_paused_hint:
      "The shop has paused sales. Nothing was ordered; what you ordered before goes on. Please come back later.",
    busy: "Too busy right now",
    busy_hint: "Nothing is lost. Wait a few seconds and try again.",
    too_many_requests: "Too many tries",
    too_many_requests_hint: "Wait a minute and try again.",
    internal: "Something went wrong here",
    internal_hint: "Nothing was charged by this. If it happens again, tell the shop this number:",
    other: "That did not work",
    other_hint: "Go back and try again.",
    again: "Try again",
    retry: (seconds: number) =>
      seconds < 90
        ? `You may try again in ${seconds} s.`
        : `You may try again in ${Math.ceil(seconds / 60)} min.`,
    home: "To the shop",
  },
};

export type Text = typeof en;

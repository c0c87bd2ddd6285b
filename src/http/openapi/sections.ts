/** A part of the reference: everything under one address. */
export interface Section {
  readonly tag: string;
  readonly description: string;
  /** What the address names in its path. */
  readonly names?: Readonly<Record<string, string>>;
}

const ADMIN_ORDER = { id: "An order's id, `ord_…`." };

/** By the beginning of the path; the longest that fits is the one. */
const SECTIONS: Readonly<Record<string, Section>> = {
  "/api/v1/products": {
    tag: "Catalogue",
    description: "What a shop sells, as buyers see it. About a second old at most.",
    names: { product: "A product's id (`prd_…`) or slug." },
  },
  "/api/v1/orders": {
    tag: "Buying",
    description:
      "Place an order, pay where `payment` says, hold the key. Each order has an access token of its own: whoever shows it sees the keys.",
    names: { id: "The order's id, `ord_…`." },
  },
  "/api/v1/order-lookups": {
    tag: "Buying",
    description: "",
  },
  "/api/v1/drops": {
    tag: "Drops",
    description: "",
    names: { id: "A drop's id, `drop_…`." },
  },
  "/admin/api/v1/merchants": {
    tag: "Merchants",
    description: "For the operator: who sells here.",
  },
  "/admin/api/v1/products": {
    tag: "Products",
    description: "What is sold, on which terms. Every change names the version it was made on.",
    names: { id: "A product's id (`prd_…`) or slug." },
  },
  "/admin/api/v1/products/{id}/keys": {
    tag: "Keys and stock",
    description:
      "The pool that automatic products are delivered from. Sealed, and masked in lists.",
    names: { id: "A product's id (`prd_…`) or slug." },
  },
  "/admin/api/v1/products/{id}/stock": {
    tag: "Keys and stock",
    description: "",
    names: { id: "A product's id (`prd_…`) or slug." },
  },
  "/admin/api/v1/refunds": {
    tag: "Orders",
    description: "",
  },
  "/admin/api/v1/drops": {
    tag: "Drops",
    description: "Flash sales of a product: its window, its line, and the draw that orders it.",
    names: { id: "A drop's id, `drop_…`." },
  },
  "/admin/api/v1/keys": {
    tag: "Keys and stock",
    description: "",
    names: { id: "A key's id, `key_…`." },
  },
  "/admin/api/v1/orders": {
    tag: "Orders",
    description: "What was bought. The list is moments behind; one order is the truth.",
    names: ADMIN_ORDER,
  },
  "/admin/api/v1/payment-accounts": {
    tag: "Payments",
    description: "Accounts at gateways, and the inbox of their notices.",
    names: { id: "An account's id, `acct_…`." },
  },
  "/admin/api/v1/payment-notices": {
    tag: "Payments",
    description: "",
    names: { id: "A notice's id, `ntc_…`." },
  },
  "/admin/api/v1/tasks": {
    tag: "Payments",
    description: "",
    names: { number: "A task's number." },
  },
  "/admin/api/v1/disputes": {
    tag: "Payments",
    description: "",
    names: { id: "A dispute's id, `dsp_…`." },
  },
  "/admin/api/v1/reconciliations": {
    tag: "Reconciliation",
    description: "A gateway's statement of a day against our books, and what they do not agree on.",
    names: {
      id: "A comparison's id, `stm_…`.",
      day: "`2026-11-24`, of each account on its gateway's calendar.",
      number: "The finding's `number`.",
    },
  },
  "/admin/api/v1/settings": {
    tag: "Settings",
    description: "What a merchant decides for the whole shop, by subject.",
  },
  "/admin/api/v1/reviews": {
    tag: "Risk",
    description: "Orders that somebody must look at before they are delivered.",
  },
  "/admin/api/v1/risk-lists": {
    tag: "Risk",
    description: "Whom a shop lets in or keeps out, whatever else is known of an order.",
    names: { id: "An entry's id, `rle_…`." },
  },
  "/admin/api/v1/tokens": {
    tag: "Tokens and audit log",
    description: "Who may do what, and who did what.",
    names: { id: "A token's id, `tok_…`." },
  },
  "/admin/api/v1/audit-log": { tag: "Tokens and audit log", description: "" },
  "/admin/api/v1/switches": {
    tag: "Switches",
    description: "For the operator: parts of the shop that are off for a while, and why.",
    names: { part: "The part, as it was switched off." },
  },
  "/admin/api/v1/findings": {
    tag: "Findings",
    description: "For the operator: where the books did not agree, and whether they do again.",
  },
  "/payments": {
    tag: "Gateways",
    description: "Where gateways report money. Signed by them; not for anyone else.",
    names: { accountId: "A payment account's id, `acct_…`." },
  },
  "/healthz": { tag: "Health", description: "For whoever watches over the service." },
  "/readyz": { tag: "Health", description: "" },
  "/metrics": { tag: "Health", description: "" },
};

/** The section of a path; null where it has none, and is no part of the reference. */
export function sectionOf(path: string): Section | null {
  const prefix = Object.keys(SECTIONS)
    .filter((each) => path === each || path.startsWith(`${each}/`))
    .toSorted((a, b) => b.length - a.length)[0];
  return prefix === undefined ? null : (SECTIONS[prefix] ?? null);
}

/** Tags in the order of the reference. */
export function tags(): { name: string; description: string }[] {
  return Object.values(SECTIONS)
    .filter(({ description }) => description !== "")
    .map(({ tag, description }) => ({ name: tag, description }));
}

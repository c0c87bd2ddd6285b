const ORDERS = "/api/v1/orders";

/** By the beginning of the path, the longest first. */
const KINDS: readonly (readonly [prefix: string, kind: string])[] = [
  ["/api/v1/order-lookups", "api_lookups"],
  ["/api/v1/products", "api_products"],
  ["/api/v1/drops", "api_drops"],
  ["/api/", "api_other"],
  ["/payments/", "notices"],
  ["/admin/", "admin"],
  ["/checkout/", "checkout"],
  ["/orders/", "order_page"],
  ["/drops/", "drop_page"],
  ["/p/", "product"],
  ["/lookup", "lookup"],
  ["/healthz", "health"],
  ["/readyz", "health"],
  ["/metrics", "health"],
];

/** The kind of address that a request is for, in one of a few words: a label of metrics. */
export function routeKind(method: string, path: string): string {
  if (path === "/") return "home";
  if (path.startsWith(ORDERS)) {
    if (path === ORDERS) return method === "POST" ? "api_place_order" : "api_other";
    return path.startsWith(`${ORDERS}/`) ? "api_order" : "api_other";
  }
  for (const [prefix, kind] of KINDS) {
    if (path.startsWith(prefix))
      return kind === "checkout" && method === "POST" ? "submit_checkout" : kind;
  }
  return "other";
}

const CLASSES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

export function statusClass(status: number): string {
  return CLASSES[Math.floor(status / 100)] ?? "other";
}

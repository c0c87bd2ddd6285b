/** What keeps wrangler and miniflare from looking things up on the network, and from chatter. */
export const OFFLINE = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  DO_NOT_TRACK: "1",
  X_LOCAL_OBSERVABILITY: "false",
  WRANGLER_LOG: "error",
} as const;

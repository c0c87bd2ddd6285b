import type { DropController } from "../../durable-objects/drop-controller/object.ts";
import type { ProductStock } from "../../durable-objects/product-stock/object.ts";
import type { RateLimiter } from "../../durable-objects/rate-limiter/object.ts";

/**
 * The Worker's environment as `wrangler types` generates it (worker-configuration.d.ts), with the
 * optional secrets that only some deployments set.
 */
export type Bindings = Env & {
  readonly DROP_CONTROLLER: DurableObjectNamespace<DropController>;
  readonly PRODUCT_STOCK: DurableObjectNamespace<ProductStock>;
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  /** Mail by SMTP: "smtps://user:password@host:465" or "smtp://…:587" (STARTTLS). */
  readonly SMTP_URL?: string;
  readonly RESEND_API_KEY?: string;
  /** Turnstile: the widget's public key and its secret; both, or no proof of a person is asked for. */
  readonly TURNSTILE_SITE_KEY?: string;
  readonly TURNSTILE_SECRET?: string;
  /** "development" on a developer's machine and in tests; the development build runs nowhere else. */
  readonly KAMIDROP_ENV?: string;
};

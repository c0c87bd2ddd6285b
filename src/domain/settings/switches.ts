import { z } from "zod";

const METHODS_MAX = 50;

/** Parts of a shop that its merchant may turn off, and on again. */
export const switchSettings = z.object({
  /**
   * Off: nothing is sold and nobody joins a line, and the pages that sell are one static page. What was
   * ordered goes on: payments, order pages, look-ups, mail.
   */
  shop: z.boolean().default(true),
  /** Off: no new order is taken; the catalogue stays. */
  orders: z.boolean().default(true),
  /** Off: mails with keys wait, and leave when it is on again (db/orders/deliveries). Codes for a line still go. */
  mail: z.boolean().default(true),
  /** Off: nobody is asked for a proof of a person. */
  challenge: z.boolean().default(true),
  /** Slugs of payment accounts that are not offered. */
  paymentMethodsOff: z.array(z.string().min(1).max(64)).max(METHODS_MAX).default([]),
});

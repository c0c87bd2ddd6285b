import { z } from "zod";

/** Parts of a shop that its merchant may turn off, and on again. */
export const switchSettings = z.object({
  /**
   * Off: nothing is sold and nobody joins a line, and the pages that sell are one static page. What was
   * ordered goes on: payments, order pages, look-ups, mail.
   */
  shop: z.boolean().default(true),
});

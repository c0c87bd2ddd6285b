import { z } from "zod";

/** The slug of the merchant whose shop it is. */
export const merchant = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe("Slug of the shop; without it, the shop of this address.");

/** Where nothing else is asked in the query; what a link adds to it (utm_source) is let be. */
export const shopQuery = z.object({ merchant });

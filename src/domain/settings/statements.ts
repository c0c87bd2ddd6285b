import { z } from "zod";

/** How gateways' statements come to be compared with the books. */
export const statementSettings = z.object({
  /** The schedule asks each gateway that has an API for it for the day that is over. Off: files are sent, or fetched by hand. */
  fetchByNight: z.boolean().default(true),
});

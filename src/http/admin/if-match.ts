import { Refused } from "../problem.ts";
import type { AdminContext } from "./admin-env.ts";

/** RFC 9110 §13.1.1, with our versions as entity tags; bare numbers are taken as well. */
export function ifMatch(c: AdminContext): number {
  const header = c.req.header("if-match");
  if (header === undefined) throw new Refused("if_match_required");
  const version = /^(?:W\/)?"?(\d{1,15})"?$/.exec(header.trim())?.[1];
  if (version !== undefined) return Number(version);
  const message = "must be the version that you have read";
  throw new Refused("invalid_header", { errors: [{ path: "if-match", message }] });
}

import { z } from "zod";
import { FETCH_STATES, type FetchState } from "../../../domain/statements/nightly.ts";
import { instant, timeJson, type Json } from "../../api/json.ts";

export const fetchStateShape = z.object({
  state: z
    .enum(FETCH_STATES)
    .describe(
      "`waiting`: it is asked for when it is due; `done`: there is a report; `none`: the gateway has none, and our books have no money of that day; `given_up`: it could not be had, a person's; `off`: the shop does not want it.",
    ),
  due_at: instant.nullable(),
  answer: z.string().nullable().describe("What came of the last try that brought no report."),
});

interface FetchStanding {
  readonly state: FetchState;
  readonly dueAtMs: number | null;
  readonly answer: string | null;
}

export function fetchStateJson({
  state,
  dueAtMs,
  answer,
}: FetchStanding): Json<typeof fetchStateShape> {
  return { state, due_at: timeJson(dueAtMs), answer };
}

import { z } from "zod";
import {
  ARCHIVE_BYTES_MAX,
  DamagedArchive,
  unzipped,
  wholeOf,
} from "../../../domain/statements/zip.ts";
import { Unavailable } from "../../../domain/overload/unavailable.ts";
import type { StatementDay, StatementDownload } from "../../../flows/payments/payment-ports.ts";
import { answerBase, call, refusal, type AlipayAccount } from "./alipay-api.ts";
import type { GatewayWorld } from "../gateway.ts";
import { unavailable } from "../outgoing.ts";

const AGAIN_SECONDS = 60;
/** Its own hosts, of the sandbox too. */
const HOST = /^(?:[a-z0-9-]+\.)+(?:alipay|alipaydev)\.com$/;

const found = answerBase.extend({ bill_download_url: z.string().optional() });

/**
 * The day's statement of business (alipay.data.dataservice.bill.downloadurl.query, `trade`), which Alipay has from
 * ten o'clock of the next. It is a ZIP of two files in GBK, the rows and a summary by shop; only the address is
 * signed, and what the rows come to stands at their end.
 */
export async function businessStatement(
  account: AlipayAccount,
  world: GatewayWorld,
  { day }: StatementDay,
): Promise<StatementDownload> {
  const content = { bill_type: "trade", bill_date: day };
  const method = "alipay.data.dataservice.bill.downloadurl.query";
  const answer = await call(account, world, { method, content }, found);
  if (answer.kind !== "answered") return answer;
  const { code, sub_code, sub_msg, bill_download_url } = answer.value;
  if (code !== "10000") return refusal(code, sub_code, sub_msg);
  const url = URL.parse(bill_download_url ?? "");
  if (url === null || !HOST.test(url.hostname)) return unavailable("address");
  // Its document writes http; the host speaks https as well.
  url.protocol = "https:";
  const file = await world.files.download({ method: "GET", url: url.href });
  if (file.kind !== "file") return file;
  const archive = await wholeOf(file.pieces, ARCHIVE_BYTES_MAX);
  if (archive === null) return unavailable("too_large");
  const pieces = unzipped(archive);
  if (pieces === null) return unavailable("not_understood");
  return { kind: "file", pieces: undamaged(pieces) };
}

/** A file that is damaged on its way is asked for again. */
async function* undamaged(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (cause) {
    if (!(cause instanceof DamagedArchive)) throw cause;
    throw new Unavailable("gateway", AGAIN_SECONDS, { cause });
  }
}

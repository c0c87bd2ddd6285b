import { z } from "zod";
import type { StatementDay, StatementDownload } from "../../flows/payment-ports.ts";
import { answerBase, call, refusal, type AlipayAccount } from "./alipay-api.ts";
import type { GatewayWorld } from "./gateway.ts";
import { unavailable } from "./outgoing.ts";
import { unzipped } from "./zip.ts";

/** The most of the ZIP, bytes: a day of 200,000 rows is a quarter of it. */
const ARCHIVE_BYTES_MAX = 16 * 1024 * 1024;
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
  const archive = await whole(file.pieces);
  if (archive === null) return unavailable("too_large");
  const pieces = unzipped(archive, isRows);
  return pieces === null ? unavailable("not_understood") : { kind: "file", pieces };
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | null> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.byteLength;
    if (length > ARCHIVE_BYTES_MAX) return null;
    kept.push(piece);
  }
  const archive = new Uint8Array(length);
  let at = 0;
  for (const piece of kept) {
    archive.set(piece, at);
    at += piece.byteLength;
  }
  return archive;
}

/** "…_业务明细.csv" and not "…_业务明细(汇总).csv". Names are GBK, or UTF-8 where they say so. */
function isRows(name: Uint8Array): boolean {
  return ["gb18030", "utf-8"].some((encoding) => {
    const text = new TextDecoder(encoding).decode(name);
    return text.includes("业务明细") && !text.includes("汇总");
  });
}

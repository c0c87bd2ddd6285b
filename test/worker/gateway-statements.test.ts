import { describe, expect, test } from "vitest";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { GatewayWorld } from "../../src/adapters/payments/gateway.ts";
import { CsvRecords } from "../../src/domain/statements/records.ts";
import { statementFormat } from "../../src/domain/statements/formats.ts";
import type { StatementFormatName, StatementRow } from "../../src/domain/statements/statement.ts";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import { err } from "../../src/domain/result.ts";
import type {
  PaymentAccount,
  PaymentAccounts,
  StatementDay,
  StatementDownload,
} from "../../src/flows/payments/payment-ports.ts";
import type { GuardedCall } from "../../src/flows/ports.ts";
import { guardedAccounts } from "../../src/platform/guarded-gateways.ts";
import {
  jsonResponse,
  MANNERS,
  NOW_MS,
  worldOfRude,
  worldWith,
} from "../support/worker/gateway-world.ts";
import { gbk } from "../support/worker/gbk.ts";
import { zip } from "../support/worker/zip.ts";
import { makeRsaKeys } from "../support/worker/rsa-keys.ts";

const FROM_MS = Date.UTC(2026, 10, 24);
const DAY: StatementDay = { day: "2026-11-24", fromMs: FROM_MS, toMs: FROM_MS + 86_400_000 };
const [ours, theirs] = await Promise.all([makeRsaKeys(), makeRsaKeys()]);
const KEY_ID = "PUB_KEY_ID_0111111111112026112500000001";

const CREDENTIALS = {
  alipay: {
    app_id: "2021000000000001",
    private_key: ours.privatePem,
    alipay_public_key: theirs.publicPem,
  },
  stripe: { secret_key: "sk_test_51HxkamidropTests", webhook_secret: "whsec_test_secret" },
  wechat: {
    appid: "wxd678efh567hg6787",
    mchid: "1900007291",
    serial_no: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
    private_key: ours.privatePem,
    api_v3_key: "0123456789abcdef0123456789ABCDEF",
    public_key: theirs.publicPem,
    public_key_id: KEY_ID,
  },
};

async function statement(
  name: keyof typeof CREDENTIALS,
  world: GatewayWorld,
  from: string | null = null,
) {
  const gateway = gatewayKind(name)?.make(CREDENTIALS[name], "CNY", world);
  if (gateway?.statement === undefined) throw new Error(`${name} has no statement`);
  return gateway.statement({ ...DAY, from });
}

async function textOf(download: StatementDownload): Promise<string> {
  if (download.kind !== "file") throw new Error(download.kind);
  const text = new TextDecoder();
  let whole = "";
  for await (const piece of download.pieces) whole += text.decode(piece, { stream: true });
  return whole;
}

function rowsOf(format: StatementFormatName, text: string): StatementRow[] {
  const { quotes, reader } = statementFormat(format);
  const [records, reading] = [new CsvRecords({ quotes }), reader()];
  return [...records.push(text), ...records.end()].flatMap(({ cells }) => {
    const read = reading.read(cells);
    return read.kind === "rows" ? read.rows : [];
  });
}

describe("Stripe's balance transactions of a day", () => {
  const movement = (n: number, changes: object = {}) => ({
    id: `txn_${n}`,
    object: "balance_transaction",
    created: FROM_MS / 1_000 + n,
    currency: "usd",
    amount: 1200,
    fee: 65,
    net: 1135,
    reporting_category: "charge",
    source: { id: `ch_${n}`, payment_intent: `pi_${n}`, metadata: { order_id: `ord_${n}` } },
    ...changes,
  });

  /** api.stripe.com with so many of them, newest first as there. */
  function otherSide(movements: readonly { id: string }[], asked: URL[] = []) {
    return (request: Request) => {
      const url = new URL(request.url);
      asked.push(url);
      if (request.headers.get("authorization") !== `Bearer ${CREDENTIALS.stripe.secret_key}`) {
        return jsonResponse({ error: { type: "invalid_request_error", message: "no key" } }, 401);
      }
      const after = url.searchParams.get("starting_after");
      const from = after === null ? 0 : movements.findIndex(({ id }) => id === after) + 1;
      const data = movements.slice(from, from + Number(url.searchParams.get("limit")));
      const has_more = from + data.length < movements.length;
      return jsonResponse({ object: "list", url: url.pathname, data, has_more });
    };
  }

  test("are read to the last page, as rows that name their payment and order", async () => {
    const asked: URL[] = [];
    const movements = [
      ...Array.from({ length: 95 }, (_, n) => movement(n)),
      movement(95, {
        amount: -1200,
        fee: 0,
        reporting_category: "refund",
        source: { id: "re_1", payment_intent: "pi_3", metadata: {} },
      }),
      movement(96, { reporting_category: "payout", source: "po_1" }),
    ];
    const text = await textOf(await statement("stripe", worldWith(otherSide(movements, asked))));
    const rows = rowsOf("stripe", text);
    expect(rows).toHaveLength(96);
    expect(rows[3]).toEqual({
      kind: "payment",
      tradeNo: "pi_3",
      orderRef: "ord_3",
      refundRef: null,
      money: { amountMinor: 1200, currency: "USD" },
      receivedMinor: 1200,
      feeMinor: 65,
      atMs: FROM_MS + 3_000,
    });
    expect(rows[95]).toMatchObject({ kind: "refund", tradeNo: "pi_3", refundRef: "re_1" });
    expect(asked).toHaveLength(3);
    expect(asked.map((url) => url.pathname)).toEqual(Array(3).fill("/v1/balance_transactions"));
    expect(asked[0]?.searchParams.get("created[gte]")).toBe(String(FROM_MS / 1_000));
    expect(asked[0]?.searchParams.get("created[lt]")).toBe(String(FROM_MS / 1_000 + 86_400));
  });

  test("of a long day come in parts that together have each movement once", async () => {
    const asked: URL[] = [];
    const movements = Array.from({ length: 2_500 }, (_, n) => movement(n));
    const world = worldWith(otherSide(movements, asked));
    const rows: StatementRow[] = [];
    let from: string | null = null;
    for (let parts = 1; ; parts++) {
      const download = await statement("stripe", world, from);
      rows.push(...rowsOf("stripe", await textOf(download)));
      from = download.kind === "file" ? (download.rest?.() ?? null) : null;
      if (from === null) {
        expect(parts).toBe(2);
        break;
      }
    }
    expect(rows.map(({ tradeNo }) => tradeNo)).toEqual(movements.map((_, n) => `pi_${n}`));
    expect(asked).toHaveLength(Math.ceil(2_500 / 40));
  });

  test("that break off in the middle are no statement", async () => {
    const good = otherSide(Array.from({ length: 95 }, (_, n) => movement(n)));
    let calls = 0;
    const world = worldWith((request) =>
      ++calls > 1 ? new Response("", { status: 500 }) : good(request),
    );
    await expect(textOf(await statement("stripe", world))).rejects.toThrow(
      "gateway is unavailable",
    );
  });

  test("are refused with a wrong key, and told as that", async () => {
    const world = worldWith(() => jsonResponse({ error: { type: "x", message: "no" } }, 401));
    expect(await statement("stripe", world)).toMatchObject({ reason: "credentials" });
  });

  test.each(MANNERS.filter(([manner]) => manner !== "empty-object"))(
    "of a gateway that is rude (%s) are unavailable: %s",
    async (manner, reason) => {
      const outcome = await statement("stripe", worldOfRude(manner));
      expect(outcome).toMatchObject({ kind: "unavailable", reason });
    },
  );
});

describe("WeChat's trade bill of a day", () => {
  const FILE = "\ufeff交易时间,微信订单号\r\n`2026-11-24 10:00:00,`4200001234\r\n".repeat(2_000);
  const HOST = "https://api.mch.weixin.qq.com";

  const sha1 = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text))).reduce(
      (digits, byte) => digits + byte.toString(16).padStart(2, "0"),
      "",
    );

  async function signedResponse(body: object): Promise<Response> {
    const text = JSON.stringify(body);
    const seconds = String(NOW_MS / 1_000);
    return new Response(text, {
      headers: {
        "wechatpay-timestamp": seconds,
        "wechatpay-nonce": "n",
        "wechatpay-serial": KEY_ID,
        "wechatpay-signature": await theirs.sign(`${seconds}\nn\n${text}\n`),
      },
    });
  }

  /** Whether our key has signed what is asked, by the rule of WeChat's document. */
  async function isSigned(request: Request): Promise<boolean> {
    const header = request.headers.get("authorization") ?? "";
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? "";
    const { pathname, search } = new URL(request.url);
    const base = `${request.method}\n${pathname}${search}\n${part("timestamp")}\n${part("nonce_str")}\n\n`;
    return ours.verify(base, part("signature"));
  }

  interface Lies {
    readonly url?: string;
    readonly hash?: string;
    readonly file?: string;
    readonly problem?: string;
  }
  function otherSide({ url, hash, file = FILE, problem }: Lies = {}, asked: string[] = []) {
    return async (request: Request): Promise<Response> => {
      const { pathname, search } = new URL(request.url);
      asked.push(`${pathname}${search}`);
      if (!(await isSigned(request))) return jsonResponse({ code: "SIGN_ERROR" }, 401);
      if (pathname === "/v3/bill/tradebill") {
        if (problem !== undefined) return jsonResponse({ code: problem, message: "账单" }, 400);
        return signedResponse({
          hash_type: "SHA1",
          hash_value: hash ?? (await sha1(FILE)),
          download_url: url ?? `${HOST}/v3/billdownload/file?token=abc`,
        });
      }
      return new Response(file);
    };
  }

  test("is fetched from where the signed answer says, byte for byte", async () => {
    const asked: string[] = [];
    const download = await statement("wechat", worldWith(otherSide({}, asked)));
    // A decoder takes the mark off, as that of statements does.
    expect(`\ufeff${await textOf(download)}`).toBe(FILE);
    expect(asked).toEqual([
      "/v3/bill/tradebill?bill_date=2026-11-24&bill_type=ALL",
      "/v3/billdownload/file?token=abc",
    ]);
  });

  test.each<[string, Lies]>([
    ["was cut", { file: FILE.slice(0, -1) }],
    ["is another", { file: `${FILE}x` }],
    ["has another hash", { hash: "0".repeat(40) }],
  ])("that %s is no statement", async (_name, lies) => {
    const download = await statement("wechat", worldWith(otherSide(lies)));
    await expect(textOf(download)).rejects.toThrow("gateway is unavailable");
  });

  test("is asked for nowhere but at WeChat, whoever is named", async () => {
    const asked: string[] = [];
    const world = worldWith(otherSide({ url: "https://evil.example/v3/billdownload/file" }, asked));
    expect(await statement("wechat", world)).toMatchObject({ reason: "address" });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["NO_STATEMENT_EXIST", { kind: "refused", reason: "NO_STATEMENT_EXIST 账单" }],
    ["SYSTEM_ERROR", { kind: "unavailable", reason: "status" }],
  ])("that is not there is told by WeChat's word: %s", async (code, outcome) => {
    expect(await statement("wechat", worldWith(otherSide({ problem: code })))).toMatchObject(
      outcome,
    );
  });

  test.each(MANNERS)(
    "of a gateway that is rude (%s) is unavailable: %s",
    async (manner, reason) => {
      const outcome = await statement("wechat", worldOfRude(manner));
      expect(outcome.kind).toBe("unavailable");
      if (manner !== "empty-object") expect(outcome).toMatchObject({ reason });
    },
  );

  test("of a gateway whose file stalls or breaks off is no statement", async () => {
    for (const manner of ["drip", "drop-half-way", "endless"] as const) {
      const rude = worldOfRude(manner);
      const good = worldWith(otherSide());
      const world = { ...good, files: { ...good.files, download: rude.files.download } };
      const download = await statement("wechat", world);
      await expect(textOf(download)).rejects.toThrow("gateway is unavailable");
    }
  }, 60_000);
});

describe("Alipay's statement of business of a day", () => {
  const ROWS = `#支付宝业务明细查询\r\n${"支付宝交易号,商户订单号\r\n".repeat(5_000)}`;
  const rowsFile = { name: gbk("20880000000000010156_20261124_业务明细.csv"), bytes: gbk(ROWS) };
  const summary = {
    name: gbk("20880000000000010156_20261124_业务明细(汇总).csv"),
    bytes: gbk("门店编号,交易订单总笔数\r\n"),
  };
  const ADDRESS = "http://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade&token=1";

  interface Lies {
    readonly url?: string;
    readonly refusal?: string;
    readonly forged?: true;
    readonly file?: Uint8Array;
  }
  function otherSide({ url = ADDRESS, refusal, forged, file }: Lies = {}, asked: string[] = []) {
    return async (request: Request): Promise<Response> => {
      const at = new URL(request.url);
      asked.push(`${at.origin}${at.pathname}`);
      if (at.hostname === "dwbillcenter.alipay.com") {
        return new Response((file ?? (await zip([summary, rowsFile]))) as BodyInit);
      }
      const sent = [...at.searchParams, ...new URLSearchParams(await request.text())];
      const fields = Object.fromEntries(sent);
      const base = sent
        .filter(([name]) => name !== "sign")
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${value}`)
        .join("&");
      if (!(await ours.verify(base, fields["sign"] ?? ""))) throw new Error("not signed by us");
      expect(JSON.parse(fields["biz_content"] ?? "")).toEqual({
        bill_type: "trade",
        bill_date: "2026-11-24",
      });
      const answer =
        refusal === undefined
          ? { code: "10000", msg: "Success", bill_download_url: url }
          : { code: "40004", msg: "Business Failed", sub_code: refusal };
      const raw = JSON.stringify(answer);
      const sign = await (forged ? ours : theirs).sign(raw);
      const name = "alipay_data_dataservice_bill_downloadurl_query_response";
      return new Response(`{"${name}":${raw},"sign":"${sign}"}`);
    };
  }

  test("is asked for, fetched over https, and unpacked: the rows and not the summary", async () => {
    const asked: string[] = [];
    const download = await statement("alipay", worldWith(otherSide({}, asked)));
    if (download.kind !== "file") throw new Error(download.kind);
    const text = new TextDecoder("gb18030");
    let whole = "";
    for await (const piece of download.pieces) whole += text.decode(piece, { stream: true });
    expect(whole).toBe(ROWS);
    expect(asked).toEqual([
      "https://openapi.alipay.com/gateway.do",
      "https://dwbillcenter.alipay.com/downloadBillFile.resource",
    ]);
  });

  test.each<[string, Lies, object]>([
    ["is elsewhere", { url: "https://alipay.com.evil.example/x" }, { reason: "address" }],
    ["is at an inner host", { url: "http://127.0.0.1/x" }, { reason: "address" }],
    ["is nowhere", { url: "" }, { reason: "address" }],
    ["is announced by another", { forged: true }, { reason: "signature" }],
    ["does not exist", { refusal: "isp.bill_not_exist" }, { kind: "refused" }],
    ["is no ZIP", { file: gbk(ROWS) }, { reason: "not_understood" }],
    ["is empty", { file: new Uint8Array(0) }, { reason: "not_understood" }],
  ])("that %s is no statement", async (_name, lies, outcome) => {
    expect(await statement("alipay", worldWith(otherSide(lies)))).toMatchObject(outcome);
  });

  test("that is cut is no statement, and damaged it is never a part of one", async () => {
    const file = await zip([summary, rowsFile]);
    const whole = gbk(ROWS).length;
    for (let cut = 1; cut < file.length; cut += 37) {
      const damaged = file.slice(0, file.length - cut);
      const download = await statement("alipay", worldWith(otherSide({ file: damaged })));
      expect(download).toMatchObject({ reason: "not_understood" });
    }
    for (let at = 0; at < file.length; at += 11) {
      const damaged = file.with(at, (file[at] ?? 0) ^ 0x55);
      const download = await statement("alipay", worldWith(otherSide({ file: damaged })));
      if (download.kind !== "file") continue;
      let length = 0;
      try {
        for await (const piece of download.pieces) length += piece.byteLength;
      } catch {
        continue;
      }
      // A wrong byte within a text leaves its length, one within a name may name the summary: what the
      // rows come to, at their end, tells of both.
      expect([whole, summary.bytes.length]).toContain(length);
    }
  });

  test("that says it is small and is not is no statement", async () => {
    const file = await zip([rowsFile]);
    const view = new DataView(file.buffer);
    const list = view.getUint32(file.length - 22 + 16, true);
    view.setUint32(list + 24, 100, true);
    const download = await statement("alipay", worldWith(otherSide({ file })));
    await expect(textOf(download)).rejects.toThrow("gateway is unavailable");
  });

  test.each(MANNERS)(
    "of a gateway that is rude (%s) is unavailable: %s",
    async (manner, reason) => {
      const outcome = await statement("alipay", worldOfRude(manner));
      expect(outcome.kind).toBe("unavailable");
      if (manner !== "empty-object") expect(outcome).toMatchObject({ reason });
    },
  );
});

describe("a gateway's breaker", () => {
  test("stands before its statements as well", async () => {
    const world = worldWith(() => new Response("", { status: 500 }));
    const gateway = gatewayKind("stripe")?.make(CREDENTIALS.stripe, "CNY", world);
    if (gateway === undefined) throw new Error("no stripe");
    const id = "acct_1" as AccountId;
    const account: PaymentAccount = { id, merchantId: "mer_1" as MerchantId, gateway };
    const open = err({ reason: "open", dependency: "gateway", retryAfterMs: 5_000 } as const);
    const breaker: GuardedCall = { run: async () => open, closedForMs: () => 5_000 };
    const book: PaymentAccounts = { account: async () => account };
    const guarded = await guardedAccounts(book, { of: () => breaker }).account(id);
    expect(await guarded?.gateway.statement?.(DAY)).toEqual({
      kind: "unavailable",
      reason: "breaker_open",
      retryAfterSeconds: 5,
    });
  });
});

import { randomBytes } from "node:crypto";
import { noticePath } from "../scripts/shop-client.ts";
import type { Answer } from "./load/answer-reader.ts";
import type { Client, Heard } from "./load/closed-loop.ts";
import type { Request } from "./load/connection.ts";

/** A shop that answers the buyers' contract, ours or the baseline's. */
export interface Seller {
  readonly origin: string;
  readonly accountId: string;
  readonly productId: string;
}

/** Asks for the same address again and again. */
export function getting(path: string): Client {
  return {
    next: () => ({ method: "GET", path }),
    heard: ({ status }) => (status === 200 ? "good" : "bad"),
  };
}

/** Sends the same body again and again. */
export function posting(path: string, body: string): Client {
  return {
    next: () => ({ method: "POST", path, headers: { "content-type": "application/json" }, body }),
    heard: ({ status }) => (status === 200 ? "good" : "bad"),
  };
}

/** Orders, each by another buyer; the ids of those that were placed go to `placed`. */
export function ordering(seller: Seller, placed: string[]): Client {
  const buyers = new Buyers();
  return {
    next: () => orderRequest(seller, buyers.next()),
    heard: (answer) => {
      const order = placedOrder(answer);
      if (order === null) return "bad";
      placed.push(order.id);
      return "good";
    },
  };
}

/** Orders of what nobody can have, each by another buyer: refused with that code, one and all. */
export function refused(seller: Seller, code: string): Client {
  const buyers = new Buyers();
  const told = `"code":"${code}"`;
  return {
    next: () => orderRequest(seller, buyers.next()),
    heard: ({ body }) => (body.includes(told) ? "good" : "bad"),
  };
}

/** Joins a drop's line, each time as another buyer: a ticket is minted. */
export function joining(dropId: string): Client {
  const buyers = new Buyers();
  return {
    next: () => joinRequest(dropId, buyers.next(), null),
    heard: ({ status }) => (status === 201 ? "good" : "bad"),
  };
}

/**
 * Shows a ticket of its own again and again, which is verified and kept. A mailbox may ask a few times a
 * minute, so the client goes on to be another one; those first tickets are minted, one in `SHOWN`.
 */
export function showingTickets(dropId: string): Client {
  const buyers = new Buyers();
  let buyer = buyers.next();
  let ticket: string | null = null;
  let left = SHOWN;
  return {
    next: () => {
      if (left-- === 0) [buyer, ticket, left] = [buyers.next(), null, SHOWN];
      return joinRequest(dropId, buyer, ticket);
    },
    heard: ({ status, body }) => {
      ticket ??= /"ticket":"([^"]+)"/.exec(body)?.[1] ?? null;
      return status === 201 ? "good" : "bad";
    },
  };
}
const SHOWN = 5;

function joinRequest(dropId: string, buyer: string, ticket: string | null): Request {
  const email = `buyer-${buyer}@example.com`;
  return {
    method: "POST",
    path: `/api/v1/drops/${dropId}/tickets`,
    headers: { "content-type": "application/json", "cf-connecting-ip": addressOf(buyer) },
    body: JSON.stringify(ticket === null ? { email } : { email, ticket }),
  };
}

/** One genuine notice for each of `due`. Clients that share the list share the work. */
export function paying(seller: Seller, due: string[]): Client {
  return {
    next: () => {
      const orderId = due.pop();
      return orderId === undefined ? null : noticeRequest(seller, orderId);
    },
    heard: ({ status, body }) => (status === 200 && body === "success" ? "good" : "bad"),
  };
}

/** Order, notice, key in hand, then the next buyer; counts whole purchases. `sold` collects the keys. */
export class Purchasing implements Client {
  readonly #seller: Seller;
  readonly #sold: string[];
  readonly #buyers = new Buyers();
  #step: "order" | "pay" | "read" = "order";
  #order = { id: "", token: "" };

  constructor(seller: Seller, sold: string[]) {
    this.#seller = seller;
    this.#sold = sold;
  }

  next(): Request {
    switch (this.#step) {
      case "order":
        return orderRequest(this.#seller, this.#buyers.next());
      case "pay":
        return noticeRequest(this.#seller, this.#order.id);
      case "read":
        return {
          method: "GET",
          path: `/api/v1/orders/${this.#order.id}`,
          headers: { authorization: `Bearer ${this.#order.token}` },
        };
      default:
        return this.#step satisfies never;
    }
  }

  heard(answer: Answer): Heard {
    switch (this.#step) {
      case "order": {
        const order = placedOrder(answer);
        if (order === null) return "bad";
        this.#order = order;
        this.#step = "pay";
        return "going";
      }
      case "pay":
        this.#step = answer.body === "success" ? "read" : "order";
        return this.#step === "read" ? "going" : "bad";
      case "read": {
        // Paid and not delivered yet: the buyer looks again, as the page would.
        const key = /"secret":"([^"]+)"/.exec(answer.body)?.[1];
        if (key === undefined && answer.status === 200) return "going";
        this.#step = "order";
        if (key === undefined) return "bad";
        this.#sold.push(key);
        return "good";
      }
      default:
        return this.#step satisfies never;
    }
  }
}

/** Clients that together begin no more than `most` of what they do. */
export function limited(most: number, client: () => Client): () => Client {
  let left = most;
  return () => {
    const own = client();
    let between = true;
    return {
      next: () => {
        if (between && left-- <= 0) return null;
        between = false;
        return own.next();
      },
      heard: (answer) => {
        const heard = own.heard(answer);
        between = heard !== "going";
        return heard;
      },
    };
  };
}

/** Names for buyers that no other client of this run uses. */
class Buyers {
  readonly #client = randomBytes(8).toString("hex");
  #count = 0;

  next(): string {
    this.#count++;
    return `${this.#client}-${this.#count}`;
  }
}

function orderRequest({ productId }: Seller, buyer: string): Request {
  return {
    method: "POST",
    path: "/api/v1/orders",
    headers: {
      "content-type": "application/json",
      "idempotency-key": `bench-${buyer}`,
      "cf-connecting-ip": addressOf(buyer),
    },
    body: orderBody(productId, buyer),
  };
}

/** Buyers are all over the place, as in a drop: what counts networks has work to do and refuses nobody. */
function addressOf(buyer: string): string {
  const [client = "", count = ""] = buyer.split("-");
  const block = Number.parseInt(client.slice(0, 4), 16);
  return `10.${block >> 8}.${block & 255}.${Number(count) & 255}`;
}

export function orderBody(productId: string, buyer: string): string {
  return JSON.stringify({
    product_id: productId,
    quantity: 1,
    email: `buyer-${buyer}@example.com`,
    payment_method: "epay",
  });
}

function placedOrder({ status, body }: Answer): { id: string; token: string } | null {
  if (status !== 201) return null;
  const id = /"id":"(ord_[0-9a-z]+)"/.exec(body)?.[1];
  const token = /"access_token":"([^"]+)"/.exec(body)?.[1];
  return id === undefined || token === undefined ? null : { id, token };
}

function noticeRequest({ accountId }: Seller, orderId: string): Request {
  const notice = { orderId, tradeNo: `bench-${orderId}`, money: "10.00" };
  return { method: "GET", path: noticePath(accountId, notice) };
}

import { dropPhase } from "../../src/domain/drop/drop.ts";
import { rankOf, type Rank } from "../../src/domain/drop/rank.ts";
import { drawBy, identityOf, type Draw, type Identity } from "../../src/domain/drop/seed.ts";
import { placeInLine, type DropState, type Place } from "../../src/domain/drop/state.ts";
import { mintTicket, readTicket, type Ticket } from "../../src/domain/drop/ticket.ts";
import type { BookedDrop, DropStates, LineCounter } from "../../src/flows/drops/drop-ports.ts";
import type { DropControllerRpc } from "../../durable-objects/drop-controller/contract.ts";
import { makeDropStates } from "../../src/platform/drop-states.ts";
import { makeLineCounter } from "../../src/platform/line-counter.ts";
import type { Fault } from "./faults.ts";
import { nodeDigests, nodeSigner } from "./node-crypto.ts";
import type { Timers } from "./timers.ts";

interface Isolate {
  readonly states: DropStates;
  readonly line: LineCounter;
  /** What this isolate knows in this slot. */
  known: { readonly state: DropState; readonly ageMs: number } | null;
}

/**
 * The edge: isolates with memories of their own over the real ticket, draw, place, state memory and count of
 * the line. The digests are node:crypto's (node-crypto.ts); everything else is what the Worker runs.
 */
export class Edges {
  readonly #booked: BookedDrop;
  readonly #timers: Timers;
  readonly #isolates: readonly Isolate[];
  readonly #signer = nodeSigner(new Uint8Array(32).fill(7));
  readonly #draw: Draw;
  readonly #fault: Fault;

  constructor(of: {
    readonly booked: BookedDrop;
    readonly seed: Uint8Array;
    readonly timers: Timers;
    readonly isolates: number;
    readonly controller: DropControllerRpc;
    readonly random: () => number;
    readonly fault: Fault;
  }) {
    const { booked, timers } = of;
    this.#booked = booked;
    this.#timers = timers;
    this.#fault = of.fault;
    this.#draw = drawBy(nodeDigests, of.seed);
    const controllers = { of: () => of.controller };
    this.#isolates = Array.from({ length: of.isolates }, () => ({
      states: makeDropStates({
        controllers,
        drop: () => Promise.resolve(booked),
        turns: timers,
        shared: null,
      }),
      line: makeLineCounter(controllers, timers, of.random),
      known: null,
    }));
  }

  /** What each isolate knows now: as if somebody asked each of them in this slot. */
  async refresh(): Promise<void> {
    for (const isolate of this.#isolates) {
      isolate.known = await isolate.states.of(this.#booked);
    }
  }

  async identity(email: string): Promise<Identity> {
    return identityOf(nodeDigests, this.#booked.drop.id, this.#fault.mailbox(email));
  }

  async join(person: number, email: string): Promise<string> {
    const { drop } = this.#booked;
    const ticket: Ticket = {
      dropId: drop.id,
      identity: await this.identity(email),
      joinedAtMs: this.#timers.nowMs(),
      expiresAtMs: drop.closesAtMs,
    };
    this.#of(person).line.joined(this.#booked, ticket);
    return mintTicket(this.#signer, ticket);
  }

  /** The rank of whoever shows that ticket for that mailbox; null where it is refused. */
  async rank(
    text: string,
    email: string | null,
  ): Promise<{ rank: Rank; identity: Identity } | null> {
    const { drop } = this.#booked;
    const identity = email === null ? null : await this.identity(email);
    const use = { dropId: drop.id, identity, nowMs: this.#timers.nowMs() };
    const read = await readTicket(this.#signer, text, use);
    if (!read.ok) return null;
    const ticket = read.value;
    const joined = 1 - Math.max(0, drop.opensAtMs - ticket.joinedAtMs) / 600_000;
    const draw = this.#fault.draw(await this.#draw(ticket.identity), joined);
    return { rank: rankOf(ticket, drop.opensAtMs, draw), identity: ticket.identity };
  }

  /** A place by what the person's isolate knows. People come to any isolate, by chance; here to one each. */
  place(person: number, rank: Rank): Place {
    const { known } = this.#of(person);
    const phase = dropPhase(this.#booked.drop, this.#timers.nowMs());
    if (known === null) return phase === "open" ? { kind: "busy" } : { kind: phase };
    return placeInLine(rank, known.state, { phase, ageMs: known.ageMs });
  }

  #of(person: number): Isolate {
    const isolate = this.#isolates[person % this.#isolates.length];
    if (isolate === undefined) throw new Error("there is no isolate");
    return isolate;
  }
}

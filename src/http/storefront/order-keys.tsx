import type { OpenedKey, OrderView } from "../../flows/orders/show-order.ts";
import type { Visit } from "./visit.ts";

/**
 * The keys, hidden until asked for: a page left open on a desk should not give them away. They are
 * text like any other here, escaped like any other: a key may look like markup.
 */
export function OrderKeys({ visit, view }: { visit: Visit; view: OrderView }) {
  const words = visit.text.order;
  const { keys, order } = view;
  if (keys.length === 0) return null;
  return (
    <section class="ticket" aria-labelledby="keys">
      <div class="ticket-head">
        <h2 id="keys">{words.keys(keys.length)}</h2>
        <p class="ticket-actions">
          <CopyButton
            visit={visit}
            what=".key-secret"
            label={keys.length === 1 ? words.copy : words.copyAll}
          />
          <a
            class="button button-small button-quiet"
            href={`/orders/${order.id}/keys.txt`}
            download
          >
            {words.download}
          </a>
        </p>
      </div>
      <details class="keys" id="key-list">
        <summary>
          <span class="dots" aria-hidden="true">
            •••• •••• ••••
          </span>
          <span class="when-shut">{words.show}</span>
          <span class="when-open">{words.hide}</span>
        </summary>
        <ol class="key-list" role="list">
          {keys.map((key, index) => (
            <Key visit={visit} key_={key} index={index} alone={keys.length === 1} />
          ))}
        </ol>
      </details>
      <p class="hint">{words.bookmark}</p>
    </section>
  );
}

interface KeyProperties {
  readonly visit: Visit;
  /** Not `key`: JSX keeps that name for itself. */
  readonly key_: OpenedKey;
  readonly index: number;
  readonly alone: boolean;
}

function Key({ visit, key_, index, alone }: KeyProperties) {
  const id = `secret-${index + 1}`;
  return (
    <li class="key">
      <code class="key-secret" id={id}>
        {key_.secret}
      </code>
      {alone ? null : (
        <CopyButton visit={visit} what={`#${id}`} label={visit.text.order.copy} quiet />
      )}
      {key_.note === null ? null : (
        <p class="key-note">
          {visit.text.order.note}: {key_.note}
        </p>
      )}
    </li>
  );
}

interface CopyProperties {
  readonly visit: Visit;
  /** A selector of the elements whose text is copied. */
  readonly what: string;
  readonly label: string;
  readonly quiet?: boolean;
}

/** Appears with the script that copies (see .scripted in base.css). */
function CopyButton({ visit, what, label, quiet }: CopyProperties) {
  const { copied, copyFailed } = visit.text.order;
  return (
    <button
      type="button"
      class={`button button-small scripted${quiet ? " button-quiet" : ""}`}
      data-copy={what}
      data-copied={copied}
      data-failed={copyFailed}
    >
      {label}
    </button>
  );
}

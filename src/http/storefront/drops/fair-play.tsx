import type { Drop } from "../../../domain/drop/drop.ts";
import type { Visit } from "../visit.ts";

interface Properties {
  readonly visit: Visit;
  readonly drop: Pick<Drop, "id" | "commitment">;
}

/** How the line works and what was promised of it, before anyone joins. */
export function FairPlay({ visit, drop }: Properties) {
  const { fair, verify } = visit.text.drop;
  return (
    <details class="fair">
      <summary>{fair.title}</summary>
      <ol>
        {fair.points.map((point) => (
          <li>{point}</li>
        ))}
      </ol>
      <div class="seal">
        <strong>{fair.commitment}</strong>
        <code>{drop.commitment}</code>
        <p class="hint">{fair.commitmentHint}</p>
        <p>
          <a href={`/drops/${drop.id}/verify`}>{verify}</a>
        </p>
      </div>
    </details>
  );
}

import type { Child } from "hono/jsx";
import type { FormProblem } from "./checkout-form.ts";

export function problemOf(problems: readonly FormProblem[], input: string): string | null {
  return problems.find((problem) => problem.input === input)?.message ?? null;
}

interface InputAttributes {
  readonly id: string;
  readonly name: string;
  readonly "aria-invalid"?: "true";
  readonly "aria-describedby"?: string;
}

interface FieldProperties {
  readonly id: string;
  readonly label: Child;
  readonly hint?: string;
  readonly problems: readonly FormProblem[];
  readonly children: (attributes: InputAttributes) => Child;
}

/** A label, its input, what helps and what is wrong: tied together for those who only hear them. */
export function Field({ id, label, hint, problems, children }: FieldProperties) {
  const problem = problemOf(problems, id);
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class={problem === null ? "field" : "field field-wrong"}>
      <label class="label" for={id}>
        {label}
      </label>
      {children({
        id,
        name: id,
        ...(problem === null ? {} : { "aria-invalid": "true" as const }),
        ...(described === "" ? {} : { "aria-describedby": described }),
      })}
      {problem === null ? null : (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** All that is wrong, on top, focused when the page opens, each leading to its input. */
export function Summary({
  heading,
  problems,
}: {
  heading: string;
  problems: readonly FormProblem[];
}) {
  if (problems.length === 0) return null;
  return (
    <div class="alert" role="alert" tabindex={-1} autofocus id="problems">
      <p class="alert-title">{heading}</p>
      <ul>
        {problems.map(({ input, message }) => (
          <li>{input === null ? message : <a href={`#${input}`}>{message}</a>}</li>
        ))}
      </ul>
    </div>
  );
}

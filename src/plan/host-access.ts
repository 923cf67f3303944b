// What a change newly lets a service reach of the host: folders and ports of it, rights over it. What was there before and
// stays is not told again.
import type { DesiredService } from "../model/desired.ts";
import { isIgnored, isWithin } from "../model/fields.ts";
import { hostAccessOf } from "../model/kinds/table.ts";
import type { GainedAccess } from "../model/plan.ts";
import type { Configured } from "../model/specs.ts";

/** By the services of a compose file, in the order of their names. `had`: what it was before; null: it is new. `names`: no values are told, as of what holds a secret. */
export function gainedAccess(
  desired: DesiredService,
  had: Configured | null,
  tell: "values" | "names" = "values",
): readonly GainedAccess[] {
  const known = new Set((had === null ? [] : hostAccessOf(had)).map(({ id }) => id));
  const gained = hostAccessOf(desired)
    .filter(({ id, path }) => !known.has(id) && !isIgnored(desired.ignore, path))
    .map(({ part, path, text, name }) => {
      const isHidden = tell === "names" || isWithin(desired.secrets, path);
      return { part, text: isHidden ? name : text };
    });
  const place = ({ part, text }: GainedAccess): string => JSON.stringify([part ?? "", text]);
  return gained.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

// What a plan newly lets reach the host, as people look at it.
import type { Plan } from "../../model/plan.ts";
import { oneLineOf, serviceTitle } from "./words.ts";

export interface AccessView {
  /** The service's key. */
  readonly service: string;
  /** The service of a compose file; null: it is not in one, or all of that file have it. */
  readonly part: string | null;
  /** After `reaches`, for people: `port 2222/tcp of the host`. Each once. */
  readonly reaches: readonly string[];
}

/** In the order of the plan; a service of a compose file each. */
export function accessViews(plan: Plan): readonly AccessView[] {
  return plan.actions.flatMap((action) => {
    if (action.type !== "configure-service") return [];
    const parts = Map.groupBy(action.gains ?? [], ({ part }) => part);
    return [...parts].map(([part, found]) => ({
      service: action.service,
      part,
      reaches: [...new Set(found.map(({ text }) => oneLineOf(text)))],
    }));
  });
}

/** `queue/worker`, `web (staging)`. */
export function accessTitle({ service, part }: Pick<AccessView, "service" | "part">): string {
  const title = serviceTitle(service);
  return oneLineOf(part === null ? title : `${title}/${part}`);
}

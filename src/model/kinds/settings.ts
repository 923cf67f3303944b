// Groups of settings that Dokploy stores as one value, such as a health check: one row a setting.
import { fieldRow } from "../field-table.ts";
import type { Row } from "../field-table.ts";
import type { Healthcheck, Placement, RestartPolicy, UpdatePolicy } from "../specs.ts";

interface Groups {
  readonly healthcheck: Healthcheck;
  readonly restart: RestartPolicy;
  readonly update: UpdatePolicy;
  readonly rollback: UpdatePolicy;
  readonly placement: Placement;
}

type Group = keyof Groups;

/**
 * The rows of a group. `blank`: the group with nothing set, where one setting alone makes sense; null: what would be
 * left of it could not stand alone, so it is there as a whole or not at all.
 */
export function settingsOf<Spec extends Readonly<Record<G, Groups[G] | null>>, G extends Group>(
  group: G,
  blank: Groups[G] | null,
) {
  return <K extends keyof Groups[G] & string>(
    key: K,
    more: {
      readonly path: string;
      readonly text: (value: NonNullable<Groups[G][K]>) => string;
      readonly default?: string;
      /** What is written when people keep it and there is nothing. */
      readonly absent: Groups[G][K];
      readonly maySecret?: boolean;
    },
  ): Row<Spec> =>
    fieldRow<Spec, NonNullable<Groups[G][K]>>({
      path: `${group}.${more.path}`,
      get: (spec) => (spec[group] as Groups[G] | null)?.[key] ?? null,
      set(spec, value) {
        const held = spec[group] as Groups[G] | null;
        const settings = held ?? (value === null ? null : blank);
        return settings === null
          ? spec
          : { ...spec, [group]: { ...settings, [key]: value ?? more.absent } };
      },
      text: more.text,
      default: more.default ?? null,
      live: false,
      maySecret: more.maySecret ?? false,
    });
}

export const listText = (values: readonly string[]): string => JSON.stringify(values);
/** As JSON of a list. */
export const emptyList = "[]";

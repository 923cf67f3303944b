// How each kind of service is written into a manifest. One row a kind, complete by the compiler.
import type { Section } from "../../model/manifest.ts";
import type { Configured, ManagedKind, SpecOf } from "../../model/specs.ts";
import { application } from "./application.ts";
import { compose } from "./compose.ts";
import { database } from "./database.ts";
import type { Body, ExportKind, Naming } from "./kind.ts";

const kinds: { readonly [K in ManagedKind]: ExportKind<SpecOf[K]> } = {
  application,
  compose,
  postgres: database("postgres"),
  mysql: database("mysql"),
  mariadb: database("mariadb"),
  mongo: database("mongo"),
  redis: database("redis"),
  libsql: database("libsql"),
};

/** The section of a manifest in which services of a kind stand. */
export function sectionOf(kind: ManagedKind): Section {
  return kinds[kind].section;
}

/** The keys in the order in which a manifest of that kind has them. */
export function inOrder(kind: ManagedKind, body: Body): Body {
  const { order } = kinds[kind];
  const rank = (key: string): number => order.indexOf(key);
  return Object.fromEntries(Object.entries(body).sort(([a], [b]) => rank(a) - rank(b)));
}

/** What a manifest says for a service as it is. */
export function bodyOf({ kind, spec }: Configured, naming: Naming): Body {
  const { said, head } = kinds[kind] as unknown as ExportKind<Configured["spec"]>;
  const fields = Object.values(said) as readonly ((one: typeof spec, of: Naming) => Body)[];
  const parts = fields.map((say) => say(spec, naming));
  return inOrder(kind, Object.assign({ ...head }, ...parts) as Body);
}

// The kinds of services by the section of a manifest that has them. One row a section, complete by the compiler.
import type { Section } from "../../model/manifest.ts";
import type { ManagedKind } from "../../model/specs.ts";
import { application } from "./application.ts";
import { compose } from "./compose.ts";
import { database } from "./database.ts";
import type { AnyManifest, ManifestKind } from "./kind.ts";

const kinds = { applications: application, databases: database, compose } satisfies Readonly<
  Record<Section, unknown>
>;

const databases = "databases";

/** In which section of a manifest a service of a kind stands. */
export const sectionOf: Readonly<Record<ManagedKind, Section>> = {
  application: "applications",
  compose: "compose",
  postgres: databases,
  mysql: databases,
  mariadb: databases,
  mongo: databases,
  redis: databases,
  libsql: databases,
};

/** The kinds of a section; the caller passes it only manifests that its schema made. */
export function kindsOf(section: Section): ManifestKind<AnyManifest> {
  return kinds[section] as unknown as ManifestKind<AnyManifest>;
}

// What differs between kinds of services in how Dokploy stores and writes them. How it names them, services.ts says.
import type { z } from "zod";
import type { Want } from "../../model/marker.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import type { Input } from "../calls.ts";
import type { WriteGiven } from "./field-row.ts";

export interface WriteContext<Spec> extends WriteGiven {
  /** Field paths that people keep: they are not written. */
  readonly ignore: readonly string[];
  /** As it is on the server; null for a service that was just made with `create`. */
  readonly have: Spec | null;
  /** What the label of all that runs says. */
  readonly want: Want;
}

export interface DokployKind<Spec> {
  /** Which of Dokploy's fields a field of the service is. */
  readonly fields: readonly Readonly<Record<string, string | undefined>>[];
  /** The answer of `<kind>.one`, read into Capstan's terms. */
  readonly details: z.ZodType<ServiceDetails>;
  /** What `<kind>.create` takes beside name, appName, environment and description. */
  readonly create: (spec: Spec) => Input;
  /** What `<kind>.update` takes beside id, description and labels. */
  readonly configure: (spec: Spec, context: WriteContext<Spec>) => Input;
}

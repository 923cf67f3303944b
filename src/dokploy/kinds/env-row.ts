// The env of a service, which Dokploy keeps as one text whatever the kind.
import { formatEnvText, parseEnvText } from "../../model/env-text.ts";
import type { FieldRow } from "./field-row.ts";

interface Stored {
  readonly env: string | null;
}

interface Spec {
  readonly env: Readonly<Record<string, string>>;
}

export const envRow: FieldRow<Stored, Spec> = {
  root: "env",
  fields: { env: "env" },
  read({ env }) {
    const { values, clean } = parseEnvText(env ?? "");
    return { spec: { env: values }, foreign: !clean };
  },
  write: ({ env }) => ({ env: formatEnvText(env) }),
};

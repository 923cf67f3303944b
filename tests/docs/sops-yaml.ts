// A file as `sops encrypt` leaves it, for readers of a page who have no SOPS: what Capstan writes as dotenv, in YAML.
import { randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { sopsText } from "../../src/export/sops-file.ts";

/** `values` by their names, which have no `-`; `recipient`: `age1…` */
export async function sopsYaml(
  values: Readonly<Record<string, string>>,
  recipient: string,
): Promise<string> {
  const text = await sopsText(new Map(Object.entries(values)), {
    recipients: [recipient],
    random: randomBytes,
    nowMs: Date.now(),
  });
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.split(/=(.*)/s) as [string, string]);
  const told = new Map(lines);
  const own = lines.filter(([name]) => !name.startsWith("sops_"));
  return stringify({
    ...Object.fromEntries(own),
    sops: {
      age: [{ recipient, enc: told.get("sops_age__list_0__map_enc")?.replaceAll("\\n", "\n") }],
      lastmodified: told.get("sops_lastmodified"),
      mac: told.get("sops_mac"),
      unencrypted_suffix: told.get("sops_unencrypted_suffix"),
      version: told.get("sops_version"),
    },
  });
}

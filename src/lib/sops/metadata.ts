// What SOPS writes beside the values of a file: for whom the file is encrypted, and its MAC.

export interface AgeKey {
  /** Public: `age1…`. */
  readonly recipient: string;
  /** The key of the file's values, encrypted for the recipient. */
  readonly enc: string;
}

export interface SopsMetadata {
  readonly age: readonly AgeKey[];
  /** Ways to the key other than age that the file has: `pgp`, `kms`. */
  readonly others: readonly string[];
  /** The key of the values is split over several keys. */
  readonly isSplit: boolean;
  /** Encrypted; null: there is none. */
  readonly mac: string | null;
  readonly lastModified: string;
  readonly macOnlyEncrypted: boolean;
}

/** A plain value, as the three formats have it in common. */
export type Plain = string | null | readonly Plain[] | { readonly [key: string]: Plain };

const otherKeys = ["pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms"] as const;

function list(value: Plain | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly Plain[]) : [];
}

function field(value: Plain | undefined, key: string): Plain | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Plain>>)[key] : undefined;
}

function text(value: Plain | undefined, key: string): string | null {
  const found = field(value, key);
  return typeof found === "string" && found !== "" ? found : null;
}

export function readMetadata(sops: Plain): SopsMetadata {
  const age = list(field(sops, "age")).flatMap((entry): AgeKey[] => {
    const recipient = text(entry, "recipient");
    const enc = text(entry, "enc");
    return recipient === null || enc === null ? [] : [{ recipient, enc }];
  });
  const threshold = text(sops, "shamir_threshold");
  return {
    age,
    others: otherKeys.filter((key) => list(field(sops, key)).length > 0),
    isSplit:
      list(field(sops, "key_groups")).length > 0 || (threshold !== null && threshold !== "0"),
    mac: text(sops, "mac"),
    lastModified: text(sops, "lastmodified") ?? "",
    macOnlyEncrypted: text(sops, "mac_only_encrypted")?.toLowerCase() === "true",
  };
}

/** The flat keys of a dotenv file (`sops_age__list_0__map_enc`) as what they stand for. */
export function unflatten(entries: readonly (readonly [key: string, value: string])[]): Plain {
  const scalars: Record<string, Plain> = {};
  const lists = new Map<string, Record<string, string>[]>();
  for (const [key, value] of entries) {
    const [, name = "", index = "", inner = ""] =
      /^(\w+?)__list_(\d{1,3})__map_(\w+)$/.exec(key) ?? [];
    if (name === "") {
      scalars[key] = value;
      continue;
    }
    const rows = lists.get(name) ?? [];
    lists.set(name, rows);
    const row = (rows[Number(index)] ??= {});
    row[inner] = value;
  }
  return {
    ...scalars,
    ...Object.fromEntries([...lists].map(([name, rows]) => [name, rows.filter(Boolean)])),
  };
}

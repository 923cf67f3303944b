// The secrets of an export as SOPS writes them, for age recipients: Capstan and `sops` read it, and it may be committed.
// Each value is encrypted by AES-256-GCM and bound to its name; the key of them is encrypted for each recipient, and all
// values together are held by the MAC.
import { createCipheriv, createHash } from "node:crypto";
import { Encrypter, armor } from "age-encryption";
import { CapstanError } from "../lib/errors.ts";

export const sopsFileName = "secrets.sops.env";

export interface SopsGiven {
  /** `age1…` */
  readonly recipients: readonly string[];
  /** Bytes that nobody can guess. */
  readonly random: (count: number) => Uint8Array;
  readonly nowMs: number;
}

const keyBytes = 32;
/** As SOPS has it. */
const ivBytes = 32;
/** Of the format that this is. */
const version = "3.9.0";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** `boundTo`: where it stands, so that no value can be put into another's place. */
function sealed(value: string, key: Uint8Array, boundTo: string, iv: Uint8Array): string {
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(Buffer.from(boundTo));
  const data = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  const parts = [`data:${base64(data)}`, `iv:${base64(iv)}`, `tag:${base64(cipher.getAuthTag())}`];
  return `ENC[AES256_GCM,${parts.join(",")},type:str]`;
}

async function keyFor(recipient: string, key: Uint8Array): Promise<string> {
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch (error) {
    throw new CapstanError("invalid", `${recipient} is not an age recipient`, {
      hint: "it begins with age1; `age-keygen -y` shows the one of a key",
      cause: error,
    });
  }
  return armor.encode(await encrypter.encrypt(key));
}

/** As a variable, which SOPS calls a value in such a file. */
const variableOf = (name: string): string => name.replaceAll(/[-.]/g, "_");

/** `secrets`: values by name, none of them empty. Throws `invalid` for what is no recipient. */
export async function sopsText(
  secrets: ReadonlyMap<string, string>,
  { recipients, random, nowMs }: SopsGiven,
): Promise<string> {
  const key = random(keyBytes);
  const modified = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  const sorted = [...secrets].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash("sha512");
  const lines = sorted.map(([name, value]) => {
    hash.update(value);
    const variable = variableOf(name);
    return `${variable}=${sealed(value, key, `${variable}:`, random(ivBytes))}`;
  });
  const mac = hash.digest("hex").toUpperCase();
  for (const [index, recipient] of recipients.entries()) {
    const text = (await keyFor(recipient, key)).trim();
    const armoured = `${text}\n`.replaceAll("\n", "\\n");
    lines.push(`sops_age__list_${index}__map_enc=${armoured}`);
    lines.push(`sops_age__list_${index}__map_recipient=${recipient}`);
  }
  lines.push(`sops_lastmodified=${modified}`);
  lines.push(`sops_mac=${sealed(mac, key, modified, random(ivBytes))}`);
  lines.push("sops_unencrypted_suffix=_unencrypted", `sops_version=${version}`, "");
  return lines.join("\n");
}

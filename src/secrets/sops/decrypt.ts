// Decrypts a file of SOPS: the key of its values by age, each value by AES-256-GCM, bound to its place, and all of them
// together checked against the MAC. Nothing of a file is used before all of that held.
import { createDecipheriv, createHash } from "node:crypto";
import { Decrypter, armor } from "age-encryption";
import { contentId } from "../../lib/digest.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { SopsDocument, SopsLeaf } from "../../lib/sops/document.ts";

const envelope = /^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(\w+)\]$/;
const tagBytes = 16;
/** What SOPS counts first where the MAC is of encrypted values alone. */
const onlyEncryptedStart = Buffer.from(
  "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69",
  "hex",
);

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "base64");
}

/** Null when it cannot be opened: another key, another place, or changed. */
function open(text: string, key: Buffer, boundTo: string): Buffer | null {
  const [, data = "", iv = "", tag = ""] = envelope.exec(text) ?? [];
  if (bytesOf(tag).byteLength !== tagBytes || bytesOf(iv).byteLength === 0) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytesOf(iv), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytesOf(tag));
    return Buffer.concat([decipher.update(bytesOf(data)), decipher.final()]);
  } catch {
    return null;
  }
}

async function dataKey(
  path: string,
  { metadata }: SopsDocument,
  identities: readonly string[],
): Promise<Buffer> {
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    throw new CapstanError("invalid", "SOPS_AGE_KEY_FILE holds a key that is damaged", {
      hint: "copy it again; `age-keygen -y` shows whose it is",
    });
  }
  for (const { enc } of metadata.age) {
    try {
      const key = Buffer.from(await decrypter.decrypt(armor.decode(enc)));
      if (key.byteLength === 32) return key;
    } catch {
      // Encrypted for somebody else; the next one may be ours.
    }
  }
  const recipients = metadata.age.map(({ recipient }) => recipient).join(", ");
  throw new CapstanError("invalid", `${path} cannot be opened by a key of SOPS_AGE_KEY_FILE`, {
    hint: `it is encrypted for ${recipients}: use that key, or add ours with \`sops updatekeys\``,
  });
}

const changed =
  "take it from Git as it was, or encrypt it again; it may be changed with `sops` only";

function opened(path: string, leaf: SopsLeaf, key: Buffer): Buffer {
  const value = open(leaf.text, key, `${leaf.path.join(":")}:`);
  if (value !== null) return value;
  throw new CapstanError("invalid", `${path}: ${leaf.name} was changed after it was encrypted`, {
    hint: changed,
  });
}

export interface Decrypted {
  /** By their names. */
  readonly values: ReadonlyMap<string, string>;
  /** Names the key of the values: SOPS makes a new one for each file, so that only a copy has the same. */
  readonly keyId: string;
}

/** Throws `invalid`; no message shows a value. */
export async function decryptSops(
  path: string,
  document: SopsDocument,
  identities: readonly string[],
): Promise<Decrypted> {
  const { leaves, metadata } = document;
  const key = await dataKey(path, document, identities);
  const hash = createHash("sha512");
  if (metadata.macOnlyEncrypted) hash.update(onlyEncryptedStart);
  const values = new Map<string, string>();
  const binary: string[] = [];
  for (const leaf of leaves) {
    if (leaf.kind !== "encrypted") {
      if (leaf.kind === "empty") values.set(leaf.name, "");
      else if (!metadata.macOnlyEncrypted) hash.update(leaf.text);
      continue;
    }
    const bytes = opened(path, leaf, key);
    hash.update(bytes);
    const text = bytes.toString("utf8");
    if (!Buffer.from(text).equals(bytes)) binary.push(leaf.name);
    // SOPS writes truths as Python did; a manifest writes them as YAML does.
    values.set(leaf.name, leaf.text.endsWith(",type:bool]") ? text.toLowerCase() : text);
  }
  const mac = open(metadata.mac ?? "", key, metadata.lastModified);
  if (mac?.toString("utf8").toUpperCase() !== hash.digest("hex").toUpperCase()) {
    const message = `${path} was changed after it was encrypted: its MAC does not fit`;
    throw new CapstanError("invalid", message, { hint: changed });
  }
  const [first] = binary;
  if (first !== undefined) {
    throw new CapstanError("invalid", `${path}: ${first} is not UTF-8 text`, {
      hint: "encode binary values as base64",
    });
  }
  return { values, keyId: contentId(key) };
}

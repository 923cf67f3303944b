// One hash for all that a stack asks for, as markers hold it while a rollback is in force (H4).
import type { Hasher } from "../../lib/digest.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { hashLength } from "../../model/hash-input.ts";
import { stackText } from "../../plan/rollback.ts";

const hashes = new WeakMap<DesiredStack, string>();

/** Of all that a stack asks for: twelve hex digits, as markers hold them. */
export function stackHash(stack: DesiredStack, hasher: Hasher): string {
  const known = hashes.get(stack);
  if (known !== undefined) return known;
  const hash = hasher.sha256(stackText(stack)).slice(0, hashLength);
  hashes.set(stack, hash);
  return hash;
}

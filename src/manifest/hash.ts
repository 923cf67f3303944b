// The two hashes of a service, as they stand in markers. Pinned by a golden file: see model/hash-input.
import type { Hasher } from "../lib/digest.ts";
import type { ServiceHash } from "../model/desired.ts";
import { hashLength, hashTexts } from "../model/hash-input.ts";
import type { HashInput } from "../model/hash-input.ts";

export function serviceHash(input: HashInput, hasher: Hasher): ServiceHash {
  const texts = hashTexts(input, (text) => hasher.mac(text));
  return {
    run: hasher.sha256(texts.run).slice(0, hashLength),
    live: hasher.sha256(texts.live).slice(0, hashLength),
  };
}

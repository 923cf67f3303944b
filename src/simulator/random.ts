/**
 * Reproducible randomness: the same seed gives the same ids and appName suffixes, so that a failed
 * test can be run again with the very same world.
 */
const NANO = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";
/** Dokploy's own alphabet for suffixes has no zero. */
const SUFFIX = "abcdefghijklmnopqrstuvwxyz123456789";
const DOCKER = "abcdefghijklmnopqrstuvwxyz0123456789";
const VERBS = [
  "bypass",
  "calculate",
  "compress",
  "index",
  "navigate",
  "parse",
  "reboot",
  "transmit",
];
const ADJECTIVES = ["auxiliary", "bluetooth", "cross-platform", "digital", "mobile", "neural"];
const NOUNS = ["array", "bandwidth", "driver", "firewall", "interface", "matrix", "sensor"];

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** The id of a row, 21 characters. */
  id(): string;
  /** The six characters that Dokploy puts behind every appName. */
  suffix(): string;
  /** The id of a swarm service, task or network, 25 characters. */
  dockerId(): string;
  /** `app-reboot-digital-interface`: what Dokploy invents when no appName is asked for. */
  appName(type: string): string;
}

export function createRandom(seed: number): Random {
  let a = seed | 0;
  const next = (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const pick = (alphabet: string, length: number): string => {
    let out = "";
    for (let i = 0; i < length; i++) out += alphabet.charAt(Math.floor(next() * alphabet.length));
    return out;
  };
  const word = (words: readonly string[]): string => words[Math.floor(next() * words.length)] ?? "";
  return {
    next,
    id: () => pick(NANO, 21),
    suffix: () => pick(SUFFIX, 6),
    dockerId: () => pick(DOCKER, 25),
    appName: (type) => `${type}-${word(VERBS)}-${word(ADJECTIVES)}-${word(NOUNS)}`,
  };
}

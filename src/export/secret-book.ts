// The secrets that were taken out of manifests, by name. One value of one stack has one name, so that a password stands
// in the database and in those who use it as the same reference.
import { secretName } from "../model/secret-name.ts";
import { freeName, labelOf } from "./names.ts";

/** As a variable it has to be typed. */
const longestSecretName = 100;
/** A shorter value may be the same by chance. */
const shortestShared = 8;

export interface SecretBook {
  /** The name under which a value is kept from now on. `words`: what it is, from the stack to the field. */
  take(stack: string, words: readonly string[], value: string): string;
  /** Names of values of a stack that others may hold a part of, the longest first. */
  shared(stack: string): readonly (readonly [value: string, name: string])[];
  /** Null for a name that nobody took. */
  value(name: string): string | null;
}

export function createSecretBook(): SecretBook {
  const values = new Map<string, string>();
  const taken = new Set<string>();
  /** By where it stands, and by stack and value. */
  const known = new Map<string, string>();
  const byStack = new Map<string, Map<string, string>>();

  function nameFor(stack: string, words: readonly string[]): string {
    const label = labelOf([stack, ...words].join("-"), "secret", longestSecretName);
    return secretName(freeName(label, taken, longestSecretName));
  }

  return {
    take(stack, words, value) {
      const ofStack = byStack.get(stack) ?? new Map<string, string>();
      byStack.set(stack, ofStack);
      const isShared = value.length >= shortestShared;
      const place = JSON.stringify([stack, words, value]);
      const name = (isShared ? ofStack.get(value) : known.get(place)) ?? nameFor(stack, words);
      known.set(place, name);
      if (isShared) ofStack.set(value, name);
      values.set(name, value);
      return name;
    },
    shared: (stack) =>
      [...(byStack.get(stack) ?? [])].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)),
    value: (name) => values.get(secretName(name)) ?? null,
  };
}

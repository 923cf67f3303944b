// Which secrets the stacks of one load ask for, and who does not get one: for people who want to know what is used.
import { isCapstanError } from "../lib/errors.ts";
import type { Place, SecretAsk } from "../model/desired.ts";
import { secretName } from "../model/secret-name.ts";

type Lookup = (
  name: string,
  asker: { readonly stack: string; readonly file: string },
) => string | null;

interface Named {
  readonly name: string;
  readonly place: Place;
}

export interface SecretAsks {
  /** The lookup for one stack. */
  of(stack: Named): { readonly secret: (name: string) => string | null };
  all(): readonly SecretAsk[];
}

export function createSecretAsks(lookup: Lookup): SecretAsks {
  const asks = new Map<string, SecretAsk>();

  function note(asker: { readonly stack: string; readonly file: string }) {
    return (name: string, failed: SecretAsk["failed"]): void => {
      const spelled = secretName(name);
      const key = JSON.stringify([spelled, asker.stack, asker.file]);
      // A name is looked for in more than one spelling.
      if (failed !== null && asks.get(key)?.failed === null) return;
      asks.set(key, { name: spelled, ...asker, failed });
    };
  }

  return {
    of({ name: stack, place: { file } }) {
      const asker = { stack, file };
      const told = note(asker);
      return {
        secret(name) {
          try {
            const value = lookup(name, asker);
            told(name, value === null ? "missing" : null);
            return value;
          } catch (error) {
            if (!isCapstanError(error)) throw error;
            const { message, hint = null, retryable } = error;
            told(name, retryable ? "outage" : { message, hint });
            throw error;
          }
        },
      };
    },
    all: () =>
      [...asks.values()].sort((a, b) =>
        a.name === b.name ? (a.stack < b.stack ? -1 : 1) : a.name < b.name ? -1 : 1,
      ),
  };
}

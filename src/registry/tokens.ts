// Tokens of registries: asked for where a registry says, kept for as long as they hold.
import { z } from "zod";
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { HttpClient } from "../lib/http.ts";
import type { RegistryLogin } from "../model/specs.ts";
import type { Challenge } from "./challenge.ts";
import { jsonOf } from "../lib/json.ts";
import type { Pauses } from "./pauses.ts";
import type { Repository } from "./reference.ts";

export interface Tokens {
  /** The value of `Authorization` that worked last; null: none is known. */
  known(repository: Repository): string | null;
  /** One that answers this challenge. Throws `unauthorised` when the login is refused. */
  ask(repository: Repository, challenge: Challenge): Promise<string>;
  /** It was refused. */
  forget(repository: Repository): void;
}

const timeoutMs = 15_000;
const maxBytes = 256 * 1024;
const mostKept = 1_000;
/** By the specification, where none is named. */
const shortestSeconds = 60;
const longestSeconds = 3_600;
/** A token that ends while it is under way is of no use. */
const marginMs = 10_000;

const answer = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().nullish(),
});

export function basic({ username, password }: RegistryLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** What a token is for: the same repository with another login is something else. */
function keyOf({ origin, path, login }: Repository): string {
  return JSON.stringify([origin, path, login?.username ?? null, login?.password ?? null]);
}

function refused({ host, login }: Repository): CapstanError {
  return new CapstanError("unauthorised", `${host} refuses the login`, {
    hint:
      login === null
        ? "it is private: give the application a `registry` with username and password"
        : "check username and password of `registry` in the manifest",
  });
}

export function createTokens(options: {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly pauses: Pauses;
}): Tokens {
  const { http, clock, pauses } = options;
  const kept = new Map<string, { readonly value: string; readonly untilMs: number }>();

  function keep(repository: Repository, value: string, seconds: number): string {
    if (kept.size >= mostKept) kept.clear();
    const forMs = Math.min(longestSeconds, Math.max(shortestSeconds, seconds)) * 1_000;
    kept.set(keyOf(repository), { value, untilMs: clock.now() + forMs - marginMs });
    return value;
  }

  async function fetchToken(
    repository: Repository,
    { realm, service, scope }: Extract<Challenge, { scheme: "bearer" }>,
  ): Promise<string> {
    const { host, login, path } = repository;
    const url = new URL(realm);
    if (service !== null) url.searchParams.set("service", service);
    // Never more than reading this repository, whatever the registry names.
    url.searchParams.set("scope", `repository:${path}:pull`);
    if (scope === null) url.searchParams.delete("scope");
    const authorization = login === null ? {} : { authorization: basic(login) };
    const { status, headers, text } = await http.send({
      ...{ method: "GET", url: url.href, timeoutMs, maxBytes, cut: true },
      headers: { accept: "application/json", ...authorization },
    });
    if (status === 429) {
      pauses.heed(host, headers);
      pauses.check(host);
    }
    if (status === 401 || status === 403) throw refused(repository);
    const said = status === 200 ? answer.safeParse(jsonOf(text)) : null;
    const token = said?.data?.token ?? said?.data?.access_token ?? "";
    // What is no header's value is no token: it would fail in words that show it.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      const what = status === 200 ? "something that is no token" : `status ${status}`;
      throw new CapstanError("unavailable", `${realm.host} answered ${what} to a login`);
    }
    return keep(repository, `Bearer ${token}`, said?.data?.expires_in ?? shortestSeconds);
  }

  return {
    known(repository) {
      const key = keyOf(repository);
      const found = kept.get(key);
      if (found !== undefined && found.untilMs > clock.now()) return found.value;
      kept.delete(key);
      return null;
    },
    async ask(repository, challenge) {
      if (challenge.scheme === "bearer") return fetchToken(repository, challenge);
      const { login } = repository;
      if (login === null) throw refused(repository);
      return keep(repository, basic(login), longestSeconds);
    },
    forget(repository) {
      kept.delete(keyOf(repository));
    },
  };
}

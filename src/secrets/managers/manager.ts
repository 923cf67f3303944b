// What a secret manager is to Capstan, and how its answers become errors. A manager that does not answer, refuses the
// token or asks for a pause is an outage (P11); only its own word that something is not there means that.
import { CapstanError } from "../../lib/errors.ts";
import type { HttpClient, HttpResponse } from "../../lib/http.ts";
import { retryAfterMs } from "../../lib/retry-after.ts";
import type { ManagerPrefix } from "../../model/secret-name.ts";

/** Null: the manager says that there is none. An error that is retryable: this one cannot be read now. */
export type Found = string | null | CapstanError;

export interface ListedName {
  readonly name: string;
  readonly alias: string;
}

export interface SecretManager {
  /** What stands before the names in manifests. */
  readonly prefix: ManagerPrefix;
  /** For people. */
  readonly title: string;
  /**
   * Each of the names, without the prefix; asks one thing after another. Throws a retryable error where nothing can be
   * read, `invalid` for an answer that is damaged. May be called again at any time.
   */
  read(names: readonly string[]): Promise<ReadonlyMap<string, Found>>;
  /** All names that the last `read` saw; null where the manager does not list them. */
  names(): readonly ListedName[] | null;
  /** Asks whether the token is good; how many names it lists, null where it lists none. Throws like `read`. */
  check(): Promise<number | null>;
  /** Why a name can stand for nothing, as the rest of a sentence; null when it may. */
  refuses(name: string): { readonly message: string; readonly hint: string } | null;
}

export interface Sending {
  readonly http: HttpClient;
  readonly now: () => number;
  /** For people: who is asked. */
  readonly title: string;
  /** What to look at when nothing answers. */
  readonly addressHint: string;
  readonly tokenHint: string;
}

export const timeoutMs = 10_000;
const maxBytes = 8 * 1024 * 1024;

export interface Ask {
  readonly method?: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Any status is an answer. Throws `unavailable`; the address that is told has neither path nor query. */
export async function send({ http, title, addressHint }: Sending, ask: Ask): Promise<HttpResponse> {
  try {
    return await http.send({
      method: ask.method ?? "GET",
      url: ask.url,
      headers: { accept: "application/json", "user-agent": "capstan", ...ask.headers },
      ...(ask.body === undefined ? {} : { body: ask.body }),
      timeoutMs,
      maxBytes,
    });
  } catch (error) {
    const words = error instanceof CapstanError ? error.message : "it does not answer";
    throw new CapstanError("unavailable", `${title} cannot be reached: ${words}`, {
      hint: addressHint,
      cause: error,
    });
  }
}

/** Of a status that is no success: its body may repeat what was sent, and is not shown. */
export function refusal(sending: Sending, { status, headers }: HttpResponse): CapstanError {
  const { title, tokenHint, addressHint, now } = sending;
  if (status === 429) {
    const pauseMs = retryAfterMs(headers, now());
    return new CapstanError("rate-limited", `${title} asks for a pause: too many requests`, {
      hint: "a longer SECRETS_REFRESH asks less often",
      ...(pauseMs === null ? {} : { retryAfterMs: pauseMs }),
    });
  }
  if (status === 401) {
    return new CapstanError("unauthorised", `${title} does not accept the token`, {
      hint: tokenHint,
    });
  }
  if (status === 403) {
    return new CapstanError("forbidden", `${title} does not let this token read it`, {
      hint: tokenHint,
    });
  }
  return new CapstanError("unavailable", `${title} answers ${status}`, { hint: addressHint });
}

/** Throws `unavailable` for what is no JSON object, such as a proxy's page. */
export function jsonOf({ title, addressHint }: Sending, { text }: HttpResponse): unknown {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json;
  } catch {
    // Told below.
  }
  throw new CapstanError("unavailable", `${title} does not answer with JSON`, {
    hint: addressHint,
  });
}

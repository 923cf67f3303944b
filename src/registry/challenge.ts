// What a registry asks for when it answers 401: a token from some address, or the login itself. Pure.
import { CapstanError } from "../lib/errors.ts";

export type Challenge =
  | {
      readonly scheme: "bearer";
      readonly realm: URL;
      readonly service: string | null;
      readonly scope: string | null;
    }
  | { readonly scheme: "basic" };

const longest = 4_000;

function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", quoted, bare] of text.matchAll(/([a-z]+)=(?:"([^"]*)"|([^\s",]+))/gi)) {
    found.set(name.toLowerCase(), quoted ?? bare ?? "");
  }
  return found;
}

function domainOf(host: string): string {
  return host.split(".").slice(-2).join(".");
}

/**
 * Whether an address may be asked for a token because this registry says so: on its own host, or with its last two
 * labels in common, as auth.docker.io has with registry-1.docker.io. Anything else may be an address inside the network
 * that Capstan reaches and the registry's owner does not.
 */
export function mayAsk(realm: URL, registry: URL): boolean {
  if (realm.username !== "" || realm.password !== "") return false;
  if (realm.protocol !== "https:" && realm.protocol !== registry.protocol) return false;
  if (realm.hostname === registry.hostname) return true;
  const isName = (host: string): boolean => /[a-z]$/.test(host) && host.includes(".");
  if (!isName(realm.hostname) || !isName(registry.hostname)) return false;
  return domainOf(realm.hostname) === domainOf(registry.hostname);
}

/** Null: it is none that is known. Throws `unavailable` when it names an address that may not be asked. */
export function readChallenge(header: string | null, registry: URL): Challenge | null {
  const text = (header ?? "").slice(0, longest);
  const bearer = /\bbearer\s+(.*)$/i.exec(text)?.[1];
  if (bearer === undefined) return /\bbasic\b/i.test(text) ? { scheme: "basic" } : null;
  const parameters = parametersOf(bearer);
  const realm = parameters.get("realm") ?? "";
  if (!URL.canParse(realm)) return null;
  const address = new URL(realm);
  if (!mayAsk(address, registry)) {
    const message = `${registry.host} wants a token of ${address.host}, which is not asked`;
    throw new CapstanError("unavailable", message, {
      hint: "tokens are asked for on the registry's own host or domain, and not without TLS",
    });
  }
  return {
    scheme: "bearer",
    realm: address,
    service: parameters.get("service") ?? null,
    scope: parameters.get("scope") ?? null,
  };
}

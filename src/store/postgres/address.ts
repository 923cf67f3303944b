// DATABASE_URL taken apart: what is connected to, how, and what of it is secret.
import { CapstanError } from "../../lib/errors.ts";

export interface DatabaseAddress {
  /** For the driver, without what is said of TLS. */
  readonly connectionString: string;
  /** Whether the connection is encrypted, and what is checked of the server's certificate. */
  readonly tls: "none" | "unchecked" | "authority" | "whole";
  /** For people, without a password: `capstan on db.example.com:5432`. */
  readonly title: string;
  /** What must never be shown. */
  readonly secrets: readonly string[];
}

const modes: Readonly<Record<string, DatabaseAddress["tls"]>> = {
  disable: "none",
  require: "unchecked",
  "verify-ca": "authority",
  "verify-full": "whole",
};

function wrong(hint: string): CapstanError {
  return new CapstanError("invalid", "DATABASE_URL cannot be used", { hint });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Throws `invalid`, with a hint that holds no part of a password. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = URL.parse(text);
  if (url === null || !["postgres:", "postgresql:"].includes(url.protocol)) {
    throw wrong(
      "write it as postgres://user:password@host:5432/database; special characters of a password as %-codes",
    );
  }
  const database = decoded(url.pathname.slice(1));
  if (database === "") throw wrong("name a database at its end: postgres://…/capstan");
  // A socket is a folder in `host`.
  const host = url.searchParams.get("host") ?? url.hostname;
  if (host === "") throw wrong("name a host: postgres://user:password@host:5432/database");
  const mode = url.searchParams.get("sslmode") ?? "disable";
  const tls = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (tls === undefined) {
    throw wrong(
      `sslmode must be ${Object.keys(modes)
        .join(", ")
        .replace(/, (?=[^,]*$)/, " or ")}`,
    );
  }
  for (const name of ["sslrootcert", "sslcert", "sslkey", "ssl"]) {
    if (url.searchParams.has(name)) {
      throw wrong(`${name} is not read: set sslmode, and CA_FILE for an authority of your own`);
    }
  }
  url.searchParams.delete("sslmode");
  const port = url.port === "" ? "5432" : url.port;
  const place = host.startsWith("/") ? host : `${host}:${port}`;
  const given = [url.password, url.searchParams.get("password") ?? ""];
  const secrets = given.flatMap((one) => (one === "" ? [] : [one, decoded(one)]));
  return {
    connectionString: url.href,
    tls,
    title: `${database} on ${place}`,
    secrets: [...new Set(secrets)],
  };
}

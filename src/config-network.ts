// Proxies and certificate authorities, as the environment says. They hold for the whole process, so they are read
// before anything else.
import { z } from "zod";
import { thisMachine } from "./lib/network.ts";
import type { NetworkSettings } from "./lib/network.ts";

const proxy = z.string().refine(
  (value) => {
    const url = URL.parse(value);
    return url !== null && /^https?:$/.test(url.protocol);
  },
  { error: "must be an address such as http://proxy.example.com:3128" },
);

/** Rows of the table of variables. */
export const networkVariables = {
  CA_FILE: z.string().optional(),
  HTTPS_PROXY: proxy.optional(),
  HTTP_PROXY: proxy.optional(),
  NO_PROXY: z.string().optional(),
};

/** Null also for a file that cannot be read and an address that is none: others report those. */
function usable<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** `value`: of a variable, also from the file that NAME_FILE names; null: not set. Many programs take small letters. */
export function networkOf(
  value: (name: string) => string | null,
  readFile: (path: string) => string,
): NetworkSettings {
  const either = (name: string): string | null =>
    value(name)?.trim() ?? value(name.toLowerCase())?.trim() ?? null;
  const address = (name: string): string | null =>
    usable(() => proxy.parse(either(name) ?? undefined));
  const file = value("CA_FILE");
  return {
    httpProxy: address("HTTP_PROXY"),
    httpsProxy: address("HTTPS_PROXY"),
    noProxy: either("NO_PROXY"),
    authorities: file === null ? null : usable(() => readFile(file.trim())),
  };
}

/** The proxy that a request to this address goes through, without its login; null: none. */
export function proxyFor(
  { httpProxy, httpsProxy, noProxy }: NetworkSettings,
  address: string,
): string | null {
  const { protocol, hostname } = new URL(address);
  const proxy = protocol === "https:" ? httpsProxy : httpProxy;
  if (proxy === null || thisMachine.includes(hostname)) return null;
  const names = (noProxy ?? "").split(/[\s,]+/).filter((name) => name !== "");
  const isDirect = names.some((name) => {
    const host = name.replace(/:\d+$/, "").replace(/^\*?\./, "");
    return name === "*" || hostname === host || hostname.endsWith(`.${host}`);
  });
  return isDirect ? null : new URL(proxy).origin;
}

/** What of it must never be shown: passwords in addresses of proxies. */
export function networkSecrets({ httpProxy, httpsProxy }: NetworkSettings): readonly string[] {
  return [httpProxy, httpsProxy].flatMap((address) => {
    const { password } = new URL(address ?? "http://none");
    return password === "" ? [] : [password, decodeURIComponent(password)];
  });
}

// The reference grammar of the distribution project (github.com/distribution/reference), as Docker applies
// it to the image of a service. Written out here because a person needs to hear which part is wrong.
import type { Refusal } from "./refusal.ts";

const alphanumeric = "[a-z0-9]+";
const separator = "(?:[_.]|__|-+)";
const part = `${alphanumeric}(?:${separator}${alphanumeric})*`;
const hostLabel = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const tag = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}";
const digest = "sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}";

/** All of it in one pattern, for editors. */
export const imagePattern = `^(?:${host}/)?${part}(?:/${part})*(?::${tag})?(?:@(?:${digest}))?$`;

const isPart = new RegExp(`^${part}$`);
const isHost = new RegExp(`^${host}$`);
const isDigest = new RegExp(`^(?:${digest})$`);

const example = "such as ghcr.io/acme/shop:1.4.2";
const longestTag = 128;
const longestName = 255;

/** Why Docker would refuse an image; null when it takes it. */
export function refuseImage(image: string): Refusal | null {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(image)?.[0];
  if (scheme !== undefined) {
    return { message: `cannot begin with ${scheme}`, hint: `write ${image.slice(scheme.length)}` };
  }
  if (/\s/.test(image)) {
    const hint = /\s/.test(image.trim()) ? example : `write ${image.trim()}`;
    return { message: "cannot hold spaces", hint };
  }
  const [named = "", ...digests] = image.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const rest = image.slice(name.length);
  return (
    refuseName(name, rest) ??
    (colon === -1 ? null : refuseTag(name, named.slice(colon + 1))) ??
    (digests.length === 0 ? null : refuseDigest(named, digests.join("@")))
  );
}

function refuseName(name: string, rest: string): Refusal | null {
  const parts = name.split("/");
  if (parts.includes("")) {
    const message = name === "" ? "names no image" : "has an empty part between slashes";
    return { message, hint: example };
  }
  const [first = ""] = parts;
  // As Docker tells a registry from a repository: by a dot, a colon, upper case, or `localhost`.
  const isRegistry =
    parts.length > 1 && (/[.:]/.test(first) || first === "localhost" || first !== lower(first));
  if (isRegistry && !isHost.test(first)) {
    return { message: `has a registry that is not a host name: ${first}`, hint: example };
  }
  const path = isRegistry ? parts.slice(1) : parts;
  const length = path.join("/").length;
  if (length > longestName) {
    const hint = `a name has at most ${longestName}`;
    return { message: `has a name of ${length} characters`, hint };
  }
  const before = isRegistry ? `${first}/` : "";
  for (const one of path) {
    if (isPart.test(one)) continue;
    if (isPart.test(lower(one))) {
      const hint = `write ${before}${lower(path.join("/"))}${rest}`;
      return { message: "must be in lower case", hint };
    }
    const hint = "a-z and 0-9, between them single dots, one or two underscores, or hyphens";
    return { message: `has a part that is not a name: ${one}`, hint };
  }
  if (parts.length === 1 && /^[a-f0-9]{64}$/.test(name)) {
    const hint = "name a repository, such as nginx";
    return { message: "cannot be 64 hexadecimal digits alone", hint };
  }
  return null;
}

function lower(text: string): string {
  return text.toLowerCase();
}

function refuseTag(name: string, given: string): Refusal | null {
  if (given === "") {
    const hint = `name a version, such as ${name}:1.2, or write ${name}`;
    return { message: "has no tag after `:`", hint };
  }
  const [first = ""] = given.split(":");
  if (first !== given) {
    return { message: "has more than one `:` in its tag", hint: `write ${name}:${first}` };
  }
  const hint = "a tag has letters, digits, _ . and -, and does not begin with . or -";
  const wrong = /[^a-zA-Z0-9_.-]/u.exec(given)?.[0];
  if (wrong !== undefined) return { message: `has a tag with \`${wrong}\` in it`, hint };
  const start = given.charAt(0);
  if (/[.-]/.test(start)) return { message: `has a tag that begins with \`${start}\``, hint };
  if (given.length > longestTag) {
    const message = `has a tag of ${given.length} characters`;
    return { message, hint: `a tag has at most ${longestTag}` };
  }
  return null;
}

function refuseDigest(named: string, given: string): Refusal | null {
  if (given === "") return { message: "has no digest after `@`", hint: `write ${named}` };
  if (isDigest.test(given)) return null;
  const hint = "a digest is sha256: and 64 of 0-9, a-f; docker image inspect shows it";
  return { message: "has a digest that is not complete", hint };
}

/** `acme/postgres` and `17` of `acme/postgres:17@sha256:…`; a tag of null: none is written. */
export function imageParts(image: string): { readonly name: string; readonly tag: string | null } {
  const bare = image.split("@", 1)[0] ?? "";
  const colon = bare.indexOf(":", bare.lastIndexOf("/") + 1);
  return colon === -1
    ? { name: bare, tag: null }
    : { name: bare.slice(0, colon), tag: bare.slice(colon + 1) };
}

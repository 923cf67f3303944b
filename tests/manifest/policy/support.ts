// Stacks and policies as texts, and what is said of them.
import { load, problemText } from "../support.ts";
import type { Texts } from "../support.ts";
import type { Desired, LoadInput } from "../../../src/manifest/load.ts";

/** `spec` in flow style: `match: { paths: ["users/**"] }, allow: { bindMounts: [] }`. */
export function policy(spec: string, name = "portal"): string {
  return `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}

/** What a policy says that is about users/ alone. */
export const forUsers = (allow: string): string =>
  policy(`match: { paths: ["users/**"] }, allow: { ${allow} }`);

/** A stack with one application, whose fields are lines. */
export function stackOf(fields: string, more = "", name = "alice"): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    ...more.split("\n").map((line) => `  ${line}`),
    "  applications:",
    "    web:",
    "      image: ghcr.io/acme/web:1",
    ...fields.split("\n").map((line) => `      ${line}`),
    "",
  ].join("\n");
}

/** A stack with one compose file, given as it is. */
export function composeStack(file: string, more = "", name = "alice"): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  compose:",
    "    queue:",
    ...(more === "" ? [] : more.split("\n").map((line) => `      ${line}`)),
    "      content: |",
    ...file.split("\n").map((line) => `        ${line}`),
    "",
  ].join("\n");
}

/** A compose file with one service, which has this beside its image, and more at the top. */
export const file = (service: string, shared = ""): string =>
  `services:\n  app:\n    image: ghcr.io/acme/app:1\n    ${service}\n${shared}`;

export const lines = (desired: Desired): readonly string[] => desired.problems.map(problemText);

/** What a policy for users/ says of a stack that is there. */
export function refusals(
  allow: string,
  stack: string,
  more: Texts = {},
  options: Partial<LoadInput> = {},
): readonly string[] {
  const texts = { "policies/portal.yaml": forUsers(allow), "users/alice.yaml": stack, ...more };
  return lines(load(texts, options));
}

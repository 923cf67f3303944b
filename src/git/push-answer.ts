// What the output of `git push --porcelain` means for the one ref that was pushed. Pure.
import { CapstanError } from "../lib/errors.ts";
import type { ProgramResult } from "../lib/spawn.ts";
import type { Failure } from "./failure.ts";

export type PushAnswer =
  | { readonly kind: "landed" }
  /** The branch is not where it was said to be: nothing was written. */
  | { readonly kind: "moved" }
  /** Nothing was written, and this is why. */
  | { readonly kind: "refused"; readonly error: CapstanError }
  /** It may have been written. */
  | { readonly kind: "lost"; readonly reason: string };

/** Others were faster, as the client or the server sees it. */
const movedReason =
  /stale info|fetch first|non-fast-forward|failed to update ref|failed to lock|cannot lock ref|incorrect old value|reference already exists|remote ref updated since checkout/;
const notAllowed =
  /protected|not allowed|not permitted|permission|denied|unauthori[sz]ed|forbidden|GH006|GH013/i;
/** The connection never came to the point at which something is sent. */
const beforeSending =
  /unable to access|Could not resolve|Failed to connect|Couldn't connect|Connection refused|No route to host|Network is unreachable/;
const refusals: ReadonlySet<string> = new Set([
  "unauthorised",
  "forbidden",
  "not-found",
  "rate-limited",
  "invalid",
]);

export function readPushAnswer(
  { exitCode, stdout, stderr }: Pick<ProgramResult, "exitCode" | "stdout" | "stderr">,
  context: {
    /** Without credentials. */
    readonly url: string;
    readonly branch: string;
    readonly redact: (text: string) => string;
    readonly explain: (stderr: string) => Failure;
  },
): PushAnswer {
  if (exitCode === 0) return { kind: "landed" };
  const { url, branch, redact, explain } = context;
  const line = /^!\t[^\t\n]*\t\[([^\]\n]*)\](?: \((.*)\))?/m.exec(stdout.toString("utf8"));
  if (line === null) {
    const { error } = explain(stderr);
    return refusals.has(error.code) || beforeSending.test(stderr)
      ? { kind: "refused", error }
      : { kind: "lost", reason: error.message };
  }
  const [, summary = "", why = ""] = line;
  if (summary === "remote failure") return { kind: "lost", reason: `${url}: ${redact(why)}` };
  if (movedReason.test(why)) return { kind: "moved" };
  const words = remoteWords(redact(stderr));
  const told = `${url} refused the commit to ${branch}: ${redact(why) || summary}`;
  const message = words === "" ? told : `${told}: ${words}`;
  if (why.includes("unpack") && !/fsck|object/i.test(words)) {
    const hint = "see what the repository's host says of itself; its disk may be full";
    return { kind: "refused", error: new CapstanError("unavailable", message, { hint }) };
  }
  if (notAllowed.test(`${why} ${words}`)) {
    const hint = `let Capstan's account push to ${branch} there, or let it open pull requests instead`;
    return { kind: "refused", error: new CapstanError("forbidden", message, { hint }) };
  }
  const hint = "the repository's own rules refuse it: change what is committed, or the rule";
  return { kind: "refused", error: new CapstanError("invalid", message, { hint }) };
}

/** What the server's hook printed, in one line. */
function remoteWords(stderr: string): string {
  return stderr
    .split(/[\r\n]+/)
    .flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1] ?? [])
    .map((line) => line.replaceAll(/[\u0000-\u001f\u007f]/g, " ").trim())
    .filter((line) => line !== "")
    .slice(0, 10)
    .join(" ")
    .slice(0, 500);
}

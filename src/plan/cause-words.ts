// What people read of a cause. Nothing decides by these texts: they may be reworded any day.
import { kindTitle } from "../model/kinds/table.ts";
import type { Cause, DriftChange, SecretChange } from "../model/cause.ts";
import type { FieldChange } from "../model/plan.ts";
import { listed } from "./render/words.ts";

function secretText({ names, fields, orGit }: SecretChange): string {
  const what = `${names.length === 1 ? "the secret" : "the secrets"} ${listed(names)}`;
  return `${what} changed${orGit ? ", or Git did" : ""} (${listed(fields)})`;
}

function gitText({ what, fields, secret }: Extract<Cause, { kind: "git" }>): string {
  const names = listed(fields);
  const texts = {
    fields: `${names} changed in Git`,
    variables: `project variables changed in Git: ${names}`,
    typed: `${names} changed in Git, and on the server before`,
  };
  return secret === null ? texts[what] : `${texts[what]}; ${secretText(secret)}`;
}

function leftText({ what, kept, leftOut }: Extract<Cause, { kind: "left-git" }>): string {
  if (leftOut !== undefined) {
    return `.capstanignore leaves out ${leftOut}${kept ? ", and it is kept" : ""}`;
  }
  const texts = {
    stack: `its stack is no longer in Git${kept ? ", and it is kept" : ""}`,
    service: "no longer in Git",
    environment: "no longer in Git, and empty",
    record: "no domain in Git asks for it any more",
  };
  return texts[what];
}

function driftText(change: DriftChange): string {
  switch (change.what) {
    case "fields":
      return `${listed(change.fields)} changed on the server`;
    case "parts":
      return `containers were removed by hand: ${listed(change.gone)}`;
    case "record":
      return `${listed(change.fields)} changed at the DNS provider`;
    case "removed":
      return "its swarm service was removed by hand";
    case "stopped":
      return "it was stopped by hand";
    case "scaled":
      return `it was scaled by hand to ${change.running} of ${change.wanted}`;
  }
}

function imageText({ digest, was, tag }: Extract<Cause, { kind: "image" }>): string {
  const now = `${tag} points to sha256:${digest}`;
  return was === null
    ? `${now}, and which image runs is not known`
    : `${now}, before to sha256:${was}`;
}

/** One clause: `image changed in Git`. Names of secrets, never their values. */
export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case "new":
      return cause.what === "configuration" ? "new" : `new ${kindTitle(cause.what)}`;
    case "missing":
      return "in Git and not on the server";
    case "child":
      return cause.wanted ? "in the manifest" : "not in the manifest";
    case "git":
      return gitText(cause);
    case "secret":
      return secretText(cause);
    case "differs":
      return `${cause.fields.join(", ")} differ from Git`;
    case "adopted":
      return "adopted";
    case "renamed":
      return `the stack was named ${cause.from}`;
    case "left-git":
      return leftText(cause);
    case "duplicate":
      return "created twice: the first request was not answered";
    case "drift":
      return `drift: ${driftText(cause.change)}`;
    case "replaced":
      return `server ${cause.from} → ${cause.to}; it does not run until it is healthy there`;
    case "moved":
      return `it was moved by hand to ${cause.environment}`;
    case "person":
      return `${cause.by} asked for a redeploy${cause.rolledBack ? " of what was rolled back" : ""}`;
    case "commit":
      return `new commit ${cause.commit} of ${cause.ref}`;
    case "image":
      return imageText(cause);
    case "retry":
      return `again after a failure: ${cause.why}`;
    case "resumed":
      return "rollout not confirmed healthy yet";
    case "ended":
      return "it has ended";
    case "delivery":
      return "Dokploy would deploy it by itself";
    case "rollback": {
      const { from, to, why } = cause;
      return `rolled back from ${from} to ${to}${why === "" ? "" : `: ${why}`}`;
    }
    case "marker":
      return cause.when === "before"
        ? "recorded: mounts, ports or variables are about to change"
        : "recorded as rolled out";
    case "words":
      return cause.text;
  }
}

/** A correction: `drift: image changed on the server (image: nginx:1 → nginx:2)`. */
export function driftLine(cause: Cause, changes: readonly FieldChange[]): string {
  const fields = changes.map(({ path, was, is }) => `${path}: ${was ?? "-"} → ${is ?? "-"}`);
  return `${causeText(cause)}${fields.length === 0 ? "" : ` (${fields.join(", ")})`}`;
}

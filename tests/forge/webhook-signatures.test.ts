// Who may say something: signatures of every host, right, wrong, empty, missing and of another host.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWebhookReader } from "../../src/forge/webhooks.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { forgeKinds } from "../../src/model/forge.ts";
import type { Delivery, ForgeKind } from "../../src/model/forge.ts";
import {
  giteaDelivery,
  githubDelivery,
  gitlabDelivery,
  secret,
  stampedDelivery,
} from "../support/forge-deliveries.ts";
import type { Made } from "../support/forge-deliveries.ts";

const nowMs = Date.parse("2026-11-22T12:00:00Z");
const reader = createWebhookReader({ secrets: secret });
const signingKey = `whsec_${Buffer.from("a key of thirty-two bytes exactly").toString("base64")}`;
const stamped = createWebhookReader({ secrets: { gitlab: signingKey } });

function read(kind: ForgeKind, made: Made, by = reader): Delivery {
  return by.read(kind, made.headers, made.body, nowMs);
}

function refusal(call: () => unknown): CapstanError {
  try {
    call();
  } catch (error) {
    if (error instanceof CapstanError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const ping = { zen: "x", repository: { full_name: "acme/stacks" } };
const pings: Readonly<Record<ForgeKind, Made>> = {
  gitea: giteaDelivery("ping", ping),
  forgejo: giteaDelivery("ping", ping, { kind: "forgejo" }),
  github: githubDelivery("ping", ping),
  gitlab: gitlabDelivery("Ping Hook", ping),
};
const signatureHeaders: Readonly<Record<ForgeKind, readonly string[]>> = {
  gitea: ["x-gitea-signature"],
  forgejo: ["x-forgejo-signature", "x-gitea-signature"],
  github: ["X-Hub-Signature-256"],
  gitlab: ["x-gitlab-token"],
};

/** The same delivery with other signatures; without them when there is none. */
function signedWith(kind: ForgeKind, signature: string | null): Made {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(pings[kind].headers)) {
    if (!signatureHeaders[kind].includes(name)) headers[name] = value;
    else if (signature !== null) headers[name] = signature;
  }
  return { ...pings[kind], headers };
}

describe.each(forgeKinds)("%s", (kind) => {
  test("a good signature is accepted, with the host's id of the delivery", () => {
    expect(read(kind, pings[kind])).toMatchObject({ id: "an-id", event: { type: "other" } });
  });

  test.each([
    ["missing", null],
    ["empty", ""],
    ["an empty prefix", "sha256="],
    ["of other bytes", "ab".repeat(32)],
    ["with a prefix and of other bytes", `sha256=${"ab".repeat(32)}`],
    ["too short", "abcd"],
    ["no hexadecimal", "z".repeat(64)],
    ["the secret's beginning", secret.slice(0, -1)],
    ["very long", "a".repeat(100_000)],
  ])("P3 a webhook with a wrong, empty or missing signature is refused: %s", (_name, signature) => {
    const error = refusal(() => read(kind, signedWith(kind, signature)));
    expect(error.code).toBe("unauthorised");
    expect(error.hint).toContain("WEBHOOK_SECRET");
  });

  test("P3 a webhook with a wrong, empty or missing signature is refused before its body is read", () => {
    const made = signedWith(kind, "ab".repeat(32));
    for (const body of ["", "{", "null", "x".repeat(1_000_000)]) {
      const error = refusal(() => read(kind, { ...made, body: Buffer.from(body) }));
      expect(error.code).toBe("unauthorised");
    }
  });

  test("a changed body no longer fits its signature", () => {
    if (kind === "gitlab") return; // Its token is of no body.
    const body = Buffer.from(pings[kind].body);
    body[10] = (body[10] ?? 0) ^ 1;
    expect(refusal(() => read(kind, { ...pings[kind], body })).code).toBe("unauthorised");
  });

  test("P3 without a configured secret nothing is accepted, the empty one's signature included", () => {
    const empty = createWebhookReader({ secrets: "" });
    const none = createWebhookReader({ secrets: {} });
    const made = {
      gitea: giteaDelivery("ping", ping, { key: "" }),
      forgejo: giteaDelivery("ping", ping, { kind: "forgejo", key: "" }),
      github: githubDelivery("ping", ping, { key: "" }),
      gitlab: gitlabDelivery("Ping Hook", ping, ""),
    }[kind];
    for (const by of [empty, none]) {
      const error = refusal(() => read(kind, made, by));
      expect(error.code).toBe("unauthorised");
      expect(error.hint).toContain("WEBHOOK_SECRET");
      expect(refusal(() => read(kind, pings[kind], by)).code).toBe("unauthorised");
    }
  });

  test("P3 an oversized body is refused", () => {
    const body = new Uint8Array(25 * 1024 * 1024 + 1);
    expect(refusal(() => read(kind, { ...pings[kind], body })).code).toBe("invalid");
  });

  test("P5 what is refused tells neither the secret nor the body", () => {
    const canary = "canary-of-the-body";
    const bodies = [`{"ref": "${canary}"}`, canary, `{"repository": {"${canary}": 1}}`];
    for (const body of bodies) {
      for (const key of [secret, "another"]) {
        const made = {
          gitea: giteaDelivery("push", body, { key }),
          forgejo: giteaDelivery("push", body, { kind: "forgejo", key }),
          github: githubDelivery("push", body, { key }),
          gitlab: gitlabDelivery("Push Hook", body, key),
        }[kind];
        const error = refusal(() => read(kind, made));
        const told = `${error.message} ${error.hint ?? ""}`;
        expect(told).not.toContain(secret);
        expect(told).not.toContain(canary);
      }
    }
  });
});

describe("a delivery at another host's address", () => {
  test.each(forgeKinds.flatMap((to) => forgeKinds.map((from) => [from, to] as const)))(
    "of %s at the address of %s",
    (from, to) => {
      const siblings = ["gitea", "forgejo"];
      if (from === to || (siblings.includes(from) && siblings.includes(to))) {
        expect(read(to, pings[from]).event.type).toBe("other");
        return;
      }
      const error = refusal(() => read(to, pings[from]));
      expect(error.code).toBe("unauthorised");
      expect(error.hint).toContain(`/webhooks/${from}`);
    },
  );

  test("of nobody known is refused", () => {
    expect(refusal(() => reader.read("gitea", {}, new Uint8Array(), nowMs)).code).toBe(
      "unauthorised",
    );
  });
});

test("each host can have a secret of its own", () => {
  const by = createWebhookReader({ secrets: { gitea: "g", github: "h" } });
  expect(read("gitea", giteaDelivery("ping", ping, { key: "g" }), by).id).toBe("an-id");
  expect(refusal(() => read("github", githubDelivery("ping", ping, { key: "g" }), by)).code).toBe(
    "unauthorised",
  );
  expect(refusal(() => read("gitlab", pings.gitlab, by)).code).toBe("unauthorised");
});

describe("forms", () => {
  test("of Gitea sign the JSON inside, those of GitHub themselves", () => {
    expect(read("gitea", giteaDelivery("ping", ping, { form: true })).repository).toBe(
      "acme/stacks",
    );
    expect(read("github", githubDelivery("ping", ping, { form: true })).repository).toBe(
      "acme/stacks",
    );
  });

  test("without a payload are refused", () => {
    const { headers } = giteaDelivery("ping", ping, { form: true });
    const body = Buffer.from("other=1");
    expect(refusal(() => read("gitea", { headers, body })).code).toBe("unauthorised");
    const made = githubDelivery("ping", ping);
    const form = { ...made.headers, "Content-Type": "application/x-www-form-urlencoded" };
    expect(refusal(() => read("github", { ...made, headers: form })).code).toBe("invalid");
  });
});

describe("GitLab's signature with a time", () => {
  const made = (atMs = nowMs) => stampedDelivery("Ping Hook", ping, signingKey, atMs);
  const changed = (headers: Record<string, string>) => ({
    ...made(),
    headers: { ...made().headers, ...headers },
  });

  test("is accepted within five minutes either way, one good among several", () => {
    const minute = 60_000;
    for (const atMs of [nowMs, nowMs - 5 * minute, nowMs + 5 * minute]) {
      expect(read("gitlab", made(atMs), stamped).id).toBe("an-id");
    }
    const several = `v1,${"A".repeat(43)}= ${made().headers["webhook-signature"] ?? ""} v2,x`;
    expect(read("gitlab", changed({ "webhook-signature": several }), stamped).id).toBe("an-id");
  });

  test.each([-1, 1])("P3 a replayed one is refused after five minutes (%i)", (side) => {
    const error = refusal(() => read("gitlab", made(nowMs + side * 301_000), stamped));
    expect(error.code).toBe("unauthorised");
    expect(error.hint).toContain("clock");
  });

  test.each([
    ["another id", { "webhook-id": "another" }],
    ["an empty id", { "webhook-id": "" }],
    ["another time", { "webhook-timestamp": String(nowMs / 1_000 + 1) }],
    ["no number as time", { "webhook-timestamp": "now" }],
    ["an empty signature", { "webhook-signature": "" }],
    ["another version", { "webhook-signature": `v2,${"A".repeat(43)}=` }],
    ["junk", { "webhook-signature": "v1,AAAA v1, ," }],
    ["the token alone", { "webhook-signature": "", "x-gitlab-token": signingKey }],
  ])("P3 a webhook with a wrong, empty or missing signature is refused: %s", (_name, headers) => {
    expect(refusal(() => read("gitlab", changed(headers), stamped)).code).toBe("unauthorised");
  });

  test("with an empty key accepts nothing", () => {
    const by = createWebhookReader({ secrets: "whsec_" });
    const empty = stampedDelivery("Ping Hook", ping, "whsec_", nowMs);
    expect(refusal(() => read("gitlab", empty, by)).code).toBe("unauthorised");
  });
});

test("what a real Gitea signed is accepted with its secret and with no other", () => {
  const text = readFileSync(
    new URL("../recordings/forges/gitea-deliveries.json", import.meta.url),
    "utf8",
  );
  const { deliveries } = JSON.parse(text) as {
    deliveries: { headers: Record<string, string>; body: string }[];
  };
  expect(deliveries.length).toBe(6);
  for (const { headers, body } of deliveries) {
    const made = { headers, body: Buffer.from(body) };
    const by = createWebhookReader({ secrets: "s3cr" });
    expect(read("gitea", made, by).repository).toBe("bot/r1795327220092");
    expect(read("forgejo", made, by).repository).toBe("bot/r1795327220092");
    expect(refusal(() => read("github", made, by)).hint).toContain("/webhooks/gitea");
    expect(refusal(() => read("gitea", made)).code).toBe("unauthorised");
  }
});

test("P3 junk headers and bodies end in a delivery or a refusal, never in anything else", () => {
  const names = Object.values(pings).flatMap(({ headers }) => Object.keys(headers));
  const header = fc.dictionary(
    fc.constantFrom(...names, "webhook-id", "webhook-timestamp", "webhook-signature"),
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("push", "", "0", "v1,")),
  );
  const property = fc.property(
    fc.constantFrom(...forgeKinds),
    header,
    fc.uint8Array({ maxLength: 200 }),
    fc.boolean(),
    (kind, extra, bytes, keep) => {
      const headers = keep ? { ...pings[kind].headers, ...extra } : extra;
      for (const by of [reader, stamped]) {
        try {
          by.read(kind, headers, bytes, nowMs);
        } catch (error) {
          if (!(error instanceof CapstanError)) throw error;
          expect(["unauthorised", "invalid"]).toContain(error.code);
        }
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

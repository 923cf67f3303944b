// What no manifest can say stays exactly as it is: a comment says so at its place, and adopting never touches it.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { kinds } from "../../src/model/kinds/table.ts";
import type { ApplicationSpec, ComposeSpec, Configured } from "../../src/model/specs.ts";
import { defaultSpec } from "../support/kinds.ts";
import { exportedAndLoaded, madeUpServer } from "../support/made-up-server.ts";
import type { MadeUpService } from "../support/made-up-server.ts";

const web = (more: Partial<ApplicationSpec> = {}): Configured => ({
  kind: "application",
  spec: { ...defaultSpec, image: "nginx:1", aliases: ["shop-web"], ...more },
});

const compose = (more: Partial<ComposeSpec>): Configured => ({
  kind: "compose",
  spec: { ...kinds.compose.defaults, ...more },
});

function exported(...services: readonly MadeUpService[]) {
  const result = exportedAndLoaded(madeUpServer([{ name: "shop", services }]));
  expect(result.loaded.problems).toEqual([]);
  const [stack] = [...result.stacks, ...result.nothing];
  return { ...result, text: result.texts.get("shop") ?? "", leftOut: stack?.leftOut ?? [] };
}

const one = (configured: Configured, more: Partial<MadeUpService> = {}): MadeUpService => ({
  ...{ name: "web", configured },
  ...more,
});

test("settings that the schema has no word for are ignored, with a comment at their place", () => {
  const details = { foreignFields: new Set(["placement"]), labels: { "a.b": "c" } };
  const { text, loaded } = exported(one(web(), { details }));
  expect(loaded.stacks[0]?.services[0]?.ignore).toEqual(["placement"]);
  expect(text).toMatch(/- placement # what Dokploy has there no manifest can say/);
  expect(text).toContain("# Left as it is in Dokploy: labels of its containers.");
});

test("a source that no manifest has leaves the service out, and says why", () => {
  const source = { path: "source", was: "drop", is: "docker", needsDeploy: true };
  const { leftOut, text } = exported(
    one(web()),
    one(web(), { name: "dropped", details: { sideSettings: [source] } }),
  );
  expect(leftOut).toEqual([expect.stringContaining("dropped (application): its source (drop)")]);
  expect(text).toContain("# Left out:\n#   dropped (application)");
});

test("what does not run is left out: adopting it would deploy it", () => {
  const { leftOut, stacks } = exported(one(web(), { status: "idle" }));
  expect(stacks).toEqual([]);
  expect(leftOut).toEqual([expect.stringContaining("it does not run as it is set up")]);
});

test("what people made by hand beside it is said and left to them", () => {
  const byHand = { byHand: true, enabled: true, timezone: "UTC", shell: "sh" as const };
  const schedules = [{ name: "nightly", cron: "0 2 * * *", command: "./clean", ...byHand }];
  const { text, loaded } = exported(one(web({ schedules })));
  expect(loaded.stacks[0]?.services[0]?.ignore).toEqual(["schedules.nightly"]);
  expect(parse(text)).toMatchObject({
    spec: { applications: { web: { schedules: { nightly: { cron: "0 2 * * *" } } } } },
  });
});

test("a compose file is written as it is, comments included", () => {
  const fileText = "# ours\nservices:\n  web:\n    image: nginx:1 # pinned\n";
  const file = { services: { web: { image: "nginx:1" } } };
  const { text } = exported(one(compose({ file }), { details: { fileText } }));
  expect(parse(text)).toMatchObject({ spec: { compose: { web: { content: fileText } } } });
});

test("P5 a secret inside of a compose file is not written, and the server's file is left alone", () => {
  const file = {
    services: {
      db: { image: "postgres:17", environment: { POSTGRES_PASSWORD: "hunter2-hunter2" } },
    },
  };
  const fileText =
    "services:\n  db: # the data\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: hunter2-hunter2\n";
  const { text, loaded, secret } = exported(one(compose({ file }), { details: { fileText } }));
  expect(text).not.toContain("hunter2");
  const service = loaded.stacks[0]?.services[0];
  expect(service?.ignore).toEqual(["env.DB_POSTGRES_PASSWORD", "file"]);
  const { content, env } = (parse(text) as { spec: { compose: { web: Record<string, string> } } })
    .spec.compose.web;
  expect(content).toBe(fileText.replace("hunter2-hunter2", '"${DB_POSTGRES_PASSWORD}"'));
  expect(env).toEqual({ DB_POSTGRES_PASSWORD: "$(secrets.shop-web-db-postgres-password)" });
  expect(secret("shop-web-db-postgres-password")).toBe("hunter2-hunter2");
});

test("P5 a file that holds a secret stays in Dokploy", () => {
  const content = "[mail]\npassword = hunter2-hunter2\n";
  const mounts = [
    { type: "file" as const, content, target: "/etc/mail.conf" },
    { type: "file" as const, content: "hello", target: "/motd" },
  ];
  const { text, loaded } = exported(one(web({ mounts })));
  expect(text).not.toContain("hunter2");
  expect(loaded.stacks[0]?.services[0]?.ignore).toEqual(["mounts./etc/mail.conf"]);
  expect(text).toContain("target: /motd");
});

test("names that are no DNS labels are written as one, with the one of Dokploy beside", () => {
  const { loaded } = exported(
    one(web({ aliases: [] }), { name: "Mon Café (neu)" }),
    one(web({ aliases: [] }), { name: "mon-cafe-neu" }),
    one(web({ aliases: [] }), { name: "データ" }),
  );
  expect(loaded.stacks[0]?.services.map(({ name, adopts }) => [name, adopts])).toEqual([
    ["application", "データ"],
    ["mon-cafe-neu", undefined],
    ["mon-cafe-neu-2", "Mon Café (neu)"],
  ]);
});

test("two of one name are told apart by their ids", () => {
  const { loaded } = exported(one(web({ aliases: [] })), one(web({ aliases: [] })));
  const adopts = loaded.stacks[0]?.services.map((service) => service.adopts);
  expect(new Set(adopts)).toEqual(new Set(["service-0-0", "service-0-1"]));
});

test("two projects that claim one host: the first keeps it, and the other leaves it to people", () => {
  const domains = [
    {
      ...{ host: "shop.example.com", path: "/", port: 80, https: false, certificate: "none" },
      ...{ stripPath: false, internalPath: "/", middlewares: [], entrypoint: null },
    },
  ];
  const services = [one(web({ domains, aliases: [] }))];
  const { loaded } = exportedAndLoaded(
    madeUpServer([
      { name: "one", services },
      { name: "two", services },
    ]),
  );
  expect(loaded.problems).toEqual([]);
  const [first, second] = loaded.stacks.map(({ services: [service] }) => service);
  expect(first?.ignore).toEqual(["aliases"]);
  expect(second?.ignore).toEqual(["aliases", "domains.shop.example.com"]);
});

// What no manifest can say stays exactly as it is: a comment says so at its place, and adopting never touches it.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { kinds } from "../../src/model/kinds/table.ts";
import { defaultBuild } from "../../src/model/kinds/git.ts";
import type { Pushes } from "../../src/model/observed.ts";
import type { ApplicationSpec, ComposeSpec, Configured } from "../../src/model/specs.ts";
import { defaultSpec, domainAt } from "../support/kinds.ts";
import { exportedAndLoaded, loadTexts, madeUpServer } from "../support/made-up-server.ts";
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
  expect(leftOut).toEqual([expect.stringContaining("not run as it is set up (Dokploy says idle)")]);
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

const pushed = (provider: string | null, pushes: Pushes): MadeUpService => {
  const url = provider === null ? "https://git.example.com/acme/shop.git" : "";
  const repository = provider === null ? "" : "acme/shop";
  const git = {
    url,
    provider,
    repository,
    sshKey: null,
    ref: "main",
    path: "/",
    submodules: false,
  };
  const auto = { path: "autoDeploy", was: "true", is: "false", needsDeploy: false };
  const details = { sideSettings: [auto], pushes };
  return one(web({ image: "", git, build: defaultBuild, aliases: [] }), { details });
};

test("that Dokploy deploys on pushes is a comment with what makes Capstan do it, watched paths included", () => {
  const watchPaths = ["apps/web/**", "*.json"];
  const { text, loaded } = exported(pushed(null, { ofTags: false, watchPaths }));
  expect(loaded.stacks[0]?.services[0]).toMatchObject({
    follows: false,
    ignore: ["aliases", "autoDeploy"],
  });
  expect(text).toContain("take autoDeploy out of `ignore`, and write:");
  const followed = loadTexts(
    new Map([
      [
        "shop",
        text.replaceAll(/# (follow|watchPaths): /g, "$1: ").replace(/\n *- autoDeploy.*/, ""),
      ],
    ]),
  );
  expect(followed.problems).toEqual([]);
  expect(followed.stacks[0]?.services[0]).toMatchObject({
    ...{ follows: true, watchPaths: ["apps/web/**", "/*.json"] },
    ignore: ["aliases"],
  });
});

test("what Dokploy deploys on tags, or watches with a provider, is told as far as Capstan can do it", () => {
  const onTags = exported(pushed(null, { ofTags: true, watchPaths: [] })).text;
  expect(onTags).toContain("# Dokploy deploys it on tags; Capstan follows branches alone.");
  expect(onTags).not.toContain("follow: true");
  const { text } = exported(pushed("our github", { ofTags: false, watchPaths: ["src/**"] }));
  expect(text).toContain('# watchPaths: ["src/**"] # needs a url');
});

const timed = (): Partial<ComposeSpec> => {
  const copies = {
    cron: "0 3 * * *",
    destination: "s3",
    prefix: "p",
    enabled: true,
    byHand: false,
  };
  const within = {
    service: "db",
    type: "mariadb",
    user: "app",
    password: "hunter2-x",
    rootPassword: "",
  };
  const volume = { ...copies, keepLatest: 7, service: "db", turnOff: true };
  return {
    schedules: [
      {
        ...{ name: "tidy", service: "web", cron: "@daily", command: "./tidy", shell: "sh" },
        ...{ timezone: "UTC", enabled: true, byHand: false },
      },
    ],
    backups: [{ ...copies, name: "nightly", keepLatest: null, database: "app", within }],
    volumeBackups: [
      { ...volume, name: "named", prefix: "q", volume: "shop-media" },
      { ...volume, name: "own", volume: { own: "data" } },
    ],
  };
};

const timedFile = {
  services: {
    web: { image: "nginx:1", volumes: ["media:/media"] },
    db: { image: "mariadb:11", volumes: ["data:/var/lib/mysql", "media:/media"] },
  },
  volumes: { data: {}, media: { name: "shop-media" } },
};

test("P5 what runs by the clock for a compose service is written whole, by the names of its file", () => {
  const { text, loaded, secret } = exported(one(compose({ file: timedFile, ...timed() })));
  const service = loaded.stacks[0]?.services[0];
  expect(service?.ignore).toEqual([]);
  expect(service?.spec).toMatchObject(timed());
  expect(text).not.toContain("hunter2");
  expect(secret("shop-web-backups-nightly-password")).toBe("hunter2-x");
  expect(parse(text)).toMatchObject({
    spec: {
      compose: { web: { volumeBackups: { own: { volume: "data" }, named: { volume: "media" } } } },
    },
  });
});

test("of a file in a repository, a volume that is no own one is external", () => {
  const url = "https://git.example.com/acme/shop.git";
  const more = { sshKey: null, provider: null, repository: "", ref: "main", submodules: false };
  const git = { url, path: "docker-compose.yml", ...more };
  const { text, loaded } = exported(one(compose({ git, ...timed() })));
  const service = loaded.stacks[0]?.services[0];
  expect(service?.ignore).toEqual([]);
  expect(service?.spec).toMatchObject(timed());
  expect(parse(text)).toMatchObject({
    spec: {
      compose: { web: { volumeBackups: { named: { volume: "shop-media", external: true } } } },
    },
  });
});

test("a volume that the file does not have is left to people", () => {
  const { volumeBackups = [] } = timed();
  const other = volumeBackups.slice(0, 1).map((copy) => ({ ...copy, volume: "elsewhere" }));
  const { loaded, text } = exported(one(compose({ file: timedFile, volumeBackups: other })));
  expect(loaded.stacks[0]?.services[0]?.ignore).toEqual(["volumeBackups.named"]);
  expect(text).not.toContain("elsewhere");
});

test("two files whose services have one name on the network: the second leaves its domain to people", () => {
  const file = { services: { web: { image: "nginx:1" } } };
  const domains = (host: string) => [{ ...domainAt(host), service: "web" }];
  const { loaded, stacks } = exportedAndLoaded(
    madeUpServer([
      { name: "one", services: [one(compose({ file, domains: domains("one.example.com") }))] },
      { name: "two", services: [one(compose({ file, domains: domains("two.example.com") }))] },
    ]),
  );
  expect(loaded.problems).toEqual([]);
  expect(stacks.flatMap(({ leftOut }) => leftOut)).toEqual([]);
  expect(loaded.stacks.map(({ services: [service] }) => service?.ignore)).toEqual([
    [],
    ["domains.two.example.com"],
  ]);
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

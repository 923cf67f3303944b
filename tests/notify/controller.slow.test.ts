// Notifications of a controller that is put together as in production.
import { afterEach, beforeEach, expect, test } from "vitest";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { startListener } from "../support/heard.ts";
import type { Listener } from "../support/heard.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const key = "canary-path-of-a-webhook";
const opened: { close(): Promise<void> }[] = [];
let host: Listener;
let bench: ForgeBench;

interface Body {
  readonly notices: readonly {
    readonly kind: string;
    readonly title: string;
    readonly text: string;
    readonly stack: string | null;
    readonly url: string | null;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

const notices = (): Body["notices"] =>
  host.heard
    .filter(({ path }) => path.startsWith("/all"))
    .flatMap(({ json }) => (json as unknown as Body).notices);
const titles = (): readonly string[] => notices().map(({ title }) => title);
const told = (title: string) =>
  until(`"${title}" is told`, () => notices().find((one) => one.title === title));

beforeEach(async () => {
  host = await startListener();
  opened.push(host);
  const all = `webhook+http://${host.host}/all?${key}`;
  const sales = `slack+http://${host.host}/sales/${key}#labels=team=sales&kinds=failure`;
  bench = await openForgeBench({
    files: {
      "stacks/shop.yaml": labelled("shop"),
      "stacks/blog.yaml": simpleStack("blog"),
    },
    environment: {
      NOTIFY_URLS: `${all}\n${sales}`,
      NOTIFY_GROUP: "1s",
      DEEP_CHECK_INTERVAL: "1s",
      RESYNC_INTERVAL: "1s",
    },
  });
  opened.push(bench);
  await bench.ready("shop");
  await bench.ready("blog");
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

function labelled(name: string, image?: string): string {
  return simpleStack(name, image === undefined ? {} : { image })
    .replace(`{ name: ${name} }`, `{ name: ${name}, labels: { team: sales } }`)
    .replace("stableFor: 0s, timeout: 20s", "stableFor: 1s, timeout: 5s");
}

async function push(files: Readonly<Record<string, string | null>>): Promise<void> {
  await bench.deliverPush(await bench.commitTo("main", files));
}

test("a failure and its end are told once, with why and where, also over a restart", async () => {
  await push({ "stacks/shop.yaml": labelled("shop", "ghcr.io/acme/crash:2") });
  const failure = await told("shop is failing");
  expect(failure).toMatchObject({
    kind: "failure",
    stack: "shop",
    labels: { team: "sales" },
    url: "https://capstan.example.com/stacks/shop",
  });
  expect(failure.text).toContain("web: ");
  const sales = await until("the team is told as well", () =>
    host.heard.find(({ path }) => path.startsWith("/sales")),
  );
  expect(String(sales.json.text)).toContain("shop is failing");

  await bench.restart();
  await until("the failure is seen again", () =>
    bench
      .controller()
      .engine.events()
      .some(({ stack, outcome }) => stack === "shop" && outcome?.kind === "degraded"),
  );
  await push({ "stacks/shop.yaml": labelled("shop", "ghcr.io/acme/web:3") });
  await told("shop is well again");
  expect(titles()).toEqual(["shop is failing", "shop is well again"]);
  expect(host.heard.filter(({ path }) => path.startsWith("/sales"))).toHaveLength(1);
});

test("drift that was set back is told with its fields", async () => {
  const { state } = bench.simulator;
  const [application] = [...state.applications.values()];
  state.editApplication(application?.applicationId ?? "", { dockerImage: "ghcr.io/evil/miner:1" });
  const drift = await until("the drift is told", () =>
    notices().find(({ kind }) => kind === "drift"),
  );
  expect(drift.text).toBe("Set back to what Git says: app/web: image");
  expect(drift.title).toMatch(/^(?:shop|blog) was changed on the server$/);
});

test("removals that wait for an approval are told with how to give it", async () => {
  // It is not made: all that Capstan has there would go.
  const other = simpleStack("new").replace("spec:", "spec:\n  suspend: true");
  await push({ "stacks/shop.yaml": null, "stacks/blog.yaml": null, "stacks/new.yaml": other });
  const waiting = await told("shop waits for somebody");
  expect(waiting.kind).toBe("approval");
  expect(waiting.text).toMatch(/approve-prune [0-9a-f]+/);
});

test("a file that nobody can read is told, and that it can be read again", async () => {
  await push({ "stacks/broken.yaml": "apiVersion: capstan/v1\nkind: Nonsense\n" });
  await told("stacks/broken.yaml has a mistake");
  await push({ "stacks/broken.yaml": null });
  await told("stacks/broken.yaml is read again");
});

// `sync.drift: propose` (H3) where others work too: on the branch, in Git, on the host; and after restarts and losses.
import { afterEach, expect, test } from "vitest";
import {
  bench,
  shop,
  manifest,
  state,
  web,
  edit,
  condition,
  synced,
  openPulls,
  onlyPull,
  textAt,
  deploys,
  writes,
  open,
  merge,
  proposed,
} from "../support/drift-bench.ts";
import { until } from "../support/until.ts";

afterEach(() => bench.close());

test("nobody's commit on its branch is written over, and nothing is closed above it", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  const theirs = shop.replace("replicas: 1", "replicas: 2 # enough");
  const head = await bench.commitTo(pull.head, { [manifest]: theirs });
  edit({ replicas: 4 });
  await bench.deliverPull(pull, "synchronized");
  await until("it is said", () => pull.body.includes("a commit that Capstan does not know"));
  await until("it follows", () =>
    pull.body.includes("| app/web | `replicas` | default, or absent | `4` |"),
  );
  expect(await bench.gitea.git.ref(`refs/heads/${pull.head}`)).toBe(head);
  // The drift goes: it stays open, for somebody works on it.
  edit({ replicas: 1 });
  await until("it is said", () => pull.body.includes("Capstan leaves it open"));
  await synced("Synced");
  expect(pull.state).toBe("open");
  expect(await bench.gitea.git.ref(`refs/heads/${pull.head}`)).toBe(head);
  // What they made of it is a commit like any other.
  const merged = await merge(pull);
  await until("their value runs", () => web().replicas === 2);
  await until("it is told", () => bench.said(merged, "capstan/reconcile").startsWith("success"));
});

test("a commit that changes the service is carried out whole, and ends its drift", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  const commit = await bench.repository.push({ [manifest]: shop.replace("web:1", "web:2") });
  await bench.deliverPush(commit);
  await until("it runs", () => web().dockerImage === "ghcr.io/acme/web:2");
  await until("it is closed", () => pull.state === "closed");
  await synced("Synced");
  expect(web().replicas).toBe(1);
});

test("a commit elsewhere in the file changes nothing, and a conflict is answered with a new pull request", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  const described = shop.replace("spec:\n", "spec:\n  description: The shop\n");
  const commit = await bench.repository.push({ [manifest]: described });
  await bench.deliverPush(commit);
  await until("it is in force", () => bench.controller().engine.state().revision === commit);
  expect(web().replicas).toBe(3);
  expect(pull.state).toBe("open");
  // Around the proposed line: the two cannot be merged.
  const moved = described.replace("replicas: 1\n", "replicas: 1 # one\n");
  const second = await bench.repository.push({ [manifest]: moved });
  await bench.deliverPush(second);
  await bench.deliverPull(pull, "synchronized");
  await until("there is another one", () =>
    openPulls().some(({ number }) => number !== pull.number),
  );
  expect(pull.state).toBe("closed");
  expect(await textAt(onlyPull().head)).toBe(
    moved.replace("replicas: 1 # one", "replicas: 3 # one"),
  );
  expect(web().replicas).toBe(3);
  expect(deploys()).toBe(0);
});

test("a variable of the project is proposed, and merged without a deploy of what uses it", async () => {
  // A look at the list shows it.
  await open(shop.replace("MODE: live", "MODE: ${{project.TZ}}"), { RESYNC_INTERVAL: "1s" });
  const project = [...state().projects.values()][0]!;
  Object.assign(project, { env: project.env.replace("UTC", "Europe/Amsterdam") });
  const pull = await proposed();
  expect(await textAt(pull.head)).toContain("variables: { TZ: Europe/Amsterdam }");
  const merged = await merge(pull);
  await until("the merge is in force", () => bench.controller().engine.state().revision === merged);
  await synced("Synced");
  expect(deploys()).toBe(0);
});

test("a service that was deleted is made again: that is nothing that a manifest could keep", async () => {
  await open();
  const { applicationId } = web();
  state().applications.delete(applicationId);
  await until(
    "it is there again",
    () => state().applications.size === 1 && web().applicationId !== applicationId,
  );
  await bench.ready("shop");
  expect(bench.gitea.pulls).toEqual([]);
});

test("W4 a controller that is started again goes on with the pull request that is open", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  await bench.restart();
  edit({ replicas: 4 });
  await until("it follows", async () => (await textAt(pull.head)).includes("replicas: 4"));
  await proposed();
  expect(bench.gitea.pulls).toHaveLength(1);
  // Closed while nobody looked.
  await bench.controller().close();
  pull.state = "closed";
  await bench.restart();
  await until("it is put back", () => web().replicas === 1);
  await synced("Synced");
  expect(bench.gitea.pulls).toHaveLength(1);
});

test("a store that is lost costs no second pull request", async () => {
  // A lost key would make others of its secrets: what was typed would be put back.
  await open(shop.replace("        TOKEN: $(secrets.token)\n", ""));
  edit({ replicas: 3 });
  const pull = await proposed();
  await bench.loseStore();
  edit({ replicas: 4 });
  await until("it is told", () => pull.body.includes("`4`"));
  await proposed();
  expect(bench.gitea.pulls).toHaveLength(1);
  expect(web().replicas).toBe(4);
  expect(deploys()).toBe(0);
});

test("without a Git host the change is left, and a condition says what is missing", async () => {
  await open(shop, { FORGE: "", FORGE_URL: "", FORGE_REPOSITORY: "", FORGE_TOKEN: "" });
  edit({ replicas: 3 });
  await synced("DriftNotProposed");
  expect(condition("Synced")?.message).toContain("needs a Git host: set FORGE");
  expect(web().replicas).toBe(3);
  expect(writes()).toEqual([]);
});

test("a Git host that does not answer delays nothing, and is asked again", async () => {
  await open();
  bench.gitea.intercept = ({ path }) => (path.includes("/contents") ? { status: 500 } : null);
  edit({ replicas: 3 });
  await synced("DriftNotProposed");
  expect(condition("Synced")?.message).toContain("trying again");
  expect(condition("Ready")?.status).toBe("True");
  bench.gitea.intercept = null;
  edit({ replicas: 4 });
  await proposed();
});

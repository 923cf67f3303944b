// `sync.drift: propose` (H3): what people change in Dokploy becomes a pull request, and what they do to that decides.
import { afterEach, expect, test } from "vitest";
import {
  bench,
  canary,
  shop,
  state,
  web,
  edit,
  withEnv,
  condition,
  synced,
  openPulls,
  textAt,
  deploys,
  writes,
  open,
  close,
  merge,
  proposed,
  expectNoSecret,
} from "../support/drift-bench.ts";
import { until } from "../support/until.ts";

afterEach(() => bench.close());

test("H3 P5 what somebody changed is proposed in one pull request, with comments and layout kept, and nothing is deployed", async () => {
  await open();
  edit({ replicas: 3, env: withEnv("MODE=live", "MODE=debug") });
  const pull = await proposed();
  expect(await textAt(pull.head)).toBe(
    shop.replace("replicas: 1", "replicas: 3").replace("MODE: live", "MODE: debug"),
  );
  expect(pull.base).toBe("main");
  expect(pull.head).toMatch(/^capstan\/drift\/default\/shop-[0-9a-f]{8}$/);
  expect(pull.title).toBe(
    "Keep what was changed in Dokploy: shop, env.MODE of app/web, replicas of app/web",
  );
  expect(pull.body).toContain("| app/web | `replicas` | default, or absent | `3` |");
  // A value of env may be a secret: the change alone shows it.
  expect(pull.body).not.toContain("debug");
  // The server is as somebody left it, and what runs is well.
  expect(writes()).toEqual([]);
  expect(web().replicas).toBe(3);
  expect(condition("Ready")?.status).toBe("True");
  const { status, message } = condition("Synced")!;
  expect(status).toBe("False");
  expect(message).toContain(`/pulls/${pull.number} to keep it, or close it to undo it`);
  const drift = bench.controller().engine.stacks()[0]?.drift;
  expect(drift?.proposal?.number).toBe(pull.number);
  expect(
    bench
      .controller()
      .engine.events()
      .filter(({ kind, message: text }) => kind === "drift" && text.includes("is proposed in")),
  ).toHaveLength(1);
  expectNoSecret();
});

test("H3 it follows the drift while that changes, and closes by itself when the drift goes away", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  edit({ replicas: 4, dockerImage: "ghcr.io/acme/web:2" });
  await until("it follows", async () => (await textAt(pull.head)).includes("replicas: 4"));
  expect(await textAt(pull.head)).toBe(
    shop.replace("replicas: 1", "replicas: 4").replace("web:1", "web:2"),
  );
  await until("its title follows", () => pull.title.includes("image of app/web"));
  expect(bench.gitea.pulls).toHaveLength(1);
  edit({ replicas: 1, dockerImage: "ghcr.io/acme/web:1" });
  await until("it is closed", () => pull.state === "closed");
  await synced("Synced");
  expect(pull.body).toContain("nothing of this differs any more");
  expect(writes()).toEqual([]);
  expect(bench.gitea.pulls).toHaveLength(1);
});

test("W6 merging it makes Git say what the server has, and deploys nothing", async () => {
  await open();
  edit({ replicas: 3, env: withEnv("MODE=live", "MODE=debug") });
  const domain = [...state().domains.values()][0]!;
  Object.assign(domain, { port: 9090 });
  const pull = await proposed();
  await until("the domain is in it", async () => (await textAt(pull.head)).includes("9090"));
  const merged = await merge(pull);
  await until("the merge is in force", () => bench.controller().engine.state().revision === merged);
  await synced("Synced");
  await until("it is told", () => bench.said(merged, "capstan/reconcile").startsWith("success"));
  expect(deploys()).toBe(0);
  expect(writes().filter((one) => !/\.update$|^project\.|^lease|^tag/.test(one))).toEqual([]);
  expect(web().replicas).toBe(3);
  expect(domain.port).toBe(9090);
  expect(openPulls()).toEqual([]);
  // And it stays so.
  await bench.restart();
  await bench.ready("shop");
  await synced("Synced");
  expect(deploys()).toBe(0);
  expect(web().replicas).toBe(3);
  expect(bench.gitea.pulls).toHaveLength(1);
});

test("H3 closing it puts the server back as Git says, and the same drift is not proposed again", async () => {
  await open();
  edit({ replicas: 3 });
  const pull = await proposed();
  await close(pull);
  await until("it is put back", () => web().replicas === 1);
  await synced("Synced");
  expect(deploys()).toBe(1);
  // The same once more: the answer is known.
  edit({ replicas: 3 });
  await until("it is put back again", () => web().replicas === 1);
  await synced("Synced");
  expect(bench.gitea.pulls).toHaveLength(1);
  // Another one is another question.
  edit({ replicas: 5 });
  await proposed();
  expect(bench.gitea.pulls).toHaveLength(2);
  expect(web().replicas).toBe(5);
});

test("P5 what comes from a secret, or may be one, is said and never written, and stays on the server", async () => {
  await open();
  const other = "another-canary-0815-of-somebody";
  edit({
    replicas: 3,
    env: `${withEnv(`TOKEN=${canary}`, `TOKEN=${other}`)}\nAPI_KEY=${other}\nFEATURE=on`,
  });
  const pull = await proposed();
  const text = await textAt(pull.head);
  expect(text).toContain("replicas: 3");
  expect(text).toContain("FEATURE: ");
  expect(text).toContain("TOKEN: $(secrets.token)");
  expect(text).not.toContain(other);
  expect(pull.body).toContain("- `env.TOKEN` of app/web: its value comes from a secret");
  expect(pull.body).toContain("- `env.API_KEY` of app/web: it may be a secret");
  expect(condition("Synced")?.message).toContain("not in it: ");
  expect(JSON.stringify([bench.gitea.pulls, bench.controller().engine.events()])).not.toContain(
    other,
  );
  expectNoSecret();

  // Merged, what could not be written stays as it is, and is held by a condition.
  const merged = await merge(pull);
  await until("the merge is in force", () => bench.controller().engine.state().revision === merged);
  await synced("DriftHeld");
  expect(condition("Synced")?.message).toContain("capstan redeploy shop");
  expect(deploys()).toBe(0);
  expect(web().env).toContain(other);
  expect(openPulls()).toEqual([]);

  // After a restart as well.
  await bench.restart();
  await bench.ready("shop");
  await synced("DriftHeld");
  expect(web().env).toContain(other);
  expect(deploys()).toBe(0);

  // A person may have it put back.
  bench.controller().engine.redeploy("shop", null, "alice");
  await until("it is put back", () => web().env?.includes(other) === false);
  await synced("Synced");
  expect(web().env).toContain(canary);
});

test("a value of a template is said, and held by a condition where nothing else is to be proposed", async () => {
  const template = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: base }
spec:
  stack:
    sync: { drift: propose }
    applications:
      web:
        image: ghcr.io/acme/web:1
        replicas: 1
        env: { MODE: live }
        rollout: { stableFor: 0s, timeout: 20s }
---
apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  template: base
  applications: { web: { env: { LEVEL: info } } }
`;
  await open(template);
  edit({ dockerImage: "ghcr.io/acme/web:2" });
  await synced("DriftHeld");
  expect(condition("Synced")?.message).toContain(
    "it comes from the template base, which other stacks use too",
  );
  expect(bench.gitea.pulls).toEqual([]);
  expect(web().dockerImage).toBe("ghcr.io/acme/web:2");
  edit({ env: withEnv("LEVEL=info", "LEVEL=debug") });
  const pull = await proposed();
  expect(await textAt(pull.head)).toBe(template.replace("LEVEL: info", "LEVEL: debug"));
  expect(pull.body).toContain("- `image` of app/web: it comes from the template base");
  // Closing it puts back what it could not write as well.
  await close(pull);
  await until("all is put back", () => web().dockerImage === "ghcr.io/acme/web:1");
  await synced("Synced");
  expect(web().env).toContain("LEVEL=info");
});

import { describe, expect, test } from "vitest";
import type { Action, Plan } from "../../../src/model/plan.ts";
import { renderJson } from "../../../src/plan/render/json.ts";
import { renderLine } from "../../../src/plan/render/line.ts";
import { code, renderMarkdown } from "../../../src/plan/render/markdown.ts";
import { wrap } from "../../../src/plan/render/paint.ts";
import { renderTerminal } from "../../../src/plan/render/terminal.ts";
import type { PlanDocument } from "../../../src/plan/render/view.ts";
import { wouldChange } from "../../../src/plan/render/view.ts";
import { webStack } from "../../support/web-stack.ts";
import { emptyWorld } from "../../support/model-state.ts";
import { converge, planIn } from "../../support/model-world.ts";
import { application, examplePlans, planOf, stack } from "./fixture.ts";

const plain = { colour: false, width: 80 };

function document(more: Partial<PlanDocument> = {}): PlanDocument {
  return {
    revision: "3f2a1b9c3f2a1b9c3f2a1b9c3f2a1b9c3f2a1b9c",
    revisionTitle: "main: Raise the web shop",
    plans: examplePlans(),
    problems: [
      {
        place: { file: "stacks/broken.yaml", line: 4, column: 7 },
        message: "`imgae` is not known here",
        hint: "did you mean `image`?",
        stack: "broken",
      },
    ],
    heldPrune: {
      digest: "12ab34cd56ef",
      reason: { kind: "many-stacks", going: 2, owned: 5 },
      removals: [],
    },
    ...more,
  };
}

test("what is deployed after another service says so", () => {
  const plan = planOf(
    stack("shop", {
      services: [
        application("api", {}),
        application("web", {}, { after: ["app/api"] }),
        application("worker", {}, { after: ["app/api", "app/web"] }),
      ],
    }),
    [],
  );
  const text = renderTerminal(document({ plans: [plan], problems: [], heldPrune: null }), plain);
  expect(text).toContain("+ api  new\n");
  expect(text).toContain("+ web  new: deployed when api is healthy\n");
  expect(text).toContain("+ worker  new: deployed when api and web are healthy\n");
});

function unchanged(name: string): Plan {
  return { stack: name, actions: [], notes: [], conflict: null };
}

describe("in one line", () => {
  test("what is risky stands in front, then stacks are counted", () => {
    expect(renderLine(document({ problems: [] }))).toBe(
      "would let 1 service reach the host, delete 2 services and restart 1 service; " +
        "1 stack would be created, 1 changed, 1 removed, 1 unchanged, 1 in conflict",
    );
  });

  test("without risk there are only counts", () => {
    const made = planOf(stack("a", { services: [application("web", {})] }), null);
    const plans = [made, unchanged("b"), unchanged("c")];
    expect(renderLine({ plans, problems: [] })).toBe("1 stack would be created, 2 unchanged");
    expect(renderLine({ plans: [unchanged("b"), unchanged("c")], problems: [] })).toBe(
      "2 stacks unchanged",
    );
  });

  test("an empty repository says so", () => {
    expect(renderLine({ plans: [], problems: [] })).toBe("no stacks");
  });
});

describe("on a terminal", () => {
  test("a service shows its risk, its reason and its fields, children by their names", () => {
    const text = renderTerminal(document(), plain);
    expect(text).toContain("shop  deletes 1, restarts 1\n");
    expect(text).toMatch(/ {2}↻ web {2}restarts: .*changed in Git\n/);
    expect(text).toMatch(/ {4}~ domain shop\.example\.com\n {10}port=3000 .*\n {8}→ port=8080 /);
    expect(text).toContain("    + port 2222/tcp               22 ingress\n");
    expect(text).toContain("  - mailer  deleted: no longer in Git\n");
    expect(text).toContain("  i adminer in production is not Capstan's and is left alone\n");
    expect(text).toContain("stacks/broken.yaml:4:7 `imgae` is not known here\n");
    expect(text).toContain(
      "! Removals wait: 2 of 5 stacks would be removed\n" +
        "  to approve: capstan apply --prune --approve 12ab34cd56ef\n",
    );
  });

  test("stacks that stay as they are are only counted", () => {
    const plans = [unchanged("quiet-one"), unchanged("quiet-two")];
    const text = renderTerminal(document({ plans, problems: [], heldPrune: null }), plain);
    expect(text).not.toContain("quiet");
    expect(text).toMatch(/\nNothing to do: 2 stacks in sync\.\n$/);
  });

  test("no line but a problem's is longer than the terminal is wide", () => {
    for (const width of [60, 80, 120]) {
      for (const line of renderTerminal(document(), { colour: false, width }).split("\n")) {
        if (!line.startsWith("stacks/")) expect(Array.from(line).length).toBeLessThanOrEqual(width);
      }
    }
  });

  test("colour changes nothing but colour", () => {
    const coloured = renderTerminal(document(), { colour: true, width: 80 });
    expect(coloured).toContain("\u001b[31m");
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(renderTerminal(document(), plain));
  });

  test("nothing from a server can move the cursor or colour a line", () => {
    const action: Action = {
      type: "update-project",
      projectId: "p",
      name: "shop\u001b[2J",
      description: "",
      variables: {},
      cause: { kind: "differs", fields: ["name\u001b[31m"] },
      risk: "none",
      changes: [{ path: "na\rme", was: "a\u001b]0;x\u0007\u202e", is: "b\nc" }],
    };
    const plans = [{ ...unchanged("shop"), actions: [action] }];
    const text = renderTerminal(document({ plans }), plain);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain("b↵c");
  });

  test("what is written down is told only where there is nothing else to do", () => {
    const [, shop] = examplePlans();
    const marks = (shop?.actions ?? []).filter(({ type }) => type === "mark");
    expect(marks.length).toBeGreaterThan(0);
    const both = renderTerminal(document({ plans: [{ ...unchanged("a"), ...shop }] }), plain);
    expect(both).not.toContain("record what");
    const alone = renderTerminal(
      document({ plans: [{ ...unchanged("a"), actions: marks }] }),
      plain,
    );
    expect(alone).toContain("a  changed\n  ✓ record what was changed\n");
  });

  test("a service of another environment is named with it, in sentences too", () => {
    const plan: Plan = {
      ...unchanged("shop"),
      notes: [{ kind: "retained", message: "app/web@staging is no longer in Git and is kept" }],
    };
    expect(renderTerminal(document({ plans: [plan] }), plain)).toContain(
      "  i web (staging) is no longer in Git and is kept\n",
    );
  });

  test("a long word is broken at the width, a sentence at its spaces", () => {
    expect(wrap("one two three", 10)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghijklm", 10)).toEqual(["abcdefghij", "klm"]);
  });
});

describe("as Markdown", () => {
  test("values are code spans that nothing in them can end", () => {
    expect(code("a|b")).toBe("`a\\|b`");
    expect(code("a`b``c")).toBe("```a`b``c```");
    expect(code("`x`")).toBe("`` `x` ``");
  });

  test("mentions and markup in titles are harmless", () => {
    const text = renderMarkdown(document({ revisionTitle: "main: <b>hi</b> @everyone [x](y)" }));
    expect(text).toContain("\\<b\\>hi\\</b\\> @\u200beveryone \\[x\\](y)");
  });

  test("a plan that is too long is cut at a stack and names what is missing", () => {
    const plans = Array.from({ length: 200 }, (_, index) =>
      planOf(stack(`stack-${index}`, { services: [application("web", {})] }), null),
    );
    const text = renderMarkdown(document({ plans }), { maxCharacters: 5_000 });
    expect(text.length).toBeLessThan(5_000);
    expect(text).toMatch(
      /_Too long to show here: .* and \d+ more\. `capstan plan` shows them\._\n$/,
    );
  });
});

describe("as JSON", () => {
  test("every action says its title, service, reason, risk and fields", () => {
    const shop = renderJson(document()).stacks.find((each) => each.name === "shop");
    expect(shop?.change).toBe("changed");
    expect(shop?.actions.find((action) => action.type === "create-child")).toEqual({
      type: "create-child",
      title: "create port 2222/tcp",
      service: "app/web",
      reason: "in the manifest",
      cause: { kind: "child", wanted: true },
      risk: "restart",
      changes: [{ path: "ports.2222/tcp", was: null, is: "22 ingress" }],
    });
    expect(shop?.actions.find((action) => action.type === "mark")?.title).toBe(
      "record what was changed",
    );
  });

  test("problems carry their place", () => {
    expect(renderJson(document()).problems).toEqual([
      {
        file: "stacks/broken.yaml",
        line: 4,
        column: 7,
        message: "`imgae` is not known here",
        hint: "did you mean `image`?",
        stack: "broken",
      },
    ]);
  });
});

test("P5 a secret's value appears in no rendering of a plan", () => {
  const everything = [
    renderTerminal(document(), plain),
    renderMarkdown(document()),
    JSON.stringify(renderJson(document())),
    renderLine(document()),
  ].join("\n");
  expect(everything).toContain("(secret changed)");
  expect(everything).not.toContain("canary");
});

test("only plans with actions would change something", () => {
  expect(wouldChange({ plans: [unchanged("a")] })).toBe(false);
  expect(wouldChange({ plans: examplePlans() })).toBe(true);
});

test("O10 orphans are shown with the command that removes them, in every form", () => {
  const orphans = [{ appName: "shop-web-a1b2c3", command: "docker service rm shop-web-a1b2c3" }];
  const shown = document({ plans: [], problems: [], heldPrune: null, orphans });
  for (const text of [renderTerminal(shown, plain), renderMarkdown(shown)]) {
    expect(text).toContain("docker service rm shop-web-a1b2c3");
  }
  expect(renderJson(shown).orphans).toEqual(orphans);
  expect(renderTerminal({ ...shown, orphans: [] }, plain)).not.toContain("swarm service");
});

describe("of many stacks, in Markdown", () => {
  const named = (name: string, plan: Plan): Plan => ({ ...plan, stack: name });
  const examples = examplePlans().filter(({ actions }) => actions.length > 0);
  const lost = examples.find(({ actions }) => actions.some(({ risk }) => risk === "data-loss"));
  const calm: Plan = {
    ...unchanged("calm"),
    notes: [{ kind: "unmanaged", message: "something is left alone" }],
  };
  const many = (count: number): readonly Plan[] =>
    Array.from({ length: count }, (_, index) => named(`s${index}`, calm));

  test("each is folded, and those with a risk come first and are open", () => {
    const plans = [...many(10), named("lossy", lost!)];
    const text = renderMarkdown(document({ plans, problems: [] }));
    expect(text.match(/<details(?: open)?>/g)).toHaveLength(11);
    expect(text.match(/<details open>/g)).toHaveLength(1);
    expect(text.indexOf("<details open><summary><b>lossy</b>")).toBe(text.indexOf("<details"));
    expect(text.match(/<\/details>/g)).toHaveLength(11);
    expect(text).not.toContain("### s0");
  });

  test("of ten none is folded", () => {
    expect(renderMarkdown(document({ plans: many(10) }))).not.toContain("<details");
  });
});

test("a description that alone changes is named", () => {
  const state = emptyWorld();
  converge(state, webStack());
  const desired = webStack();
  const description = "The shop's own web";
  const services = desired.services.map((service) => ({ ...service, description }));
  const plan = planIn(state, { ...desired, services });
  const text = renderMarkdown(document({ plans: [plan], problems: [] }));
  expect(text).toContain("| `description of app/web` |");
  expect(text).toContain("The shop's own web");
});

test("a change that may lose data is said first, in every form", () => {
  const services = [application("db", { image: "postgres:18" })];
  const plan = planOf(stack("shop", { services }), [
    { name: "db", spec: { image: "postgres:17" } },
  ]);
  const actions = plan.actions.map((action): Action =>
    action.type === "configure-service" ? { ...action, risk: "data-loss" } : action,
  );
  const shown = document({ plans: [{ ...plan, actions }], problems: [], heldPrune: null });
  expect(renderLine(shown)).toMatch(/^would risk the data of 1 service and restart 1 service;/);
  expect(renderTerminal(shown, plain)).toContain("may lose data of 1, restarts 1");
  expect(renderMarkdown(shown)).toContain("**restarts and may lose data**");
});

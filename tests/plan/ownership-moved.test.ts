// What is ours is found again, wherever people or renames have put it, and twice is one too many.
import { beforeEach, describe, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { webStack } from "../support/web-stack.ts";
import {
  addApplication,
  addEnvironment,
  addProject,
  allServices,
  emptyWorld,
} from "../support/model-state.ts";
import type { ModelProject, ModelService, ModelState } from "../support/model-state.ts";
import { touched, typesOf } from "../support/plan-touches.ts";
import { carryOut, converge, executable, planIn } from "../support/model-world.ts";

let state: ModelState;
beforeEach(() => {
  state = emptyWorld();
});

const desired = webStack();
const project = (): ModelProject => state.projects[0]!;
const service = (): ModelService => allServices(state)[0]!;

describe("O1 what was moved by hand", () => {
  beforeEach(() => converge(state, desired));

  test("into another environment comes back, without a second one and without a deploy", () => {
    const { id } = service();
    const [production] = project().environments;
    addEnvironment(state, project(), "elsewhere").services = production!.services.splice(0);
    const plan = planIn(state, desired);
    expect(typesOf(plan)).toEqual(["move-service"]);
    converge(state, desired);
    expect(production!.services.map((one) => one.id)).toEqual([id]);
    expect(state.deploys).toHaveLength(1);
  });

  test("into another project is a conflict that says where it is, never a second one", () => {
    const { id } = service();
    const theirs = addProject(state, "theirs", null);
    theirs.environments[0]!.services = project().environments[0]!.services.splice(0);
    const plan = planIn(state, desired);
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(id);
    expect(plan.conflict).toContain("theirs");
  });
});

describe("W3 of two resources with the same owner and key", () => {
  test("the older service stays, the younger goes if it was never deployed", () => {
    converge(state, desired);
    const { id } = service();
    const marker = "[capstan:1 owner=default/shop key=app/web id=none want=none done=none]";
    const younger = addApplication(state, project().environments[0]!, "web", marker);
    const plan = planIn(state, desired);
    expect(typesOf(plan)).toEqual(["delete-service"]);
    expect(touched(plan)).toEqual(new Set([younger.id]));
    converge(state, desired);
    expect(allServices(state).map((one) => one.id)).toEqual([id]);
  });

  test.each(["done", "running", "error"])(
    "a younger one whose status is %s is only told of",
    (status) => {
      converge(state, desired);
      const marker = "[capstan:1 owner=default/shop key=app/web id=none want=none done=none]";
      addApplication(state, project().environments[0]!, "web", marker).status = status;
      const plan = planIn(state, desired);
      expect(plan.actions).toEqual([]);
      expect(plan.notes).toHaveLength(1);
    },
  );

  test("a younger project goes when it is empty, and only then", () => {
    converge(state, desired);
    const marker = "[capstan:1 owner=default/shop key=project id=none]";
    const younger = addProject(state, "shop", marker);
    const theirs = addApplication(state, younger.environments[0]!, "theirs", null);
    expect(planIn(state, desired).actions).toEqual([]);
    expect(planIn(state, desired).notes).toHaveLength(1);
    younger.environments[0]!.services = [];
    expect(theirs.description).toBeNull();
    const plan = planIn(state, desired);
    expect(typesOf(plan)).toEqual(["delete-project"]);
    expect(touched(plan)).toEqual(new Set([younger.projectId]));
  });

  test("the one that was completed stays, when a younger creation was not", () => {
    const marker = "[capstan:1 owner=default/shop key=project id=none]";
    const first = addProject(state, "shop", marker);
    const second = addProject(state, "shop", marker);
    converge(state, desired);
    expect(state.projects).toEqual([expect.objectContaining({ projectId: first.projectId })]);
    expect(second.environments[0]!.services).toEqual([]);
  });
});

describe("previousName moves a project instead of making a second one", () => {
  const renamed = webStack({}, { name: "store", previousName: "shop", project: "store" });
  beforeEach(() => converge(state, desired));

  test("with everything in it", () => {
    const { projectId } = project();
    const { id } = service();
    converge(state, renamed);
    expect(state.projects.map((one) => one.projectId)).toEqual([projectId]);
    expect(project().name).toBe("store");
    expect(allServices(state).map((one) => one.id)).toEqual([id]);
    expect(parseMarker(service().description)?.owner).toBe("default/store");
    expect(parseMarker(project().description)?.owner).toBe("default/store");
    expect(state.deploys).toHaveLength(1);
    expect(planIn(state, renamed).actions).toEqual([]);
  });

  test("W4 also when it is killed in between", () => {
    const changed = webStack(
      { mounts: [], image: "nginx:2" },
      { name: "store", previousName: "shop", project: "store" },
    );
    for (const stack of [renamed, changed]) {
      const plan = planIn(state, stack);
      for (let count = 0; count <= executable(plan).length; count++) {
        const crashed = structuredClone(state);
        carryOut(crashed, plan, new Map(), count);
        converge(crashed, stack);
        expect(crashed.projects).toHaveLength(1);
        expect(allServices(crashed)).toHaveLength(1);
        expect(parseMarker(allServices(crashed)[0]!.description)?.owner).toBe("default/store");
      }
    }
  });

  test("only when no stack of the old name is in Git", () => {
    const plan = planIn(state, renamed, new Map(), { stillDesired: (name) => name === "shop" });
    expect(typesOf(plan)).toContain("create-project");
    expect(touched(plan)).toEqual(new Set());
  });

  test("services that the new manifest does not have go with the move", () => {
    converge(state, { ...renamed, services: [] });
    expect(allServices(state)).toEqual([]);
    expect(project().name).toBe("store");
  });
});

describe("O8 where a stack is written changes nothing", () => {
  test("another file, another line, another template", () => {
    converge(state, desired);
    const place = { file: "team/sales/shop.yaml", line: 77, column: 3 };
    const services = desired.services.map((one) => ({ ...one, place }));
    const moved = { ...desired, place, services, template: "shop", labels: { team: "sales" } };
    expect(planIn(state, moved).actions).toEqual([]);
  });
});

describe("names that every object has", () => {
  test("a project variable that somebody named toString is drift like any other", () => {
    converge(state, desired);
    project().variables = { toString: "1", constructor: "2" };
    const plan = planIn(state, desired);
    expect(plan.actions.flatMap(({ changes }) => changes)).toEqual([
      { path: "variables.constructor", was: "(hidden)", is: null },
      { path: "variables.toString", was: "(hidden)", is: null },
    ]);
  });
});

// Whose is what: nothing that is not ours is ever touched, and what is ours is found again.
import { beforeEach, describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import { parseMarker } from "../../src/model/marker.ts";
import { plainSpec, webStack } from "../support/web-stack.ts";
import {
  addApplication,
  addEnvironment,
  addProject,
  allServices,
  emptyWorld,
} from "../support/model-state.ts";
import type { ModelProject, ModelService, ModelState } from "../support/model-state.ts";
import { touched, typesOf } from "../support/plan-touches.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";

let state: ModelState;
beforeEach(() => {
  state = emptyWorld();
});

const desired = webStack();
const project = (): ModelProject => state.projects[0]!;
const service = (): ModelService => allServices(state)[0]!;

describe("O1 a project without a marker of this instance", () => {
  const marker = (owner: string, id: string): string =>
    `[capstan:1 owner=${owner} key=project id=${id} keep=no]`;

  test.each<[string, (id: string) => string | null]>([
    ["none at all", () => null],
    ["another instance's", (id) => marker("other/shop", id.slice(0, 8))],
    ["a copy of ours", () => marker("default/shop", "p9999999")],
    [
      "one of a later grammar",
      (id) => marker("default/shop", id).replace("capstan:1", "capstan:2"),
    ],
    ["another stack's", (id) => marker("default/else", id.slice(0, 8))],
    ["an instance's whose name begins like ours", (id) => marker("default-2/shop", id.slice(0, 8))],
  ])("O1 %s: a conflict, and never an action", (_, describe) => {
    const found = addProject(state, "shop", null);
    found.description = describe(found.projectId);
    const plan = planIn(state, desired);
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(found.projectId);
  });

  test("O1 adopt: true takes over the one unowned project with its services of the same names", () => {
    const found = addProject(state, "shop", "by hand");
    const web = addApplication(state, found.environments[0]!, "web", "by hand", plainSpec);
    const other = addApplication(state, found.environments[0]!, "other", null);
    const stack: DesiredStack = { ...desired, adopt: true };
    converge(state, stack);
    expect(state.projects).toHaveLength(1);
    expect(allServices(state).map(({ id }) => id)).toEqual([web.id, other.id]);
    expect(parseMarker(web.description)?.owner).toBe("default/shop");
    expect(other.description).toBeNull();
  });

  test("O1 adopting something equal that runs deploys nothing", () => {
    const found = addProject(state, "shop", null);
    const web = addApplication(state, found.environments[0]!, "web", null, plainSpec);
    Object.assign(state.applications.get(web.id)!, { sourceType: "docker", autoDeploy: false });
    web.status = "done";
    state.running.set(web.appName, { label: null, fields: {}, replicas: 1 });
    const plans = converge(state, { ...desired, adopt: true });
    expect(state.deploys).toEqual([]);
    expect(parseMarker(web.description)?.done).toEqual({
      hash: desired.services[0]!.hash.run,
      attempt: 0,
    });
    // The project's variables, which people may have written with comments, are not written again.
    const writes = plans.flatMap(({ actions }) => actions.map(({ type }) => type));
    expect([...new Set(writes)]).toEqual(["mark"]);
  });

  test("O1 a service is adopted under the name that it has in Dokploy, or by its id", () => {
    const { environments } = addProject(state, "shop", null);
    const named = addApplication(state, environments[0]!, "My Web", null, plainSpec);
    const same = addApplication(state, environments[0]!, "web", null, plainSpec);
    const [web] = desired.services;
    for (const adopts of ["My Web", named.id]) {
      const plan = planIn(structuredClone(state), {
        ...desired,
        adopt: true,
        services: [{ ...web!, adopts }],
      });
      expect(plan.conflict).toBeNull();
      const ids = plan.actions.flatMap((action) => ("serviceId" in action ? action.serviceId : []));
      expect(new Set(ids)).toEqual(new Set([named.id]));
      expect(plan.notes.map(({ message }) => message).join()).toContain("web in production");
    }
    expect(same.description).toBeNull();
  });

  test("O1 two services that take over one are a conflict that names both", () => {
    const { environments } = addProject(state, "shop", null);
    addApplication(state, environments[0]!, "My Web", null, plainSpec);
    const [web] = desired.services;
    const other = { ...web!, key: "app/other", name: "other", adopts: "My Web" };
    const services = [{ ...web!, adopts: "My Web" }, other];
    const plan = planIn(state, { ...desired, adopt: true, services });
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain("app/web and app/other both take over");
  });

  test("O1 a crash in the middle of an adoption is no conflict and loses no deploy", () => {
    const found = addProject(state, "shop", null);
    const web = addApplication(state, found.environments[0]!, "web", null, {
      ...plainSpec,
      mounts: [],
    });
    state.applications.get(web.id)!.sourceType = "docker";
    web.status = "done";
    state.running.set(web.appName, { label: null, fields: {}, replicas: 1 });
    const stack: DesiredStack = { ...desired, adopt: true };
    const plan = planIn(state, stack);
    for (let count = 0; count <= plan.actions.length; count++) {
      const crashed = structuredClone(state);
      carryOut(crashed, plan, new Map(), count);
      converge(crashed, stack);
      expect(crashed.projects).toHaveLength(1);
      expect(crashed.running.get(web.appName)?.fields["mounts./data"]).toBe("volume shop-data");
      expect(crashed.deploys).toHaveLength(1);
    }
  });

  test("O1 adopt: true with two candidates is a conflict that names both", () => {
    const ids = [addProject(state, "shop", null), addProject(state, "shop", null)].map(
      ({ projectId }) => projectId,
    );
    const plan = planIn(state, { ...desired, adopt: true });
    expect(plan.actions).toEqual([]);
    for (const id of ids) expect(plan.conflict).toContain(id);
    const [, second] = ids;
    converge(state, { ...desired, adopt: second! });
    expect(state.projects.map(({ description }) => parseMarker(description)?.owner)).toEqual([
      undefined,
      "default/shop",
    ]);
  });

  test("O1 adopt never takes what another instance or another stack owns", () => {
    const found = addProject(state, "shop", null);
    for (const owner of ["other/shop", "default/else"]) {
      found.description = marker(owner, found.projectId.slice(0, 8));
      for (const adopt of [true, found.projectId]) {
        const plan = planIn(state, { ...desired, adopt });
        expect(plan.actions).toEqual([]);
        expect(plan.conflict).not.toBeNull();
      }
    }
  });

  test("O1 adopting a project that does not exist is a conflict", () => {
    expect(planIn(state, { ...desired, adopt: "p-none" }).conflict).toContain("p-none");
  });
});

describe("O1 a marker that was lost by hand", () => {
  beforeEach(() => converge(state, desired));

  test.each(["known from before", "recognised by its services"])("of a project, %s", (how) => {
    const { projectId } = project();
    project().description = "tidied up";
    project().name = "renamed";
    const knownProjectId = how.startsWith("known") ? projectId : null;
    if (knownProjectId !== null) service().description = "tidied up too";
    const plan = planIn(state, desired, new Map(), { knownProjectId });
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(`adopt: ${projectId}`);
    converge(state, { ...desired, adopt: projectId }, new Map(), { knownProjectId });
    expect(state.projects).toHaveLength(1);
    expect(allServices(state)).toHaveLength(1);
  });

  test("of a service: a conflict that names it", () => {
    service().description = null;
    const plan = planIn(state, desired);
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(service().id);
  });

  test("a project that another stack took over under a new name is no lost one", () => {
    const { projectId } = project();
    const moved = webStack({}, { name: "store", previousName: "shop", project: "store" });
    converge(state, moved);
    const again = planIn(state, desired, new Map(), { knownProjectId: projectId });
    expect(again.conflict).toBeNull();
    expect(typesOf(again)).toContain("create-project");
    expect(touched(again)).toEqual(new Set());
  });
});

describe("O1 services that are not ours inside an owned project", () => {
  beforeEach(() => converge(state, desired));

  test.each<[string, () => string | null]>([
    ["a copy of ours", () => service().description],
    ["one of another instance", () => "[capstan:1 owner=other/shop key=app/web id=none]"],
    ["an unowned one", () => null],
  ])("O9 %s with another name is left alone and listed", (_, description) => {
    const other = addApplication(state, project().environments[0]!, "web (copy)", description());
    const plan = planIn(state, desired);
    expect(plan.actions).toEqual([]);
    expect(plan.notes.map(({ message }) => message).join()).toContain("web (copy)");
    for (const next of [webStack({ image: "nginx:2" }), { ...desired, services: [] }]) {
      expect(touched(planIn(state, next)).has(other.id)).toBe(false);
    }
  });

  test("O1 a copy beside ours, under the same name, changes nothing", () => {
    const copy = addApplication(state, project().environments[0]!, "web", service().description);
    const plan = planIn(state, webStack({ image: "nginx:2" }));
    expect(plan.conflict).toBeNull();
    expect(touched(plan).has(copy.id)).toBe(false);
  });

  test("O1 two unowned services of the name to adopt are a conflict that names both", () => {
    const environment = project().environments[0]!;
    const ids = [1, 2].map(() => addApplication(state, environment, "worker", null).id);
    const stack = webStack({}, { adopt: true });
    const worker = { ...stack.services[0]!, key: "app/worker", name: "worker" };
    const plan = planIn(state, { ...stack, services: [...stack.services, worker] });
    expect(plan.actions).toEqual([]);
    for (const id of ids) expect(plan.conflict).toContain(id);
  });

  test("O1 a compose service of a wanted name is not adopted", () => {
    const other = addApplication(state, project().environments[0]!, "worker", null);
    other.kind = "compose";
    const stack = webStack({}, { adopt: true });
    const worker = { ...stack.services[0]!, key: "app/worker", name: "worker" };
    const plan = planIn(state, { ...stack, services: [...stack.services, worker] });
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(other.id);
  });

  test("O1 an unowned service of a wanted name is not adopted from another server than Git says", () => {
    const other = addApplication(state, project().environments[0]!, "worker", null);
    other.serverId = "s-1";
    const stack = webStack({}, { adopt: true });
    const worker = { ...stack.services[0]!, key: "app/worker", name: "worker" };
    const plan = planIn(state, { ...stack, services: [...stack.services, worker] });
    expect(plan.actions).toEqual([]);
    expect(plan.conflict).toContain(other.id);
    expect(plan.conflict).toContain("asks for Dokploy's own host");
  });

  test("people's services of another server are left alone", () => {
    const other = addApplication(state, project().environments[0]!, "far", null);
    other.serverId = "s-1";
    const plan = planIn(state, { ...desired, services: [] });
    expect(touched(plan).has(other.id)).toBe(false);
    expect(plan.notes.map(({ kind }) => kind)).toContain("unmanaged");
  });

  test("an environment in which something of a person's is left stays", () => {
    const staging = { ...desired.services[0]!, key: "app/web@staging", environment: "staging" };
    converge(state, { ...desired, environments: ["production", "staging"], services: [staging] });
    addApplication(state, project().environments[1]!, "theirs", null);
    const plans = converge(state, { ...desired, services: [] });
    const types = plans.flatMap(typesOf);
    expect(types).toContain("delete-service");
    expect(types).not.toContain("delete-environment");
    addEnvironment(state, project(), "empty by hand");
    expect(planIn(state, { ...desired, services: [] }).actions).toEqual([]);
  });
});

// The portal's states: every event in every state, and the ways through them.
import { describe, expect, test } from "vitest";
import type { DeploymentStateView } from "../../../src/http/api/shapes/portal.ts";
import { follow, showForm, step, tidyName } from "../../../src/http/public/portal/machine.ts";
import type { NameState, PortalEvent, State } from "../../../src/http/public/portal/machine.ts";
import { nameStateOf } from "../../../src/http/public/portal/use-portal.ts";

const deployment = (given: Partial<DeploymentStateView> = {}): DeploymentStateView => ({
  id: "dep_1",
  name: "zoe",
  status: "deploying",
  progress: 40,
  currentStep: "Starting the container",
  steps: [],
  startedAt: "2026-11-28T12:00:00Z",
  endedAt: null,
  ...given,
});
const after = (state: State, ...events: readonly PortalEvent[]): State =>
  events.reduce(step, state);
const typed = (text: string): PortalEvent => ({ type: "typed", text });

const form = { name: "zoe", nameState: { is: "free" }, values: {} } as const;
const states: readonly State[] = [
  showForm(form),
  { at: "sending", form },
  follow("dep_1", form),
  { at: "ready", form, deployment: deployment({ status: "completed" }) },
  { at: "failed", form, deployment: deployment({ status: "failed" }) },
  { at: "unknown", form, id: "dep_1" },
];
const events: readonly PortalEvent[] = [
  typed("ada"),
  { type: "set", field: "model", value: "large" },
  { type: "paused", name: "zoe" },
  { type: "checked", name: "zoe", nameState: { is: "yours" } },
  { type: "submitted" },
  { type: "accepted", id: "dep_2" },
  { type: "refused", why: "no", isName: false },
  { type: "heard", deployment: deployment() },
  { type: "lost" },
  { type: "found" },
  { type: "vanished" },
  { type: "again" },
  { type: "afresh" },
];

test("which state each event leads to, from each state", () => {
  const table = Object.fromEntries(
    states.map((state) => [
      state.at,
      Object.fromEntries(
        events.map((event) => {
          const next = step(state, event);
          return [event.type, next === state ? "" : next.at];
        }),
      ),
    ]),
  );
  const nothing = Object.fromEntries(events.map(({ type }) => [type, ""]));
  expect(table).toEqual({
    form: {
      ...nothing,
      typed: "form",
      set: "form",
      checked: "form",
      submitted: "sending",
      afresh: "form",
    },
    sending: { ...nothing, accepted: "following", refused: "form" },
    following: {
      ...nothing,
      heard: "following",
      lost: "following",
      vanished: "unknown",
      again: "form",
      afresh: "form",
    },
    ready: { ...nothing, again: "form", afresh: "form" },
    failed: { ...nothing, again: "sending", afresh: "form" },
    unknown: { ...nothing, again: "form", afresh: "form" },
  });
});

describe("the name", () => {
  test("is written as an address is", () => {
    expect(tidyName("Zoe Martin_2.b")).toBe("zoe-martin-2-b");
  });

  test("is checked when the typing has stopped, and only the newest answer counts", () => {
    const typing = after(showForm(), typed("zo"), typed("zoe"));
    expect(typing).toMatchObject({ form: { name: "zoe", nameState: { is: "typing" } } });
    const early = step(typing, { type: "paused", name: "zo" });
    expect(early).toBe(typing);
    const checking = step(typing, { type: "paused", name: "zoe" });
    expect(checking).toMatchObject({ form: { nameState: { is: "checking" } } });
    const late = step(checking, { type: "checked", name: "zo", nameState: { is: "free" } });
    expect(late).toBe(checking);
  });

  test("that was refused is not sent until it changes", () => {
    const refused = step(showForm({ ...form, nameState: { is: "typing" } }), {
      type: "checked",
      name: "zoe",
      nameState: { is: "refused", why: "zoe is taken." },
    });
    expect(step(refused, { type: "submitted" })).toBe(refused);
    expect(after(refused, typed("zoey"), { type: "submitted" })).toMatchObject({ isWanted: true });
  });

  const wanted = after(showForm(), typed("zoe"), { type: "submitted" });
  const answered = (nameState: NameState): State =>
    step(wanted, { type: "checked", name: "zoe", nameState });

  test("is checked at once when the button comes before the check, and then sent if it is free", () => {
    expect(wanted).toMatchObject({ at: "form", form: { nameState: { is: "checking" } } });
    expect(step(wanted, { type: "submitted" })).toEqual(wanted);
    expect(answered({ is: "free" })).toMatchObject({ at: "sending", form: { name: "zoe" } });
    expect(answered({ is: "unchecked", why: "" })).toMatchObject({ at: "sending" });
  });

  test("that the check refuses is not sent, so that the reason is said once", () => {
    expect(answered({ is: "refused", why: "no" })).toEqual(
      showForm({ ...form, nameState: { is: "refused", why: "no" } }),
    );
    expect(answered({ is: "yours" })).toMatchObject({ at: "form", isWanted: false });
  });

  test("that is changed after the button was pressed is not sent by itself", () => {
    const other = step(wanted, typed("zoey"));
    expect(step(other, { type: "checked", name: "zoey", nameState: { is: "free" } })).toMatchObject(
      { at: "form", form: { nameState: { is: "free" } } },
    );
  });

  test("that is empty is not sent", () => {
    const empty = showForm();
    expect(step(empty, { type: "submitted" })).toBe(empty);
  });

  test.each([
    [{ available: true, valid: true, yours: false }, { is: "free" }],
    [{ available: false, valid: true, yours: true }, { is: "yours" }],
    [
      { available: false, valid: false, yours: false, error: "use 3 to 20 letters" },
      { is: "refused", why: "Use 3 to 20 letters." },
    ],
    [
      { available: false, valid: true, yours: false, error: "zoe is taken" },
      { is: "refused", why: "zoe is taken." },
    ],
  ])("answer %j", (value, expected) => {
    expect(nameStateOf({ ok: true, value }, "zoe")).toEqual(expected);
  });

  test("keeps its small letters at the beginning of a sentence, also when it is a word", () => {
    const error = "all must have 4 to 20 characters";
    const value = { available: false, valid: false, yours: false, error };
    expect(nameStateOf({ ok: true, value }, "all")).toMatchObject({ why: `${error}.` });
  });

  test("that somebody else took in the meantime is refused beside the field", () => {
    const state = step({ at: "sending", form }, { type: "refused", why: "taken", isName: true });
    expect(state).toMatchObject({
      at: "form",
      refusal: null,
      form: { name: "zoe", nameState: { is: "refused", why: "taken" } },
    });
  });
});

describe("a deployment", () => {
  test("is followed to its end, whichever it is", () => {
    const following = step({ at: "sending", form }, { type: "accepted", id: "dep_1" });
    const ready = after(
      following,
      { type: "heard", deployment: deployment() },
      { type: "heard", deployment: deployment({ status: "completed" }) },
    );
    expect(ready).toMatchObject({ at: "ready", form: { name: "zoe" } });
    const failed = step(following, {
      type: "heard",
      deployment: deployment({ status: "failed", error: "no image" }),
    });
    expect(failed).toMatchObject({ at: "failed", deployment: { error: "no image" } });
    expect(step(failed, { type: "again" })).toMatchObject({
      at: "sending",
      form: { name: "zoe", nameState: { is: "free" } },
    });
  });

  test("counts its lost connections, and forgets them when it hears again", () => {
    const lost = after(follow("dep_1"), { type: "lost" }, { type: "lost" });
    expect(lost).toMatchObject({ at: "following", lost: 2 });
    expect(step(lost, { type: "found" })).toMatchObject({ lost: 0 });
    expect(step(lost, { type: "heard", deployment: deployment() })).toMatchObject({ lost: 0 });
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";

test("a stack that is gone leaves nothing in any field, and others stay as they are", () => {
  const name = fc.constantFrom("a", "b", "c");
  const writes = fc.array(fc.tuple(name, fc.constantFrom("x", "y"), fc.integer()));
  fc.assert(
    fc.property(writes, name, (all, gone) => {
      const records = createStackRecords();
      const fields = { x: records.field<number>("x"), y: records.field<number>("y") };
      for (const [stack, field, value] of all) fields[field].set(stack, value);
      const others = [...fields.x].filter(([stack]) => stack !== gone);
      records.forget(gone);
      expect(records.fieldsOf(gone)).toEqual([]);
      expect([...fields.x]).toEqual(others);
    }),
  );
});

test("the owner of a field hears what it held of a stack that is gone, once", () => {
  const records = createStackRecords();
  const heard: unknown[] = [];
  const field = records.field<number | undefined>("attempts", (stack, value) => {
    heard.push([stack, value, field.has(stack)]);
  });
  field.set("shop", 3).set("blog", undefined).set("wiki", 1);
  field.delete("wiki");
  for (const stack of ["shop", "blog", "wiki", "shop"]) records.forget(stack);
  expect(heard).toEqual([
    ["shop", 3, false],
    ["blog", undefined, false],
  ]);
});

test("it names the fields that hold something of a stack", () => {
  const records = createStackRecords();
  records.field<string>("status").set("shop", "ready");
  records.field<string>("told");
  expect(records.fieldsOf("shop")).toEqual(["status"]);
  expect(() => records.field("told")).toThrow("there is a field told already");
});

/**
 * tag.*: what the lists show of it, and what makes a tag a lock: its name is unique in the organisation, and one that
 * is gone can be neither updated nor removed.
 */
import { z } from "zod";
import { requirePrivilege } from "../access.ts";
import { fail } from "../failure.ts";
import { defined, id, mutation, nothing, query, type Router } from "../procedure.ts";
import { failedInsert, failedUpdate } from "../sql.ts";
import type { TagRow } from "../state.ts";
import { isoNow } from "../time.ts";
import type { Call } from "../world.ts";

const COLUMNS = ["tagId", "name", "color", "createdAt", "organizationId"];

function findTag(call: Call, tagId: string, verb: "update" | "delete"): TagRow {
  const row = call.world.tables.tags.get(tagId);
  if (row !== undefined) return row;
  throw fail("NOT_FOUND", `Tag not found or you don't have permission to ${verb} it`);
}

function isTaken(call: Call, name: string, except: string | null): boolean {
  return [...call.world.tables.tags.values()].some(
    (tag) => tag.name === name && tag.tagId !== except,
  );
}

export const tagRouter: Router = {
  all: query(nothing, (_input, call) =>
    [...call.world.tables.tags.values()].sort((a, b) => a.name.localeCompare(b.name)),
  ),
  create: mutation(
    z.object({ name: id, color: z.string().nullable().optional() }),
    (input, call) => {
      requirePrivilege(call, "tag");
      const { tables, random } = call.world;
      const { organizationId } = tables;
      const row = {
        tagId: random.id(),
        name: input.name,
        color: input.color ?? null,
        createdAt: isoNow(),
        organizationId,
      };
      if (isTaken(call, row.name, null)) {
        const { tagId, name, createdAt } = row;
        const color = input.color === undefined ? {} : { color: input.color };
        const given = { tagId, name, ...color, createdAt, organizationId };
        const statement = failedInsert("tag", COLUMNS, given);
        throw fail("BAD_REQUEST", `Error creating tag: ${statement}`);
      }
      tables.tags.set(row.tagId, row);
      return { ...row };
    },
  ),
  one: query(z.object({ tagId: id }), (input, call) => {
    const row = call.world.tables.tags.get(input.tagId);
    if (row === undefined) throw fail("NOT_FOUND", "Tag not found");
    return { ...row };
  }),
  update: mutation(
    z.object({ tagId: id, name: id.optional(), color: z.string().nullable().optional() }),
    (input, call) => {
      requirePrivilege(call, "tag");
      const row = findTag(call, input.tagId, "update");
      const { name, color } = input;
      const set = defined({ name, color });
      if (Object.keys(set).length === 0) {
        throw fail("BAD_REQUEST", "Error updating tag: No values to set");
      }
      if (name !== undefined && isTaken(call, name, row.tagId)) {
        const statement = failedUpdate("tag", COLUMNS, set, { column: "tagId", value: row.tagId });
        throw fail("BAD_REQUEST", `Error updating tag: ${statement}`);
      }
      Object.assign(row, set);
      return { ...row };
    },
  ),
  remove: mutation(z.object({ tagId: id }), (input, call) => {
    requirePrivilege(call, "tag");
    findTag(call, input.tagId, "delete");
    const { tables } = call.world;
    tables.tags.delete(input.tagId);
    tables.projectTags = tables.projectTags.filter(({ tagId }) => tagId !== input.tagId);
    return { success: true };
  }),
  assignToProject: mutation(z.object({ projectId: id, tagId: id }), (input, call) => {
    const { tables, random } = call.world;
    const link = { id: random.id(), projectId: input.projectId, tagId: input.tagId };
    const twice = tables.projectTags.some(
      (one) => one.projectId === link.projectId && one.tagId === link.tagId,
    );
    if (twice) {
      const statement = failedInsert("project_tag", ["id", "projectId", "tagId"], link);
      throw fail("BAD_REQUEST", `Error assigning tag to project: ${statement}`);
    }
    tables.projectTags.push(link);
    return { ...link };
  }),
  bulkAssign: mutation(z.object({ projectId: id, tagIds: z.array(z.string()) }), (input, call) => {
    const { tables, random } = call.world;
    tables.projectTags = tables.projectTags.filter((one) => one.projectId !== input.projectId);
    for (const tagId of input.tagIds)
      tables.projectTags.push({ id: random.id(), projectId: input.projectId, tagId });
    return { success: true };
  }),
};

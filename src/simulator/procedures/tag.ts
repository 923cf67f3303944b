/** tag.*: only what the lists show of it. */
import { z } from "zod";
import { fail } from "../failure.ts";
import { id, mutation, nothing, query, type Router } from "../procedure.ts";
import { failedInsert } from "../sql.ts";
import { newestFirst } from "../state.ts";
import { isoNow } from "../time.ts";

const COLUMNS = ["tagId", "name", "color", "createdAt", "organizationId"];

export const tagRouter: Router = {
  all: query(nothing, (_input, call) => newestFirst(call.world.tables.tags.values())),
  create: mutation(
    z.object({ name: id, color: z.string().nullable().optional() }),
    (input, call) => {
      const { tables, random } = call.world;
      const { organizationId } = tables;
      const row = {
        tagId: random.id(),
        name: input.name,
        color: input.color ?? null,
        createdAt: isoNow(),
        organizationId,
      };
      if ([...tables.tags.values()].some((tag) => tag.name === row.name)) {
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

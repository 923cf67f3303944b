// What a compose file would take of the server by names that its stack has too. It is told, as nothing of a file can be
// left out without knowing what it means; a file under `preview.overlay` may say it.
import type { Section } from "../../model/manifest.ts";
import type { Ask, StackAsked } from "../policy/asked.ts";
import type { ListName } from "../policy/rules.ts";
import type { Report } from "../report.ts";
import { isPreviewHost } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import { child } from "../tree.ts";
import type { TreeNode } from "../tree.ts";

/** By the lists of policies; `always`: an overlay's own file may not say it either. */
const refused: Partial<Record<ListName, { readonly words: string; readonly always: boolean }>> = {
  bindMounts: { words: "mounts a folder of the host", always: false },
  hostAccess: { words: "asks for rights over the host", always: false },
  ports: { words: "publishes a port of the host", always: false },
  externalVolumes: { words: "takes a volume by its name on the server", always: true },
  externalNetworks: { words: "joins a network by its name on the server", always: false },
};

const hint = "give the compose service a `file` or a `content` of its own under `preview.overlay`";

export function tellLeftovers(
  {
    section,
    service,
    stack,
  }: { readonly section: Section; readonly service: string; readonly stack: string },
  asked: Pick<StackAsked, "asks" | "wishes">,
  overlay: TreeNode | undefined,
  pull: PullId,
  report: Report,
): void {
  if (section !== "compose") return;
  const over = child(child(overlay, section), service);
  const hasOwnFile = child(over, "file") !== undefined || child(over, "content") !== undefined;
  const tell = ({ place, field }: Pick<Ask, "place" | "field">, words: string): void => {
    report.add(place, `\`${field}\` ${words}, which a preview may not`, hint, stack);
  };
  for (const ask of asked.asks) {
    const rule = refused[ask.list];
    if (rule !== undefined && (rule.always || !hasOwnFile)) tell(ask, rule.words);
    // By a label of the file: domains have their hosts already.
    const isOwnHost = isPreviewHost(ask.value ?? "", pull);
    if (ask.list === "hosts" && !isOwnHost) tell(ask, "leads a host to it that is not its own");
  }
  for (const wish of asked.wishes) {
    if (wish.flag === "unreadCompose")
      tell(wish, "is a compose file elsewhere, of which nobody knows here what it takes");
  }
}

// What a stack is made of, as a tree: with health, drift and what would change of each part. Arrow keys walk
// through it, as in every tree.
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import type { TreeNode } from "../../../api/shapes/stack.ts";
import { useBrowser } from "../../browser.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import { kindLook } from "../../components/kinds.ts";
import { mark } from "../../components/mark.ts";
import { healthLooks } from "../../components/states.ts";
import { h, html } from "../../html.ts";
import { classes } from "../../lib/words.ts";
import { linesOf, pathOf } from "./place.ts";
import type { Line, Place } from "./place.ts";

export interface TreeProps {
  readonly stack: StackDetail;
  readonly place: Place;
  readonly onGo: (place: Place) => void;
}

type Change = NonNullable<TreeNode["change"]>;
const changes: Readonly<Record<Change, { readonly icon: IconName; readonly word: string }>> = {
  create: { icon: "plus", word: "would be created" },
  update: { icon: "pen", word: "would change" },
  restart: { icon: "refresh", word: "would restart" },
  delete: { icon: "trash", word: "would be removed" },
};

interface KeyEvent {
  readonly key: string;
  preventDefault(): void;
}

function rowId(id: string): string {
  return `node-${id}`;
}

function Signs({ node }: { readonly node: TreeNode }) {
  const change = node.change === null ? null : changes[node.change];
  return html`<span class="node-signs">
    ${node.drift && html`<span class="sign drift" title="Differs from Git">≠<span class="unseen"> differs from Git</span></span>`}
    ${
      change !== null &&
      html`<span class=${`sign ${node.change}`} title=${change.word}>
        ${icon(change.icon)}<span class="unseen">${change.word}</span>
      </span>`
    }
    ${node.health !== "none" && html`<span title=${healthLooks[node.health].word}>${mark(healthLooks[node.health], true)}</span>`}
  </span>`;
}

export function Tree({ stack, place, onGo }: TreeProps) {
  const browser = useBrowser();
  const { tree } = stack;
  if (tree === null) {
    return html`<p class="hint tree-none">Nothing is on the server yet.</p>`;
  }
  const lines = linesOf(tree);
  const at = Math.max(
    0,
    lines.findIndex(({ node }) => node.id === place.node),
  );
  const placeFor = ({ node, level }: Line): Place => ({
    ...place,
    node: level === 1 ? null : node.id,
  });
  const go = (index: number): void => {
    const line = lines[Math.min(Math.max(index, 0), lines.length - 1)];
    if (line === undefined) return;
    onGo(placeFor(line));
    browser.focus(rowId(line.node.id));
  };
  const onKey = (event: KeyEvent, line: Line, index: number): void => {
    const parent = lines.findIndex(({ node }) => node.id === line.parent);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      ArrowRight: line.node.children.length > 0 ? index + 1 : index,
      ArrowLeft: parent === -1 ? index : parent,
      Home: 0,
      End: lines.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    go(next);
  };
  return html`<div class="tree" role="tree" aria-label=${`Parts of ${stack.name}`}>
    ${lines.map((line, index) => {
      const { node, level } = line;
      const look = kindLook(node.kind);
      return html`<a
        key=${node.id}
        id=${rowId(node.id)}
        role="treeitem"
        aria-level=${level}
        aria-selected=${index === at ? "true" : "false"}
        tabindex=${index === at ? 0 : -1}
        class=${classes("node", `level-${Math.min(level, 6)}`, node.kind, node.change === "delete" && "going")}
        href=${pathOf(stack.name, placeFor(line))}
        title=${`${look.word} ${node.name}`}
        onClick=${(event: KeyEvent) => {
          event.preventDefault();
          go(index);
        }}
        onKeyDown=${(event: KeyEvent) => onKey(event, line, index)}
      >
        ${icon(look.icon)}
        <span class="node-text">
          <span class="node-name"><span class="unseen">${look.word} </span>${node.name}</span>
          ${node.detail !== "" && html`<span class="node-detail">${node.detail}</span>`}
        </span>
        ${h(Signs, { node })}
      </a>`;
    })}
  </div>`;
}

// What the server renders the portal from, and hands to the browser as JSON.
import type {
  DeploymentStateView,
  OwnStackView,
  PortalSettingsView,
} from "../../api/shapes/portal.ts";
import type { Theme } from "../browser.ts";

export interface PortalData {
  readonly now: string;
  readonly theme: Theme;
  readonly settings: PortalSettingsView;
  /** Null: the portal is open to everybody. */
  readonly person: { readonly name: string } | null;
  /** Whether the caller may see the dashboard. */
  readonly hasDashboard: boolean;
  readonly stacks: readonly OwnStackView[];
  /** The one that stands in the address; its state is null when it is not known any more. */
  readonly deployment: { readonly id: string; readonly state: DeploymentStateView | null } | null;
}

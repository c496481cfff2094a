import { View, viewHead } from "../parts/view.js";
export class AuditView extends View {
  build() {
    this.append(viewHead("audit", ""));
  }
}
customElements.define("hub-audit", AuditView);

import { View, viewHead } from "../parts/view.js";
export class ComposeView extends View {
  build() {
    this.append(viewHead("compose", ""));
  }
}
customElements.define("hub-compose", ComposeView);

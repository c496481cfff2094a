import { View, viewHead } from "../parts/view.js";
export class HubView extends View {
  build() {
    this.append(viewHead("hub", ""));
  }
}
customElements.define("hub-hub", HubView);

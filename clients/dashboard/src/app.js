// The page: it asks who is there, and shows the hub to an operator.
//
// - `data/`: the login, the socket that watches, the routes of administration, and what is counted of the events;
// - `views/`: the seven views, one folder or file each, and the login;
// - `parts/`: what views are made of; `style/`: how it looks;
// - `shell.js`: the frame around the views. The client of the hub itself comes from `/client/`.

import { fill } from "./parts/element.js";
import { beginShortcuts } from "./parts/shortcuts.js";
import { beginTheme } from "./parts/theme.js";
import { Shell } from "./shell.js";
import { Login } from "./views/login.js";

beginTheme();
beginShortcuts();
askWho();

/** @param {string} [why] What to say above the form. */
function askWho(why) {
  const login = new Login((connection, operator) => {
    const shell = new Shell(connection, operator, (reason) => {
      void connection.close();
      askWho(reason);
    });
    fill(document.body, shell);
    void connection.watch();
  }, why);
  fill(document.body, login);
}

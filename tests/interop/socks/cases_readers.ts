// What shows pages on a terminal, and languages whose own libraries know proxies: w3m, Links, Emacs, Erlang.
import type { Case, Column } from "./cases.ts";
import { HELLO, type Lab } from "./lab.ts";

const page = (lab: Lab) => `http://localhost:${lab.http}/hello`;
const url = (lab: Lab, login: boolean) => login ? `me:secret@127.0.0.1:${lab.closed}` : `127.0.0.1:${lab.open}`;

const w3m = (login: boolean) => (lab: Lab) =>
  lab.says(HELLO, "w3m", ["-no-cookie", "-dump_source", page(lab)], {
    env: { HOME: lab.folder, http_proxy: `http://${url(lab, login)}/`, no_proxy: "" },
  });

const links = (flag: string, login = false) => (lab: Lab) =>
  lab.says(HELLO, "links", [flag, url(lab, login), "-source", page(lab)], { env: { HOME: lab.folder } });

/** `settings`: where the proxy is, in Lisp. */
const emacs = (settings: (lab: Lab) => string) => (lab: Lab) =>
  lab.says(HELLO, "emacs", [
    "-Q",
    "--batch",
    "--eval",
    `
(progn (require 'url) (require 'socks) ${settings(lab)}
  (with-current-buffer (url-retrieve-synchronously "${page(lab)}" t t 10) (princ (buffer-string))))`,
  ], {
    env: { HOME: lab.folder },
  });
const emacsSocks = (version: number, login = "") => (lab: Lab) =>
  `(setq url-gateway-method 'socks socks-server '("lab" "127.0.0.1" ${
    login === "" ? lab.open : lab.closed
  } ${version}) ${login})`;

const erlang = (login: boolean) => (lab: Lab) =>
  lab.says(HELLO, "erl", [
    "-noshell",
    "-eval",
    `
inets:start(), httpc:set_options([{proxy, {{"127.0.0.1", ${login ? lab.closed : lab.open}}, []}}]),
{ok, {_, _, Text}} = httpc:request(get, {"${page(lab)}", []}, [${
      login ? `{proxy_auth, {"me", "secret"}}` : ""
    }], []), io:put_chars(Text), halt().`,
  ], { env: { HOME: lab.folder } });

const ways = (client: string, program: string, cases: readonly [Column[], Case["run"]][]): Case[] =>
  cases.map(([shows, run]) => ({ client, shows, programs: [program], run }));

/** Their cases. */
export const READERS: readonly Case[] = [
  ...ways("w3m", "w3m", [[["HTTP forward"], w3m(false)], [["HTTP forward", "login"], w3m(true)]]),
  ...ways("Links", "links", [
    [["SOCKS 4a", "name by proxy"], links("-socks-proxy")],
    [["HTTP forward"], links("-http-proxy")],
    [["HTTP forward", "login"], links("-http-proxy", true)],
  ]),
  ...ways("Emacs", "emacs", [
    [["SOCKS 5", "name by proxy"], emacs(emacsSocks(5))],
    [["SOCKS 5", "login"], emacs(emacsSocks(5, `socks-username "me" socks-password "secret"`))],
    [["HTTP forward"], emacs((lab) => `(setq url-proxy-services '(("http" . "127.0.0.1:${lab.open}")))`)],
  ]),
  ...ways("Erlang httpc", "erl", [[["HTTP forward"], erlang(false)], [["HTTP forward", "login"], erlang(true)]]),
];
